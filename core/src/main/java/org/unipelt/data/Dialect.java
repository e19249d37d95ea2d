package org.unipelt.data;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * The delimiter and the encoding of a file, if its name and its first line do not show them.
 *
 * @param delimiter the character between the cells of a row, or {@code tab}; if empty, name and first line decide, see
 *     {@link Table}
 * @param encoding the encoding of the characters, e.g. {@code windows-1252}; if empty, UTF-8
 */
public record Dialect(Optional<String> delimiter, Optional<String> encoding) {
    /** UTF-8, with the delimiter that name and first line show. */
    public static final Dialect USUAL = new Dialect(Optional.empty(), Optional.empty());

    private static final String TAB = "tab";
    private static final String LINE_FEED = "\n";

    /** The characters that divide lines or cells; their bytes must be the same as in ASCII. */
    private static final String DIVIDERS = "\t\n\r\",;|{}";

    /**
     * Checks both.
     *
     * @throws InputException if the delimiter is not one character, or the encoding is unknown or does not extend ASCII
     */
    public Dialect {
        Objects.requireNonNull(delimiter, "delimiter is null");
        Objects.requireNonNull(encoding, "encoding is null");
        delimiter = delimiter.map(given -> given.equals("\t") || given.equals("\\t") ? TAB : given);
        delimiter.ifPresent(given -> {
            if (!given.equals(TAB) && (given.length() != 1 || given.equals("\"") || given.equals(LINE_FEED))) {
                throw InputException.about(
                        "delimiter",
                        "the delimiter is '" + given + "'; give one character, as in ';', or the word tab");
            }
        });
        encoding.ifPresent(Dialect::charset);
    }

    Optional<Character> divider() {
        return delimiter.map(given -> given.equals(TAB) ? '\t' : given.charAt(0));
    }

    Charset charset() {
        return encoding.map(Dialect::charset).orElse(StandardCharsets.UTF_8);
    }

    private static Charset charset(String name) {
        try {
            Charset charset = Charset.forName(name);
            if (!charset.canEncode()
                    || !Arrays.equals(DIVIDERS.getBytes(charset), DIVIDERS.getBytes(StandardCharsets.US_ASCII))) {
                throw InputException.about(
                        "encoding", "files in " + charset + " cannot be read; save the file as UTF-8");
            }
            return charset;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw InputException.about(
                    "encoding",
                    "the encoding '" + name + "' is not known; give one such as windows-1252, iso-8859-15 or gb18030");
        }
    }
}

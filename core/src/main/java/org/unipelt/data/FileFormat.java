package org.unipelt.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * How a file of texts is written, told by the ending of its name; each may have {@code .gz} behind it. This is the one place
 * that knows what a file is.
 */
enum FileFormat {
    /** Columns between tabs, one row a line, no quoting: a {@code "} is an ordinary character. */
    TSV(List.of(".tsv", ".txt")),
    /** RFC 4180: commas, and quotes around cells that need them. */
    CSV(List.of(".csv")),
    /** One JSON object a line. */
    JSON_LINES(List.of(".jsonl", ".ndjson", ".json")),
    /** One text a line, and so without labels. */
    LINES(List.of());

    private static final String GZIP = ".gz";
    private static final String TEXT = ".txt";

    private static final Pattern MARKUP = Pattern.compile("(?i)\\s*<(!doctype html|html|head|\\?xml)\\b");

    private final List<String> endings;

    FileFormat(List<String> endings) {
        this.endings = endings;
    }

    /**
     * The format of a file of this name.
     *
     * @throws InputException if no format has this ending
     */
    static FileFormat of(String file) {
        return byEnding(file)
                .orElseThrow(() -> new InputException(file
                        + ": the ending does not say what this is; give a file ending in .tsv, .txt, .csv, .jsonl,"
                        + " .ndjson or .json, each also with .gz"));
    }

    /**
     * The format where labels are not needed: also lines of text, which is what a file without a known ending holds, and
     * one ending in {@code .txt} whose first line names no columns.
     *
     * @param source the file, opened; its first line stays to be read
     * @param names the columns that are wanted
     */
    static FileFormat ofTexts(TextSource source, ColumnNames names) {
        FileFormat format = byEnding(source.name()).orElse(LINES);
        boolean headless = mayBeLines(source.name())
                && !names.head(source.peek()
                        .map(line -> Arrays.asList(line.text().split("\t", -1)))
                        .orElse(List.of()));
        return headless ? LINES : format;
    }

    /** Whether a file of this name may hold lines of text, which a pipe can hold as well. */
    static boolean mayBeLines(String file) {
        return byEnding(file).isEmpty() || plain(file).endsWith(TEXT);
    }

    private static Optional<FileFormat> byEnding(String file) {
        String plain = plain(file);
        return Arrays.stream(values())
                .filter(format -> format.endings.stream().anyMatch(plain::endsWith))
                .findFirst();
    }

    /** The name in lower case, without {@code .gz}. */
    private static String plain(String file) {
        String name = file.toLowerCase(Locale.ROOT);
        return gzipped(name) ? name.substring(0, name.length() - GZIP.length()) : name;
    }

    /**
     * Reads the rows of a table in this format.
     *
     * @param header whether the first row names the columns
     * @param known the columns, as far as they are known from reading it before
     * @param bad takes the rows that cannot be told apart into cells
     * @throws InputException if the source is a page of the web
     */
    RowReader rows(TextSource source, boolean header, List<String> known, BadRows bad) {
        if (source.peek()
                .filter(line -> MARKUP.matcher(line.text()).lookingAt())
                .isPresent()) {
            throw new InputException(
                    source.name() + ": is a web page or XML, not a table; fetch the file that the page shows");
        }
        return switch (this) {
            case TSV -> DelimitedReader.tsv(source, header, bad);
            case CSV -> DelimitedReader.csv(source, header, bad);
            case JSON_LINES -> new JsonLinesReader(source, known, bad);
            case LINES -> throw new IllegalStateException("lines have no columns");
        };
    }

    /** Which divider a header seems to have instead of the wanted one, as a part of a message. */
    static Optional<String> divider(String header) {
        String outside = header.replaceAll("\"[^\"]*\"", "");
        return Stream.of(";", "\t", ",", "|")
                .filter(outside::contains)
                .findFirst()
                .map(divider -> "the header looks divided by " + (divider.equals("\t") ? "tabs" : "'" + divider + "'")
                        + "; .csv wants commas, .tsv tabs");
    }

    /** Whether a file of this name is compressed. */
    static boolean gzipped(String file) {
        return file.toLowerCase(Locale.ROOT).endsWith(GZIP);
    }
}

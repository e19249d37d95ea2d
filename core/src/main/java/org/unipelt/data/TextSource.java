package org.unipelt.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.unipelt.InputException;

/**
 * A text file's lines, decoded as UTF-8 without mercy: a malformed line is handed over as such, never mended. A byte-order
 * mark is skipped; a line ends at {@code \n}, {@code \r\n} or {@code \r}, as in Python. Everything that can be wrong with
 * the file as a whole is an {@link InputException}.
 */
final class TextSource implements AutoCloseable {
    /** Longer lines are not text that anyone wrote; the limit keeps a wrong file from filling the memory. */
    private static final int LONGEST_LINE = 16 << 20;

    private static final int PROBE = 8192;

    /**
     * A line.
     *
     * @param number its number, from 1
     * @param text what it says; with replacement characters where it is malformed
     * @param problem why it cannot be used, if it cannot
     */
    record Line(int number, String text, Optional<String> problem) {
        boolean blank() {
            return problem.isEmpty() && text.isBlank();
        }
    }

    private final String name;
    private final InputStream in;
    private int number;

    // A line feed right after a carriage return belongs to the same end of line.
    private boolean afterReturn;

    private TextSource(String name, InputStream in) {
        this.name = name;
        this.in = in;
    }

    /**
     * Opens a file, unpacking it if its name ends in {@code .gz}.
     *
     * @throws InputException if it is missing, a folder, unreadable, or plainly no text
     */
    static TextSource open(Path file) {
        if (Files.isDirectory(file)) {
            throw new InputException(file + ": is a folder; give a file in it");
        }
        if (!Files.exists(file)) {
            throw new InputException(file + ": there is no such file; check the path");
        }
        try {
            InputStream raw = new BufferedInputStream(Files.newInputStream(file));
            try {
                return of(file.toString(), FileFormat.gzipped(file.toString()) ? new GZIPInputStream(raw) : raw);
            } catch (IOException | InputException e) {
                raw.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    /** Reads from a stream, which is closed with this; {@code name} is what messages call it. */
    static TextSource of(String name, InputStream stream) {
        BufferedInputStream in = new BufferedInputStream(stream, PROBE);
        try {
            in.mark(PROBE);
            byte[] start = in.readNBytes(PROBE);
            in.reset();
            refuseForeign(name, start);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        return new TextSource(name, in);
    }

    /** What messages call this source. */
    String name() {
        return name;
    }

    /** The next line, or none at the end. */
    Optional<Line> next() {
        try {
            byte[] bytes = nextBytes();
            if (bytes == null) {
                return Optional.empty();
            }
            number++;
            return Optional.of(decode(bytes));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    /** The bytes up to the next end of line, without it; null at the end. */
    private byte[] nextBytes() throws IOException {
        int next = in.read();
        if (next == '\n' && afterReturn) {
            next = in.read();
        }
        afterReturn = false;
        if (next < 0) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        while (next >= 0 && next != '\n' && next != '\r') {
            line.write(next);
            if (line.size() > LONGEST_LINE) {
                throw new InputException(
                        name + ":" + (number + 1) + ": the line is longer than 16 MiB; give a text file");
            }
            next = in.read();
        }
        afterReturn = next == '\r';
        return line.toByteArray();
    }

    private Line decode(byte[] bytes) {
        int start = number == 1 && startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
        Optional<String> problem = Optional.empty();
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, bytes.length - start))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                problem = Optional.of("holds a zero byte; is this text?");
            }
        } catch (CharacterCodingException e) {
            text = new String(bytes, start, bytes.length - start, StandardCharsets.UTF_8);
            problem = Optional.of("is not UTF-8 near '" + beforeMalformed(text) + "'; save the file as UTF-8");
        }
        return new Line(number, text, problem);
    }

    /** A few readable characters ahead of the first that was malformed, so that a person finds the place. */
    private static String beforeMalformed(String text) {
        int place = Math.max(0, text.indexOf('\uFFFD'));
        return text.substring(Math.max(0, place - 12), place).replace('\t', ' ');
    }

    private static void refuseForeign(String name, byte[] start) {
        if (startsWith(start, 0x1F, 0x8B)) {
            throw new InputException(name + ": is compressed by gzip; give it a name ending in .gz");
        }
        if (startsWith(start, 0xFF, 0xFE) || startsWith(start, 0xFE, 0xFF)) {
            throw new InputException(name + ": is UTF-16; save it as UTF-8");
        }
        if (startsWith(start, 'P', 'K', 3, 4)) {
            throw new InputException(name + ": is a zip file or a spreadsheet, not text; save it as CSV or TSV");
        }
        int zeros = 0;
        for (byte one : start) {
            zeros += one == 0 ? 1 : 0;
        }
        // A stray zero byte is a bad row and told as such; many are a file of another kind.
        if (20 * zeros > start.length) {
            throw new InputException(name + ": is a binary file, not text; give TSV, CSV or JSON Lines in UTF-8");
        }
    }

    private static boolean startsWith(byte[] bytes, int... start) {
        if (bytes.length < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if ((bytes[i] & 0xFF) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static InputException unreadable(String name, IOException e) {
        if (e instanceof ZipException || (e instanceof EOFException && FileFormat.gzipped(name))) {
            return new InputException(name + ": is not a whole gzip file; fetch or compress it again", e);
        }
        if (e instanceof AccessDeniedException) {
            return new InputException(name + ": may not be read; change its permissions", e);
        }
        return new InputException(name + ": cannot be read: " + e.getMessage(), e);
    }
}

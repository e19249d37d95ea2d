package org.unipelt.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;

/**
 * The lines of a text file, decoded strictly: a malformed line comes with its problem and is never repaired. A
 * byte-order mark is skipped. A line ends at {@code \n}, {@code \r\n} or {@code \r}, as in Python. A problem of the
 * file as a whole is an {@link InputException}.
 */
final class TextSource implements AutoCloseable {
    private static final int PROBE = 8192;
    private static final int USUAL_LINE = 128;

    /**
     * A line.
     *
     * @param number its number, from 1
     * @param text its text, with replacement characters for malformed bytes
     * @param problem the reason why it cannot be used; empty if it can
     */
    record Line(int number, String text, Optional<String> problem) {
        boolean blank() {
            return problem.isEmpty() && Example.blank(text);
        }
    }

    private final String name;
    private final InputStream in;
    // Nobody writes a longer line as text.
    private final long longest = Limits.set().line();
    private final Charset charset;
    private final CharsetDecoder decoder;
    private ByteArrayOutputStream line = new ByteArrayOutputStream(USUAL_LINE);
    private Optional<Line> ahead = Optional.empty();
    private int number;

    // A line feed right after a carriage return belongs to the same end of line.
    private boolean afterReturn;

    private TextSource(String name, InputStream in, Charset charset) {
        this.name = name;
        this.in = in;
        this.charset = charset;
        this.decoder = charset.newDecoder();
    }

    /**
     * Opens a file, unpacking it if its name ends in {@code .gz}.
     *
     * @throws InputException if it is missing, a folder, a pipe or a device, cannot be read, or is clearly not text
     */
    static TextSource open(Path file, Charset charset) {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            throw notRegular(file);
        }
        return openAny(file, charset);
    }

    /** A table is read whole or more than once, which a pipe or a device does not allow. */
    static InputException notRegular(Path file) {
        return new InputException(file + ": is a pipe or a device; write the table to a file first");
    }

    /** Opens a file or a pipe. */
    static TextSource openAny(Path file, Charset charset) {
        if (Files.isDirectory(file)) {
            throw new InputException(file + ": is a folder; give a file in it");
        }
        if (!Files.exists(file)) {
            throw new InputException(file + ": there is no such file; check the path");
        }
        try {
            InputStream raw = new BufferedInputStream(
                    // A channel asks for its position in the file, which a pipe does not have.
                    Files.isRegularFile(file) ? Files.newInputStream(file) : new FileInputStream(file.toFile()));
            try {
                return of(
                        file.toString(), FileFormat.gzipped(file.toString()) ? new GZIPInputStream(raw) : raw, charset);
            } catch (IOException | InputException e) {
                raw.close();
                throw e;
            }
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    /** Reads from a stream, which {@link #close} closes; messages call it {@code name}. */
    static TextSource of(String name, InputStream stream, Charset charset) {
        BufferedInputStream in = new BufferedInputStream(stream, PROBE);
        try {
            in.mark(PROBE);
            byte[] start = new byte[PROBE];
            // One read takes only what has arrived: the writer may be waiting for the first answer.
            int count = Math.max(0, in.read(start));
            in.reset();
            refuseForeign(name, Arrays.copyOf(start, count));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        return new TextSource(name, in, charset);
    }

    /** Returns the name of this source in messages. */
    String name() {
        return name;
    }

    /** Returns the next line without moving past it; empty at the end. */
    Optional<Line> peek() {
        if (ahead.isEmpty()) {
            ahead = next();
        }
        return ahead;
    }

    /** Returns the next line and moves past it; empty at the end. */
    Optional<Line> next() {
        if (ahead.isPresent()) {
            Optional<Line> line = ahead;
            ahead = Optional.empty();
            return line;
        }
        try {
            byte[] bytes = nextBytes();
            if (bytes == null) {
                return Optional.empty();
            }
            if (number == Integer.MAX_VALUE) {
                throw new InputException(name + ": has more than " + number + " lines; divide it");
            }
            number++;
            return Optional.of(decode(bytes));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    /** Returns whether input has arrived that was not read yet. */
    boolean ready() {
        try {
            return ahead.isPresent() || in.available() > 0;
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

    /** Returns the bytes up to the next end of line, without it; null at the end. */
    private byte @Nullable [] nextBytes() throws IOException {
        int next = in.read();
        if (next == '\n' && afterReturn) {
            next = in.read();
        }
        afterReturn = false;
        if (next < 0) {
            return null;
        }
        line.reset();
        while (next >= 0 && next != '\n' && next != '\r') {
            // One byte beyond the limit is enough to show that the line is too long.
            if (line.size() <= longest) {
                line.write(next);
            }
            next = in.read();
        }
        afterReturn = next == '\r';
        byte[] bytes = line.toByteArray();
        if (bytes.length > PROBE) {
            // Frees the memory of a long line before the next line.
            line = new ByteArrayOutputStream(USUAL_LINE);
        }
        return bytes;
    }

    /** Refuses a row of several lines that is longer than the limit. */
    void demandWithinLimit(int line, long length) {
        if (length > longest) {
            throw new InputException(name + ":" + line + ": the row is longer than " + Limits.mib(longest)
                    + ", or its quotes do not match" + orHigher());
        }
    }

    private static String orHigher() {
        return "; shorten it, or set " + Limits.property("line") + " higher";
    }

    private Line decode(byte[] bytes) {
        if (bytes.length > longest) {
            return new Line(number, "", Optional.of("the line is longer than " + Limits.mib(longest) + orHigher()));
        }
        int start = number == 1 && startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
        Optional<String> problem = Optional.empty();
        String text;
        try {
            text = decoder.decode(ByteBuffer.wrap(bytes, start, bytes.length - start))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                problem = Optional.of("holds a zero byte; is this text?");
            }
        } catch (CharacterCodingException e) {
            text = new String(bytes, start, bytes.length - start, charset);
            problem = Optional.of("is not " + charset + " near '" + beforeMalformed(text) + "'; "
                    + (charset.equals(StandardCharsets.UTF_8)
                            ? "save the file as UTF-8, or name its encoding with --encoding"
                                    + inWindows1252(bytes, start)
                            : "check --encoding"));
        }
        return new Line(number, text, problem);
    }

    /** Returns the characters before the first malformed one, so that the user finds the place. */
    private static String beforeMalformed(String text) {
        int place = Math.max(0, text.indexOf('\uFFFD'));
        return text.substring(Math.max(0, place - 12), place).replace('\t', ' ');
    }

    /** Returns the character of the first malformed byte in the usual encoding of Windows, if it has one there. */
    private static String inWindows1252(byte[] bytes, int start) {
        ByteBuffer rest = ByteBuffer.wrap(bytes, start, bytes.length - start);
        CharBuffer decoded = CharBuffer.allocate(bytes.length);
        StandardCharsets.UTF_8.newDecoder().decode(rest, decoded, true);
        String letter = new String(new byte[] {rest.get(rest.position())}, Charset.forName("windows-1252"));
        return Character.isISOControl(letter.charAt(0)) || letter.charAt(0) == '\uFFFD'
                ? ""
                : " (in Windows-1252 the next character is '" + letter + "')";
    }

    private static void refuseForeign(String name, byte[] start) {
        for (Foreign kind : FOREIGN) {
            if (startsWith(start, kind.start())) {
                throw new InputException(name + ": " + kind.description());
            }
        }
        int zeros = 0;
        int even = 0;
        for (int i = 0; i < start.length; i++) {
            zeros += start[i] == 0 ? 1 : 0;
            even += start[i] == 0 && i % 2 == 0 ? 1 : 0;
        }
        // In UTF-16, every second byte of most letters is zero.
        if (3 * zeros > start.length && 3 * zeros < 2 * start.length && Math.min(even, zeros - even) * 20 < zeros) {
            throw new InputException(name + ": is UTF-16; save it as UTF-8");
        }
        // A single zero byte makes a bad row; many mean that the file is not text.
        if (20 * zeros > start.length) {
            throw new InputException(name + ": is a binary file, not text; give TSV, CSV or JSON Lines in UTF-8");
        }
    }

    /**
     * Another kind of file.
     *
     * @param start its first bytes
     * @param description what it is and what to do
     */
    private record Foreign(String description, int... start) {
        static Foreign text(String start, String description) {
            return new Foreign(description, start.chars().toArray());
        }
    }

    private static final List<Foreign> FOREIGN = List.of(
            new Foreign("is compressed by gzip; give it a name ending in .gz", 0x1F, 0x8B),
            new Foreign("is compressed by xz; unpack it", 0xFD, '7', 'z', 'X', 'Z'),
            new Foreign("is compressed by zstd; unpack it", 0x28, 0xB5, 0x2F, 0xFD),
            new Foreign("is compressed by bzip2; unpack it", 'B', 'Z', 'h', '9', '1', 'A', 'Y'),
            new Foreign("is UTF-16; save it as UTF-8", 0xFF, 0xFE),
            new Foreign("is UTF-16; save it as UTF-8", 0xFE, 0xFF),
            new Foreign("is a zip file or a spreadsheet, not text; save it as CSV or TSV", 'P', 'K', 3, 4),
            new Foreign("is an old Office file, not text; save it as CSV or TSV", 0xD0, 0xCF, 0x11, 0xE0),
            Foreign.text("PAR1", "is Parquet, not text; write it as CSV, TSV or JSON Lines"),
            Foreign.text("%PDF-", "is a PDF, not text; copy its table into CSV or TSV"),
            Foreign.text("{\\rtf", "is rich text; save it as plain text"),
            Foreign.text(
                    "version https://git-lfs.github.com/spec/",
                    "is a git-lfs pointer, not the file itself; run git lfs pull"));

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
            return new InputException(name + ": is not a whole gzip file; download or compress it again", e);
        }
        if (e instanceof AccessDeniedException) {
            return new InputException(name + ": cannot be read; change its permissions", e);
        }
        return new InputException(name + ": cannot be read: " + e.getMessage(), e);
    }
}

package org.unipelt.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.unipelt.InputException;

/**
 * Files that are read whole, as all but weights and tables are. None is longer than a limit: its size is looked at before
 * anything is read. What is by sight no such file is refused with what it is instead, see {@link Sight}.
 *
 * <p>The system property {@value #LIMIT}, in MiB, replaces both limits.
 */
public final class WholeFile {
    /** Replaces the limits, in MiB. */
    public static final String LIMIT = "unipelt.limit.file";

    /** A file of settings, such as {@code config.json} and {@code adapter.json}, has at most so many MiB. */
    public static final int SETTINGS = 16;

    /** A file that lists something, such as a vocabulary or the predictions of a run, has at most so many MiB. */
    public static final int LIST = 256;

    private WholeFile() {}

    /**
     * The bytes of a file.
     *
     * @param limit {@link #SETTINGS} or {@link #LIST}
     * @throws InputException if it is missing, cannot be read, is too long, or is by sight something else
     */
    public static byte[] bytes(Path file, int limit) {
        // No array could hold more.
        long most = Math.min(2047L, Math.max(1, Integer.getInteger(LIMIT, limit))) << 20;
        refuseIrregular(file);
        try (InputStream in = Files.newInputStream(file)) {
            // A file may grow while it is read; its size alone is no bound.
            byte[] bytes = Files.size(file) > most ? new byte[0] : in.readNBytes((int) most + 1);
            if (bytes.length > most || Files.size(file) > most) {
                throw new InputException(file + ": is longer than " + (most >> 20)
                        + " MiB, so it is hardly what its name says; fetch it again, or set " + LIMIT + " higher");
            }
            Sight.refuse(file.toString(), bytes);
            return bytes;
        } catch (NoSuchFileException e) {
            throw new InputException(file + ": there is no such file; check the path", e);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read; check the file and its permissions", e);
        }
    }

    /**
     * Refuses folders, and whatever would be waited for when it is opened.
     *
     * @throws InputException if it is there and no regular file
     */
    public static void refuseIrregular(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InputException(file + ": is " + (Files.isDirectory(file) ? "a folder" : "a pipe or a device")
                    + "; a file is needed");
        }
    }

    /**
     * The text of a file in UTF-8.
     *
     * @param limit {@link #SETTINGS} or {@link #LIST}
     * @throws InputException as {@link #bytes}, and if it is not UTF-8
     */
    public static String text(Path file, int limit) {
        return text(bytes(file, limit), file.toString());
    }

    /** The text in UTF-8 of a file's bytes, without the mark that some editors put before it. */
    static String text(byte[] bytes, String origin) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InputException(origin + ": is not UTF-8; save it as UTF-8 or fetch it again", e);
        }
    }
}

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
 * Reads whole files: all but weights and tables. Checks a file's size against a limit before it reads anything. Refuses
 * common wrong files with a description, see {@link Sight}.
 *
 * <p>The system property {@value #LIMIT}, in MiB, overrides both limits.
 */
public final class WholeFile {
    /** The system property that overrides the limits, in MiB. */
    public static final String LIMIT = "unipelt.limit.file";

    /** The limit for settings files such as {@code config.json} and {@code adapter.json}, in MiB. */
    public static final int SETTINGS = 16;

    /** The limit for files that list something, such as a vocabulary or a run's predictions, in MiB. */
    public static final int LIST = 256;

    private WholeFile() {}

    /**
     * Reads the bytes of a file.
     *
     * @param limit {@link #SETTINGS} or {@link #LIST}
     * @throws InputException if it is missing, unreadable, too long, or recognized as something else
     */
    public static byte[] bytes(Path file, int limit) {
        // An array holds less than 2 GiB.
        long most = Math.min(2047L, Math.max(1, Integer.getInteger(LIMIT, limit))) << 20;
        refuseIrregular(file);
        try (InputStream in = Files.newInputStream(file)) {
            // A file may grow during the read, so its size alone is no bound.
            byte[] bytes = Files.size(file) > most ? new byte[0] : in.readNBytes((int) most + 1);
            if (bytes.length > most || Files.size(file) > most) {
                throw new InputException(file + ": is longer than " + (most >> 20)
                        + " MiB, so it is probably another file; download it again, or set " + LIMIT
                        + " higher");
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
     * Returns whether there is a file or a folder of that name.
     *
     * @throws InputException if there is only a link to something that is gone, which is not the same as no file
     */
    public static boolean isThere(Path file) {
        if (Files.exists(file)) {
            return true;
        }
        if (Files.isSymbolicLink(file)) {
            throw new InputException(file + ": is a link to a file that is gone; download it again");
        }
        return false;
    }

    /**
     * Refuses folders, pipes and devices: opening them would fail or block.
     *
     * @throws InputException if the path exists and is not a regular file
     */
    public static void refuseIrregular(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InputException(file + ": is " + (Files.isDirectory(file) ? "a folder" : "a pipe or a device")
                    + "; a file is needed");
        }
    }

    /**
     * Reads the text of a UTF-8 file.
     *
     * @param limit {@link #SETTINGS} or {@link #LIST}
     * @throws InputException as {@link #bytes}, and if it is not UTF-8
     */
    public static String text(Path file, int limit) {
        return text(bytes(file, limit), file.toString());
    }

    /** Decodes a file's bytes as UTF-8, without a byte order mark. */
    static String text(byte[] bytes, String origin) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InputException(origin + ": is not UTF-8; save it as UTF-8 or download it again", e);
        }
    }
}

package org.unipelt.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.unipelt.InputException;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;

/**
 * A tuned model on its way to executors: a few megabytes. Its base model does not travel; every node opens it by its name.
 *
 * @param name the name of its folder
 * @param zip its folder
 * @param checksum of its tensors; two models with one are the same
 * @param base the name of its base model
 * @param fingerprint of the base model's weights
 * @param pairs whether it reads pairs of texts
 */
record SentModel(String name, byte[] zip, String checksum, String base, String fingerprint, boolean pairs)
        implements Serializable {
    /**
     * Reads a folder.
     *
     * @throws InputException if it holds no tuned model
     */
    static SentModel read(Path folder) {
        AdapterCard card = AdapterCard.read(folder);
        Path name = folder.toAbsolutePath().normalize().getFileName();
        return new SentModel(
                name.toString(),
                zipped(folder),
                card.checksum(),
                card.base().name(),
                card.base().fingerprint(),
                card.pairs());
    }

    private static byte[] zipped(Path folder) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String file : List.of(AdapterDirectory.CARD, AdapterDirectory.WEIGHTS)) {
                zip.putNextEntry(new ZipEntry(file));
                Files.copy(folder.resolve(file), zip);
            }
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be read: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }
}

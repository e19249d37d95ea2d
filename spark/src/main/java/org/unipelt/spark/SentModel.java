package org.unipelt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.unipelt.InputException;
import org.unipelt.experiment.Study;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;

/**
 * A tuned model on its way to executors: a few megabytes. Its base model does not travel; every node opens it by its name.
 *
 * @param name the name of its folder
 * @param card its card's file, which holds a checksum of its tensors: two models with one card are the same
 * @param zip its folder
 * @param base the name of its base model
 * @param fingerprint of the base model's weights
 */
record SentModel(String name, String card, byte[] zip, String base, String fingerprint) implements Serializable {
    /**
     * Packs a folder.
     *
     * @param card the folder's
     * @throws InputException if it cannot be read
     */
    static SentModel of(Path folder, AdapterCard card) {
        Path name = folder.toAbsolutePath().normalize().getFileName();
        try {
            return new SentModel(
                    String.valueOf(name),
                    Files.readString(folder.resolve(AdapterDirectory.CARD)),
                    ZippedFolder.of(folder, List.of(AdapterDirectory.CARD, AdapterDirectory.WEIGHTS)),
                    Study.everywhere(card.base().name()),
                    card.base().fingerprint());
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }
}

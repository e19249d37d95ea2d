package org.unipelt.experiment;

import java.nio.file.Path;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;

/**
 * How long a run took, as {@code timing.json} holds it.
 *
 * @param trainSeconds of training, steps that a crash made necessary twice included
 * @param steps of training
 * @param stepMillis the median of a step; NaN if it is not known
 * @param predictSeconds of predicting the test rows
 * @param predictRows how many test rows
 * @param workers how many runs went on at the same time
 */
public record Timing(
        double trainSeconds, long steps, double stepMillis, double predictSeconds, int predictRows, int workers) {
    /**
     * Reads a {@code timing.json}.
     *
     * @throws org.unipelt.InputException if it is missing or not as this version writes it
     */
    public static Timing read(Path file) {
        return JsonFiles.read(file, Timing.class, WholeFile.SETTINGS);
    }

    /** Writes it, all of it or nothing. */
    void write(Path file) {
        JsonFiles.write(file, this);
    }
}

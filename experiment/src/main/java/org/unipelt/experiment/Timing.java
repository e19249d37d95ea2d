package org.unipelt.experiment;

import java.nio.file.Path;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;

/**
 * How long a run took, stored in {@code timing.json}.
 *
 * @param trainSeconds of training, repeated steps after a crash included
 * @param steps number of training steps
 * @param stepMillis median milliseconds of a step; NaN if unknown
 * @param predictSeconds of predicting the test rows
 * @param predictRows number of test rows
 * @param workers number of runs at a time
 */
public record Timing(
        double trainSeconds, long steps, double stepMillis, double predictSeconds, int predictRows, int workers) {
    /**
     * Reads a {@code timing.json}.
     *
     * @throws org.unipelt.InputException if it is missing or damaged
     */
    public static Timing read(Path file) {
        return JsonFiles.read(file, Timing.class, WholeFile.SETTINGS);
    }

    /** Writes it, all of it or nothing. */
    void write(Path file) {
        JsonFiles.write(file, this);
    }
}

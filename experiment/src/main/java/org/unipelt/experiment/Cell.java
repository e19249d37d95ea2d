package org.unipelt.experiment;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.unipelt.InputException;
import org.unipelt.format.JsonFiles;
import org.unipelt.training.TrainingConfig;

/**
 * A cell of a sweep's grid: everything that determines one run. Equal cells have equal results.
 *
 * @param model the base model's name; for a folder its last name, so that a result does not depend on its path
 * @param task the GLUE task, e.g. {@code cola}, or the file name of the user's own table
 * @param samples K of the paper's protocol; none for all rows
 * @param method the method's name in the spec
 * @param text the method as text, with every option
 * @param dataSeed seed that draws the rows
 * @param seed seed of initial values, row order and dropout
 * @param vary the varied values that apply to this cell, by name
 * @param training every setting
 * @param devRows limit on development rows; none for all rows of the official file
 * @param testRows limit on test rows; none for all
 * @param data fingerprint of all rows that the run uses
 * @param base fingerprint of the base model's weights; with the precision if that is not f32
 */
public record Cell(
        String model,
        String task,
        Optional<Integer> samples,
        String method,
        String text,
        long dataSeed,
        long seed,
        Map<String, String> vary,
        TrainingConfig training,
        Optional<Integer> devRows,
        Optional<Integer> testRows,
        String data,
        String base) {
    /** Sorts the varied values by name. Checks that the seed is the training's. */
    public Cell {
        vary = Collections.unmodifiableMap(new TreeMap<>(vary));
        if (seed != training.seed()) {
            throw new InputException("seed " + seed + " differs from the training's seed " + training.seed());
        }
    }

    /**
     * Names the run's folder: the first 16 digits of SHA-256 over the {@link JsonFiles#canonical canonical} JSON of
     * this.
     */
    public String hash() {
        return JsonFiles.digest(CellFile.of(this)).substring(0, 16);
    }

    /** The cell in a few words, e.g. {@code cola 100 lora data 111 seed 42}. */
    public String describe() {
        StringBuilder words = new StringBuilder(task)
                .append(' ')
                .append(samples.map(Object::toString).orElse("all"))
                .append(' ')
                .append(method);
        vary.forEach((name, value) -> words.append(' ').append(name).append('=').append(value));
        return words.append(" data ")
                .append(dataSeed)
                .append(" seed ")
                .append(seed)
                .toString();
    }
}

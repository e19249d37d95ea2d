package org.unipelt.experiment.report;

import java.util.Optional;

/**
 * The runs of one base model with one number of training rows, for all tasks: a block of a table.
 *
 * @param model the base model's name
 * @param samples K, the number of training rows; none for all
 */
record Slice(String model, Optional<Integer> samples) {
    /** The condition of a task in this slice. */
    Condition condition(String task) {
        return new Condition(model, task, samples);
    }
}

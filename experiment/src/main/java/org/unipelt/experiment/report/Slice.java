package org.unipelt.experiment.report;

import java.util.Optional;

/**
 * What stands together in a table: the runs of one base model with one size of training data, of all tasks.
 *
 * @param model the base model's name
 * @param samples K, the number of training rows; none for all of them
 */
record Slice(String model, Optional<Integer> samples) {
    /** A task of it. */
    Condition condition(String task) {
        return new Condition(model, task, samples);
    }
}

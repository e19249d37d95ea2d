package org.unipelt.experiment.report;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.unipelt.experiment.Cell;

/**
 * What methods are compared on: a base model, a task and a size of training data.
 *
 * @param model the base model's name
 * @param task the task's name, e.g. {@code cola}
 * @param samples K, the number of training rows; none for all of them
 */
record Condition(String model, String task, Optional<Integer> samples) implements Comparable<Condition> {
    private static final Comparator<Condition> ORDER = Comparator.comparing(Condition::model)
            .thenComparing(condition -> size(condition.samples()))
            .thenComparing(condition -> PaperNames.taskPlace(condition.task()))
            .thenComparing(Condition::task);

    static Condition of(Cell run) {
        return new Condition(run.model(), run.task(), run.samples());
    }

    /** Model and size, without the task. */
    Slice slice() {
        return new Slice(model, samples);
    }

    /** For sorting sizes: all rows come last. */
    static int size(Optional<Integer> samples) {
        return samples.orElse(Integer.MAX_VALUE);
    }

    /** {@code K = 100}, or {@code K = all}. */
    static String title(Optional<Integer> samples) {
        return "K = " + shown(samples);
    }

    /** {@code 1 000}, or {@code all}. */
    static String shown(Optional<Integer> samples) {
        // Titles name random streams: they are the same in every country.
        return samples.map(k -> String.format(Locale.ROOT, "%,d", k).replace(',', '\u2009'))
                .orElse("all");
    }

    @Override
    public int compareTo(Condition other) {
        return ORDER.compare(this, other);
    }
}

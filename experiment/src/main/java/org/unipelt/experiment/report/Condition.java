package org.unipelt.experiment.report;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.unipelt.experiment.Cell;

/**
 * A condition under which methods are compared: a base model, a task and a number of training rows.
 *
 * @param model the base model's name
 * @param task the task's name, e.g. {@code cola}
 * @param samples K, the number of training rows; none for all
 */
record Condition(String model, String task, Optional<Integer> samples) implements Comparable<Condition> {
    private static final Comparator<Condition> ORDER = Comparator.comparing(Condition::model)
            .thenComparing(condition -> size(condition.samples()))
            .thenComparing(condition -> PaperNames.taskPlace(condition.task()))
            .thenComparing(Condition::task);

    static Condition of(Cell run) {
        return new Condition(run.model(), run.task(), run.samples());
    }

    /** The slice: model and size, without the task. */
    Slice slice() {
        return new Slice(model, samples);
    }

    /** Sort key of a size: all rows come last. */
    static int size(Optional<Integer> samples) {
        return samples.orElse(Integer.MAX_VALUE);
    }

    /** {@code K = 100}, or {@code K = all}. */
    static String title(Optional<Integer> samples) {
        return "K = " + shown(samples);
    }

    /** {@code 1 000}, or {@code all}. */
    static String shown(Optional<Integer> samples) {
        // The title names a random stream, so it must not depend on the locale.
        return samples.map(k -> String.format(Locale.ROOT, "%,d", k).replace(',', '\u2009'))
                .orElse("all");
    }

    @Override
    public int compareTo(Condition other) {
        return ORDER.compare(this, other);
    }
}

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
record Setup(String model, String task, Optional<Integer> samples) implements Comparable<Setup> {
    private static final Comparator<Setup> ORDER = Comparator.comparing(Setup::model)
            .thenComparing(setup -> size(setup.samples()))
            .thenComparing(setup -> PaperNames.taskPlace(setup.task()))
            .thenComparing(Setup::task);

    static Setup of(Cell run) {
        return new Setup(run.model(), run.task(), run.samples());
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
    public int compareTo(Setup other) {
        return ORDER.compare(this, other);
    }
}

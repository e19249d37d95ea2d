package org.unipelt.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.LabelScore;
import org.unipelt.run.Run;

/**
 * How well a model does on each label of multi-label rows.
 *
 * @param labels the scores of the labels, the weakest label first
 */
record LabelReport(List<LabelScore> labels) {
    /** Returns the report on evaluated rows; empty if their answers are not label sets. */
    static Optional<LabelReport> of(Evaluation evaluation) {
        return evaluation
                .labels()
                .map(labels -> new LabelReport(labels.stream()
                        .sorted(Comparator.comparingDouble(LabelScore::f1))
                        .toList()));
    }

    /** Returns the report on the test rows of a finished training, or on its development rows if it has no others. */
    static Optional<LabelReport> of(Run run) {
        return Optional.ofNullable(
                        run.evaluations().getOrDefault("test", run.evaluations().get("dev")))
                .flatMap(LabelReport::of);
    }

    /**
     * Prints the labels.
     *
     * @param most the most labels to print, the weakest first
     */
    void print(Console console, int most) {
        TextTable table = new TextTable(
                        List.of(Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT))
                .add("threshold", "precision", "recall", "f1", "rows", "label, the weakest first");
        labels.forEach(each -> table.add(
                two(each.threshold()),
                two(each.precision()),
                two(each.recall()),
                two(each.f1()),
                Integer.toString(each.support()),
                each.label()));
        table.print(console, most);
    }

    private static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}

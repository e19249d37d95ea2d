package org.unipelt.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.LabelScore;

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
                Metrics.two(each.threshold()),
                Metrics.two(each.precision()),
                Metrics.two(each.recall()),
                Metrics.two(each.f1()),
                Integer.toString(each.support()),
                each.label()));
        table.print(console, most);
    }
}

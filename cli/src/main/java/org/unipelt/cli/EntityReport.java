package org.unipelt.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.Evaluation;

/**
 * How well a model finds the names of each label.
 *
 * @param entities the scores of the labels, the weakest label first
 */
record EntityReport(List<EntityScore> entities) {
    /** Returns the report on evaluated rows; empty if their answers are not spans. */
    static Optional<EntityReport> of(Evaluation evaluation) {
        return evaluation
                .entities()
                .map(entities -> new EntityReport(entities.stream()
                        .sorted(Comparator.comparingDouble(EntityScore::f1))
                        .toList()));
    }

    /**
     * Prints the labels.
     *
     * @param most the most labels to print, the weakest first
     */
    void print(Console console, int most) {
        TextTable table = new TextTable(List.of(Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT))
                .add("precision", "recall", "f1", "names", "label, the weakest first");
        entities.forEach(each -> table.add(
                Metrics.two(each.precision()),
                Metrics.two(each.recall()),
                Metrics.two(each.f1()),
                Integer.toString(each.support()),
                each.label()));
        table.print(console, most);
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.ClassProbabilities;

/**
 * How many rows a model of classes answers, and how well, if it must be sure.
 *
 * @param given the probability that the user gave
 * @param coverages at it and at the usual probabilities, in ascending order
 */
record CoverageTable(double given, List<ClassProbabilities.Coverage> coverages) {
    private static final double[] USUAL = {0.5, 0.6, 0.7, 0.8, 0.9};
    private static final double PERCENT = 100;

    /** One line of the table for JSON. */
    record Line(@JsonProperty("abstain_below") double least, int answered, double coverage, double accuracy) {}

    static CoverageTable of(ClassProbabilities rows, double given) {
        return new CoverageTable(
                given,
                DoubleStream.concat(DoubleStream.of(given), DoubleStream.of(USUAL))
                        .sorted()
                        .distinct()
                        .mapToObj(rows::coverage)
                        .toList());
    }

    List<Line> lines() {
        return coverages.stream()
                .map(each -> new Line(each.least(), each.answered(), each.share(), each.accuracy()))
                .toList();
    }

    void print(Console console) {
        TextTable table = new TextTable(List.of(Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT))
                .add("abstain below", "answered", "of rows", "accuracy of these");
        coverages.forEach(each -> table.add(
                (each.least() == given ? "> " : "") + each.least(),
                Integer.toString(each.answered()),
                String.format(Locale.ROOT, "%.1f %%", PERCENT * each.share()),
                Metrics.number(each.accuracy())));
        table.print(console, Integer.MAX_VALUE);
    }
}

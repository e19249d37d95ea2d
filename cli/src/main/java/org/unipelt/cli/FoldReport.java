package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.FoldScores;

/**
 * The scores of a cross-validation.
 *
 * @param rows the number of held-out rows of each fold
 * @param folds each fold's scores
 * @param mean the mean over the folds
 * @param deviation the standard deviation over the K folds, with K − 1 in the denominator
 * @param together the scores of all held-out rows at once
 */
record FoldReport(
        List<Integer> rows,
        List<Map<String, Double>> folds,
        Map<String, Double> mean,
        Map<String, Double> deviation,
        @JsonProperty("all_rows") Map<String, Double> together) {
    static FoldReport of(FoldScores scores) {
        return new FoldReport(
                scores.rows(),
                scores.folds(),
                each(scores, scores::mean),
                each(scores, scores::deviation),
                scores.together());
    }

    private static Map<String, Double> each(FoldScores scores, ToDoubleFunction<String> value) {
        Map<String, Double> values = new LinkedHashMap<>();
        scores.metrics().forEach(metric -> values.put(metric, value.applyAsDouble(metric)));
        return values;
    }

    void print(Console console) {
        int all = rows.stream().mapToInt(Integer::intValue).sum();
        console.printSentence(folds.size() + " folds of " + all
                + " rows, each scored by a model that did not learn from it. The deviation divides by "
                + (folds.size() - 1) + ", one less than the folds.");
        TextTable table = new TextTable(
                        List.of(Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT))
                .add("", "mean", "deviation", "worst fold", "best fold", "all rows");
        mean.keySet()
                .forEach(metric -> table.add(
                        metric,
                        Metrics.number(Objects.requireNonNull(mean.get(metric))),
                        Metrics.number(Objects.requireNonNull(deviation.get(metric))),
                        Metrics.number(folds.stream()
                                .mapToDouble(scores -> scores.get(metric))
                                .min()
                                .orElseThrow()),
                        Metrics.number(folds.stream()
                                .mapToDouble(scores -> scores.get(metric))
                                .max()
                                .orElseThrow()),
                        Metrics.number(together.getOrDefault(metric, Double.NaN))));
        table.print(console, Integer.MAX_VALUE);
    }
}

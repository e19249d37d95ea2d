package org.unipelt.metric;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.unipelt.InputException;

/**
 * The scores of a cross-validation. A metric that is undefined is NaN.
 *
 * @param rows the number of held-out rows of each fold
 * @param folds the scores of each fold's model on its held-out rows, by name of the metric
 * @param together the scores of all held-out rows at once, each answered by the model that did not learn from it; a
 *     metric that needs more than the answers, such as average precision, is not there
 */
public record FoldScores(List<Integer> rows, List<Map<String, Double>> folds, Map<String, Double> together) {
    /** Copies the lists. */
    public FoldScores {
        rows = List.copyOf(rows);
        folds = List.copyOf(folds);
        if (folds.size() < 2 || rows.size() != folds.size()) {
            throw new InputException(folds.size() + " folds with " + rows.size() + " numbers of rows");
        }
    }

    /** Returns the names of the metrics, the main one first. */
    public Set<String> metrics() {
        return folds.get(0).keySet();
    }

    /** Returns the mean of a metric over the folds. */
    public double mean(String metric) {
        return folds.stream()
                .mapToDouble(scores -> scores.get(metric))
                .average()
                .orElseThrow();
    }

    /** Returns the standard deviation of a metric over the K folds, with K − 1 in the denominator. */
    public double deviation(String metric) {
        double mean = mean(metric);
        double squares = folds.stream()
                .mapToDouble(scores -> Math.pow(Objects.requireNonNull(scores.get(metric)) - mean, 2))
                .sum();
        return Math.sqrt(squares / (folds.size() - 1));
    }
}

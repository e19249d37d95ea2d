package org.unipelt.run;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.metric.Metric;

/**
 * The answers of several models, each to its own rows, as {@link org.unipelt.metric.Evaluation} has them.
 *
 * @param predicted each predicted answer as a number
 * @param right each right answer as a number
 */
record AllAnswers(List<Number> predicted, List<Number> right) {
    /** Returns the scores of all rows at once; without the metrics that need more than such numbers. */
    Map<String, Double> scores(Labels labels, Set<String> metrics) {
        Map<String, Double> scores = new LinkedHashMap<>();
        for (String name : metrics) {
            Metric metric = Metric.named(name);
            if (labels.kind() == LabelKind.CLASSES) {
                scores.put(name, metric.of(indices(predicted), indices(right)));
            } else if (labels.kind() == LabelKind.SCORE) {
                scores.put(name, metric.of(values(predicted), values(right)));
            } else if (labels.kind() == LabelKind.MULTI && metric != Metric.AVERAGE_PRECISION) {
                int count = labels.names().size();
                int[] once = IntStream.generate(() -> 1).limit(right.size()).toArray();
                scores.put(name, metric.of(sets(predicted, count), sets(right, count), once));
            }
        }
        return scores;
    }

    private static int[] indices(List<Number> answers) {
        return answers.stream().mapToInt(Number::intValue).toArray();
    }

    private static double[] values(List<Number> answers) {
        return answers.stream().mapToDouble(Number::doubleValue).toArray();
    }

    private static boolean[][] sets(List<Number> answers, int labels) {
        return answers.stream().map(bits -> set(bits, labels)).toArray(boolean[][]::new);
    }

    private static boolean[] set(Number bits, int labels) {
        BigInteger all = new BigInteger(bits.toString());
        boolean[] set = new boolean[labels];
        IntStream.range(0, labels).forEach(label -> set[label] = all.testBit(label));
        return set;
    }
}

package org.unipelt.metric;

import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** How often each class occurs, is predicted, and is predicted rightly; the metrics of classes follow from these. */
final class Counts {
    private final long examples;
    private final long[] right;
    private final long[] occurs;
    private final long[] predicted;

    Counts(int[] predicted, int[] gold) {
        int classes = 1
                + IntStream.concat(IntStream.of(predicted), IntStream.of(gold))
                        .max()
                        .orElse(0);
        this.examples = gold.length;
        this.right = new long[classes];
        this.occurs = new long[classes];
        this.predicted = new long[classes];
        for (int i = 0; i < gold.length; i++) {
            occurs[gold[i]]++;
            this.predicted[predicted[i]]++;
            if (gold[i] == predicted[i]) {
                right[gold[i]]++;
            }
        }
    }

    /** From how often each right class (row) was taken for each class (column). */
    Counts(long[][] confusion) {
        int classes = confusion.length;
        this.right = new long[classes];
        this.occurs = new long[classes];
        this.predicted = new long[classes];
        for (int gold = 0; gold < classes; gold++) {
            for (int said = 0; said < classes; said++) {
                occurs[gold] += confusion[gold][said];
                predicted[said] += confusion[gold][said];
            }
            right[gold] = confusion[gold][gold];
        }
        this.examples = LongStream.of(occurs).sum();
    }

    /** One more than the largest class index seen. */
    int classes() {
        return right.length;
    }

    double accuracy() {
        return (double) LongStream.of(right).sum() / examples;
    }

    /** 0 where nothing of the class occurs or is predicted, as scikit-learn has it. */
    double f1(int index) {
        if (index >= classes() || right[index] == 0) {
            return 0;
        }
        return 2.0 * right[index] / (occurs[index] + predicted[index]);
    }

    double macroF1() {
        return IntStream.range(0, classes())
                .filter(index -> occurs[index] + predicted[index] > 0)
                .mapToDouble(this::f1)
                .average()
                .orElse(0);
    }

    /**
     * {@code (c s - sum p t) / sqrt((s² - sum p²)(s² - sum t²))} with c right ones of s, p predicted and t occurring of
     * each class.
     */
    double matthews() {
        double s = examples;
        double both = 0;
        double predictedSquares = 0;
        double occursSquares = 0;
        double c = 0;
        for (int i = 0; i < classes(); i++) {
            c += right[i];
            both += (double) predicted[i] * occurs[i];
            predictedSquares += (double) predicted[i] * predicted[i];
            occursSquares += (double) occurs[i] * occurs[i];
        }
        double norm = (s * s - predictedSquares) * (s * s - occursSquares);
        return norm == 0 ? 0 : (c * s - both) / Math.sqrt(norm);
    }
}

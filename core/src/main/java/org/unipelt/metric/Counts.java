package org.unipelt.metric;

import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** How often each class occurs, is predicted, and is predicted correctly; the source of all metrics for classes. */
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

    /** Counts from a matrix {@code confusion[right class][predicted class]}. */
    Counts(long[][] confusion) {
        int classes = confusion.length;
        this.right = new long[classes];
        this.occurs = new long[classes];
        this.predicted = new long[classes];
        for (int gold = 0; gold < classes; gold++) {
            for (int guess = 0; guess < classes; guess++) {
                occurs[gold] += confusion[gold][guess];
                predicted[guess] += confusion[gold][guess];
            }
            right[gold] = confusion[gold][gold];
        }
        this.examples = LongStream.of(occurs).sum();
    }

    /** Returns one more than the largest class index. */
    int classes() {
        return right.length;
    }

    double accuracy() {
        return (double) LongStream.of(right).sum() / examples;
    }

    /** Returns 0 if the class neither occurs nor is predicted, like scikit-learn. */
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
     * Computes {@code (c s - sum p t) / sqrt((s² - sum p²)(s² - sum t²))}, with c correct of s examples, and p
     * predicted and t occurring examples of each class.
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

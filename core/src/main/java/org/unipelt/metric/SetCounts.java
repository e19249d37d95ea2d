package org.unipelt.metric;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How often each label of multi-label rows occurs, is predicted, and both; the source of the metrics for label sets. */
final class SetCounts {
    private final long[] right;
    private final long[] occurs;
    private final long[] predicted;
    private double rows;
    private double exact;
    private double f1OfRows;

    /**
     * Counts rows.
     *
     * @param times how often each row counts
     */
    SetCounts(boolean[][] predicted, boolean[][] gold, int[] times) {
        int labels = gold[0].length;
        this.right = new long[labels];
        this.occurs = new long[labels];
        this.predicted = new long[labels];
        for (int row = 0; row < gold.length; row++) {
            add(predicted[row], gold[row], times[row]);
        }
    }

    private void add(boolean[] guess, boolean[] gold, int times) {
        long both = 0;
        long either = 0;
        for (int label = 0; label < gold.length; label++) {
            int is = gold[label] ? 1 : 0;
            int said = guess[label] ? 1 : 0;
            right[label] += (long) times * is * said;
            occurs[label] += (long) times * is;
            predicted[label] += (long) times * said;
            both += (long) is * said;
            either += is + said;
        }
        rows += times;
        exact += Arrays.equals(guess, gold) ? times : 0;
        f1OfRows += times * f1(both, either);
    }

    /** Twice the hits by all that are right or predicted; 0 if there are none, like scikit-learn. */
    private static double f1(long right, long all) {
        return all == 0 ? 0 : 2.0 * right / all;
    }

    double f1(int label) {
        return f1(right[label], occurs[label] + predicted[label]);
    }

    double precision(int label) {
        return predicted[label] == 0 ? 0 : (double) right[label] / predicted[label];
    }

    double recall(int label) {
        return occurs[label] == 0 ? 0 : (double) right[label] / occurs[label];
    }

    int support(int label) {
        return Math.toIntExact(occurs[label]);
    }

    double microF1() {
        return f1(
                Arrays.stream(right).sum(),
                Arrays.stream(occurs).sum() + Arrays.stream(predicted).sum());
    }

    double macroF1() {
        return IntStream.range(0, right.length).mapToDouble(this::f1).average().orElseThrow();
    }

    double samplesF1() {
        return f1OfRows / rows;
    }

    double exactMatch() {
        return exact / rows;
    }
}

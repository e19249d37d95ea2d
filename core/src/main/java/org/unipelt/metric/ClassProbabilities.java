package org.unipelt.metric;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a model says of each class for some rows, and the rows' right classes: how sure it is, and how far that can be
 * trusted. Do not change the arrays.
 *
 * @param each the probability of every class, {@code [rows][classes]}
 * @param right the index of each row's right class, {@code [rows]}
 */
public record ClassProbabilities(double[][] each, int... right) {
    /** Checks that there is a right class for every row. */
    public ClassProbabilities {
        if (each.length != right.length) {
            throw new IllegalArgumentException(each.length + " rows, but " + right.length + " right classes");
        }
    }

    /** The share of rows that a model answers, and how well.
     *
     * @param least the least probability at which it answers
     * @param rows the number of rows
     * @param answered the number of rows whose most probable class reaches it
     * @param hits the number of these rows with the right class
     */
    public record Coverage(double least, int rows, int answered, int hits) {
        /** Returns the share of rows that the model answers. */
        public double share() {
            return (double) answered / rows;
        }

        /** Returns the accuracy on the rows that the model answers; NaN if it answers none. */
        public double accuracy() {
            return answered == 0 ? Double.NaN : (double) hits / answered;
        }
    }

    /** Returns the rows of several as one. */
    public static ClassProbabilities together(List<ClassProbabilities> all) {
        return new ClassProbabilities(
                all.stream().flatMap(one -> Arrays.stream(one.each)).toArray(double[][]::new),
                all.stream().flatMapToInt(one -> Arrays.stream(one.right)).toArray());
    }

    /** Returns some of the rows. */
    public ClassProbabilities of(int... rows) {
        return new ClassProbabilities(
                Arrays.stream(rows).mapToObj(row -> each[row]).toArray(double[][]::new),
                Arrays.stream(rows).map(row -> right[row]).toArray());
    }

    /** Returns the number of rows. */
    public int rows() {
        return right.length;
    }

    /** Returns the mean of −ln p over rows, where p is the probability of the right class. */
    public double loss() {
        return loss(1);
    }

    /**
     * Returns the loss if the logits are divided by a temperature. The logits themselves are not needed: softmax(z / T) is
     * p^(1/T), made to sum to 1.
     */
    double loss(double temperature) {
        return IntStream.range(0, right.length)
                .mapToDouble(row -> {
                    double[] logs = logs(each[row], temperature);
                    return logSum(logs) - logs[right[row]];
                })
                .average()
                .orElse(Double.NaN);
    }

    /** Returns what the model says if its logits are divided by a temperature. */
    public ClassProbabilities at(double temperature) {
        return new ClassProbabilities(
                Arrays.stream(each)
                        .map(row -> {
                            double[] logs = logs(row, temperature);
                            double sum = logSum(logs);
                            return Arrays.stream(logs)
                                    .map(log -> Math.exp(log - sum))
                                    .toArray();
                        })
                        .toArray(double[][]::new),
                right);
    }

    /** Returns the logarithms; a probability too small for a number counts as the smallest number. */
    private static double[] logs(double[] row, double temperature) {
        return Arrays.stream(row)
                .map(p -> Math.log(Math.max(p, Double.MIN_VALUE)) / temperature)
                .toArray();
    }

    private static double logSum(double... logs) {
        double largest = Arrays.stream(logs).max().orElseThrow();
        return largest
                + Math.log(
                        Arrays.stream(logs).map(log -> Math.exp(log - largest)).sum());
    }

    /** Returns whether the model is right as often as its probabilities say. */
    public Calibration calibration() {
        boolean[] hits = new boolean[right.length];
        for (int row = 0; row < right.length; row++) {
            hits[row] = top(row) == right[row];
        }
        return Calibration.of(
                IntStream.range(0, right.length)
                        .mapToDouble(row -> each[row][top(row)])
                        .toArray(),
                hits);
    }

    /** Returns how many rows the model answers, and how well, if it must be at least so sure. */
    public Coverage coverage(double least) {
        int answered = 0;
        int hits = 0;
        for (int row = 0; row < right.length; row++) {
            if (each[row][top(row)] >= least) {
                answered++;
                hits += top(row) == right[row] ? 1 : 0;
            }
        }
        return new Coverage(least, right.length, answered, hits);
    }

    /** Returns the index of a row's most probable class; the first of equally probable ones. */
    private int top(int row) {
        return IntStream.range(1, each[row].length).reduce(0, (best, i) -> each[row][i] > each[row][best] ? i : best);
    }
}

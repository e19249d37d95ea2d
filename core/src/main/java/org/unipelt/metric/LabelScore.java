package org.unipelt.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well a model does on one label of multi-label rows, as scikit-learn defines it; 0 where nothing would be divided
 * by.
 *
 * @param label the label
 * @param threshold the least probability at which the model gives the label
 * @param precision of the rows that the model gave the label, the share that have it
 * @param recall of the rows that have the label, the share that were found
 * @param f1 the harmonic mean of both
 * @param averagePrecision the precision averaged over all thresholds, see {@link #averagePrecision}
 * @param support how many rows have the label
 */
public record LabelScore(
        String label,
        double threshold,
        double precision,
        double recall,
        double f1,
        double averagePrecision,
        int support) {
    /** Without a threshold chosen on rows, a label is given if it is more probable than not. */
    public static final double USUAL_THRESHOLD = 0.5;

    /**
     * Scores every label.
     *
     * @param labels the labels' names
     * @param thresholds each label's
     * @param probabilities {@code [rows][labels]}
     * @param gold which labels each row has, {@code [rows][labels]}
     */
    public static List<LabelScore> of(
            List<String> labels, List<Double> thresholds, double[][] probabilities, boolean[][] gold) {
        int[] once = new int[gold.length];
        Arrays.fill(once, 1);
        SetCounts counts = new SetCounts(passing(probabilities, thresholds), gold, once);
        List<LabelScore> scores = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            scores.add(new LabelScore(
                    labels.get(i),
                    thresholds.get(i),
                    counts.precision(i),
                    counts.recall(i),
                    counts.f1(i),
                    averagePrecision(column(probabilities, i), column(gold, i)),
                    counts.support(i)));
        }
        return List.copyOf(scores);
    }

    /**
     * Returns the labels that each row passes the thresholds of.
     *
     * @param probabilities {@code [rows][labels]}
     * @param thresholds each label's
     */
    public static boolean[][] passing(double[][] probabilities, List<Double> thresholds) {
        boolean[][] passing = new boolean[probabilities.length][thresholds.size()];
        for (int row = 0; row < passing.length; row++) {
            for (int label = 0; label < thresholds.size(); label++) {
                passing[row][label] = probabilities[row][label] >= thresholds.get(label);
            }
        }
        return passing;
    }

    /**
     * Computes the average precision of one label: the sum over distinct scores, the largest first, of the precision at
     * this score times the growth of the recall. 0 if no row has the label.
     *
     * @param scores a number for each row; only their order counts
     * @param gold whether each row has the label
     */
    static double averagePrecision(double[] scores, boolean[] gold) {
        int[] order = descending(scores);
        long positives = count(gold);
        double sum = 0;
        long right = 0;
        for (int from = 0; from < order.length; ) {
            int to = from;
            long before = right;
            while (to < order.length && scores[order[to]] == scores[order[from]]) {
                right += gold[order[to++]] ? 1 : 0;
            }
            sum += (right - before) * ((double) right / to);
            from = to;
        }
        return positives == 0 ? 0 : sum / positives;
    }

    /**
     * Chooses each label's threshold with the largest F1 on some rows: one half, or a number midway between two
     * neighbouring probabilities; of equally good ones the nearest to one half. One half if no row has the label.
     *
     * @param probabilities {@code [rows][labels]}
     * @param gold which labels each row has, {@code [rows][labels]}
     */
    public static List<Double> bestThresholds(double[][] probabilities, boolean[][] gold) {
        return IntStream.range(0, gold[0].length)
                .mapToObj(label -> bestThreshold(column(probabilities, label), column(gold, label)))
                .toList();
    }

    private static double bestThreshold(double[] probabilities, boolean[] gold) {
        long positives = count(gold);
        if (positives == 0) {
            return USUAL_THRESHOLD;
        }
        int[] order = descending(probabilities);
        double best = USUAL_THRESHOLD;
        double bestF1 = f1(probabilities, gold, positives);
        long right = 0;
        for (int i = 0; i < order.length; i++) {
            right += gold[order[i]] ? 1 : 0;
            double here = probabilities[order[i]];
            double next = i + 1 < order.length ? probabilities[order[i + 1]] : 0;
            if (next == here) {
                continue;
            }
            double threshold = (here + next) / 2;
            double f1 = 2.0 * right / (positives + i + 1);
            boolean nearer = Math.abs(threshold - USUAL_THRESHOLD) < Math.abs(best - USUAL_THRESHOLD);
            if (f1 > bestF1 || (f1 == bestF1 && nearer)) {
                best = threshold;
                bestF1 = f1;
            }
        }
        return best;
    }

    /** The F1 at one half. */
    private static double f1(double[] probabilities, boolean[] gold, long positives) {
        long right = 0;
        long passing = 0;
        for (int row = 0; row < gold.length; row++) {
            if (probabilities[row] >= USUAL_THRESHOLD) {
                passing++;
                right += gold[row] ? 1 : 0;
            }
        }
        return 2.0 * right / (positives + passing);
    }

    private static int[] descending(double... scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted((one, other) -> Double.compare(scores[other], scores[one]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static long count(boolean... gold) {
        return IntStream.range(0, gold.length).filter(row -> gold[row]).count();
    }

    static double[] column(double[][] rows, int label) {
        return Arrays.stream(rows).mapToDouble(row -> row[label]).toArray();
    }

    static boolean[] column(boolean[][] rows, int label) {
        boolean[] column = new boolean[rows.length];
        for (int row = 0; row < rows.length; row++) {
            column[row] = rows[row][label];
        }
        return column;
    }
}

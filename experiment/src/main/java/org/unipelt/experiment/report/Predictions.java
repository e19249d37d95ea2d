package org.unipelt.experiment.report;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hipparchus.util.FastMath;
import org.unipelt.experiment.Result;
import org.unipelt.metric.Metric;

/**
 * A run's test predictions, prepared for fast scoring on samples of rows. A sample says how often it holds each row.
 * Sorting is done once, because a bootstrap scores thousands of samples.
 */
interface Predictions {
    /** The predictions of a run that did not fail. */
    static Predictions of(Result result) {
        Metric metric = Metric.named(result.metric());
        // Only label sets have this metric.
        if (result.scores().getOrDefault("test", Map.of()).containsKey(Metric.EXACT_MATCH.text())) {
            return new LabelSets(metric, result.test());
        }
        double[] gold = numbers(result.test().gold());
        double[] predicted = numbers(result.test().predicted());
        return switch (metric) {
            case PEARSON -> new Scores(gold, predicted, false);
            case SPEARMAN -> new Scores(gold, predicted, true);
            default -> new Classes(metric, gold, predicted);
        };
    }

    int rows();

    /**
     * The metric times 100; 0 if it is undefined.
     *
     * @param times how often the sample holds each row
     */
    double score(int[] times);

    private static double[] numbers(List<Number> values) {
        return values.stream().mapToDouble(Number::doubleValue).toArray();
    }

    /** Classes by index. */
    final class Classes implements Predictions {
        private final Metric metric;
        private final int classes;
        private final int[] cells;

        Classes(Metric metric, double[] gold, double[] predicted) {
            this.metric = metric;
            this.classes = 1
                    + (int) IntStream.range(0, gold.length)
                            .mapToDouble(i -> Math.max(gold[i], predicted[i]))
                            .max()
                            .orElse(0);
            this.cells = IntStream.range(0, gold.length)
                    .map(i -> ((int) gold[i]) * classes + (int) predicted[i])
                    .toArray();
        }

        @Override
        public int rows() {
            return cells.length;
        }

        @Override
        public double score(int[] times) {
            long[] counts = new long[classes * classes];
            for (int i = 0; i < cells.length; i++) {
                counts[cells[i]] += times[i];
            }
            long[][] confusion = new long[classes][classes];
            for (int i = 0; i < counts.length; i++) {
                confusion[i / classes][i % classes] = counts[i];
            }
            return 100 * metric.of(confusion);
        }
    }

    /** Label sets, in which bit i is label i. A label beyond the last that a row has or gets does not count. */
    final class LabelSets implements Predictions {
        private final Metric metric;
        private final boolean[][] gold;
        private final boolean[][] predicted;

        LabelSets(Metric metric, Result.Answers answers) {
            this.metric = metric;
            List<BigInteger> right = bits(answers.gold());
            List<BigInteger> given = bits(answers.predicted());
            int labels = Stream.concat(right.stream(), given.stream())
                    .mapToInt(BigInteger::bitLength)
                    .max()
                    .orElse(0);
            this.gold = indicators(right, Math.max(1, labels));
            this.predicted = indicators(given, Math.max(1, labels));
        }

        private static List<BigInteger> bits(List<Number> sets) {
            return sets.stream().map(set -> new BigInteger(set.toString())).toList();
        }

        private static boolean[][] indicators(List<BigInteger> sets, int labels) {
            boolean[][] rows = new boolean[sets.size()][labels];
            for (int row = 0; row < rows.length; row++) {
                for (int label = 0; label < labels; label++) {
                    rows[row][label] = sets.get(row).testBit(label);
                }
            }
            return rows;
        }

        @Override
        public int rows() {
            return gold.length;
        }

        @Override
        public double score(int[] times) {
            return 100 * metric.of(predicted, gold, times);
        }
    }

    /** Scores. */
    final class Scores implements Predictions {
        private final double[][] sides;
        private final int[][] orders;
        private final boolean ranked;

        Scores(double[] gold, double[] predicted, boolean ranked) {
            this.sides = new double[][] {gold, predicted};
            this.orders = new int[][] {ascending(gold), ascending(predicted)};
            this.ranked = ranked;
        }

        private static int[] ascending(double[] values) {
            return IntStream.range(0, values.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> values[i]))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }

        @Override
        public int rows() {
            return orders[0].length;
        }

        @Override
        public double score(int[] times) {
            double[] x = ranked ? ranks(0, times) : sides[0];
            double[] y = ranked ? ranks(1, times) : sides[1];
            double n = 0;
            double meanX = 0;
            double meanY = 0;
            for (int i = 0; i < times.length; i++) {
                n += times[i];
                meanX += times[i] * x[i];
                meanY += times[i] * y[i];
            }
            meanX /= n;
            meanY /= n;
            double xx = 0;
            double yy = 0;
            double xy = 0;
            for (int i = 0; i < times.length; i++) {
                xx += times[i] * (x[i] - meanX) * (x[i] - meanX);
                yy += times[i] * (y[i] - meanY) * (y[i] - meanY);
                xy += times[i] * (x[i] - meanX) * (y[i] - meanY);
            }
            double norm = FastMath.sqrt(xx * yy);
            return norm > 0 ? 100 * xy / norm : 0;
        }

        /** The rank of each row in the sample; ties have their mean rank. */
        private double[] ranks(int side, int[] times) {
            double[] values = sides[side];
            int[] order = orders[side];
            double[] ranks = new double[values.length];
            double below = 0;
            for (int from = 0; from < order.length; ) {
                int to = from;
                double tied = 0;
                while (to < order.length && values[order[to]] == values[order[from]]) {
                    tied += times[order[to++]];
                }
                for (int i = from; i < to; i++) {
                    ranks[order[i]] = below + (tied + 1) / 2;
                }
                below += tied;
                from = to;
            }
            return ranks;
        }
    }
}

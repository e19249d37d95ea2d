package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hipparchus.stat.descriptive.rank.Percentile;
import org.unipelt.tensor.Rng;

/**
 * Paired bootstrap of the difference of two methods under one condition. Test rows and seeds are drawn with
 * replacement, the same for both methods, and one draw of rows serves all seeds. It assumes that rows are independent
 * draws of the task and seeds independent draws of training.
 */
final class PairedBootstrap {
    static final int SAMPLES = 2000;
    /** Share of the samples in the interval, in percent. */
    static final int PERCENT = 95;

    private PairedBootstrap() {}

    /** Two runs with the same seeds, one of each method. */
    record Pair(Predictions ours, Predictions theirs) {
        Pair {
            if (ours.rows() != theirs.rows()) {
                throw new IllegalArgumentException(ours.rows() + " test rows against " + theirs.rows());
            }
        }
    }

    /** The interval that holds {@value #PERCENT} % of the samples. */
    record Interval(double low, double high) {
        /** The percentile interval of the samples. */
        static Interval of(double[] samples) {
            Percentile percentile = new Percentile();
            percentile.setData(samples);
            double tail = (100 - PERCENT) / 2.0;
            return new Interval(percentile.evaluate(tail), percentile.evaluate(100 - tail));
        }

        boolean excludesZero() {
            return low > 0 || high < 0;
        }
    }

    /**
     * The mean over seeds of ours minus theirs, for each of {@link #SAMPLES} samples.
     *
     * @param pairs one per seed, at least one
     */
    static double[] differences(List<Pair> pairs, Rng random) {
        double[] differences = new double[SAMPLES];
        for (int sample = 0; sample < SAMPLES; sample++) {
            int[] times = new int[0];
            List<Double> bySeed = new ArrayList<>();
            for (Pair pair : pairs) {
                // Draw again only if the number of test rows differs from the last seed's.
                if (times.length != pair.ours().rows()) {
                    times = draw(pair.ours().rows(), random);
                }
                bySeed.add(pair.ours().score(times) - pair.theirs().score(times));
            }
            double sum = 0;
            for (int i = 0; i < pairs.size(); i++) {
                sum += bySeed.get(random.nextInt(pairs.size()));
            }
            differences[sample] = sum / pairs.size();
        }
        return differences;
    }

    /** The mean of the differences under several conditions, sample by sample; conditions are fixed. */
    static double[] mean(List<double[]> conditions) {
        double[] mean = new double[SAMPLES];
        conditions.forEach(condition -> Arrays.setAll(mean, i -> mean[i] + condition[i] / conditions.size()));
        return mean;
    }

    private static int[] draw(int rows, Rng random) {
        int[] times = new int[rows];
        for (int i = 0; i < rows; i++) {
            times[random.nextInt(rows)]++;
        }
        return times;
    }
}

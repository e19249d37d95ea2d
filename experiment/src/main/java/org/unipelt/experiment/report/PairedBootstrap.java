package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hipparchus.stat.descriptive.rank.Percentile;
import org.unipelt.tensor.Rng;

/**
 * How uncertain the difference of two methods on one setup is: both are judged on the same samples, with replacement, of
 * the test rows and of the seeds (crossed: one sample of rows for all seeds, as all are judged on the same test). What it
 * assumes: rows are independent draws of what the task is about, seeds are independent draws of how it might have gone.
 */
final class PairedBootstrap {
    /** Samples drawn. */
    static final int SAMPLES = 2000;
    /** Share of the samples within the interval, in percent. */
    static final int PERCENT = 95;

    private PairedBootstrap() {}

    /** Two runs with the same seeds, of the methods that are compared. */
    record Pair(Predictions ours, Predictions theirs) {
        Pair {
            if (ours.rows() != theirs.rows()) {
                throw new IllegalArgumentException(ours.rows() + " test rows against " + theirs.rows());
            }
        }
    }

    /** Where {@value #PERCENT} % of the samples lie. */
    record Interval(double low, double high) {
        /** The percentile interval of samples. */
        static Interval of(double[] samples) {
            Percentile percentile = new Percentile();
            percentile.setData(samples);
            double tail = (100 - PERCENT) / 2.0;
            return new Interval(percentile.evaluate(tail), percentile.evaluate(100 - tail));
        }

        /** Whether 0 lies outside. */
        boolean excludesZero() {
            return low > 0 || high < 0;
        }
    }

    /**
     * The mean over seeds of ours minus theirs, in each of {@link #SAMPLES} samples.
     *
     * @param pairs one for each seed, at least one
     */
    static double[] differences(List<Pair> pairs, Rng random) {
        double[] differences = new double[SAMPLES];
        for (int sample = 0; sample < SAMPLES; sample++) {
            int[] times = new int[0];
            List<Double> bySeed = new ArrayList<>();
            for (Pair pair : pairs) {
                // Other rows than the last seed's only where the tests are not of one size.
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

    /** The mean of several setups' differences, sample by sample; the setups themselves are not drawn. */
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

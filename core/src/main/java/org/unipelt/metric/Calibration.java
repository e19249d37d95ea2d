package org.unipelt.metric;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a model is right as often as its probabilities say: the predictions in bins of equal width by the probability
 * of the predicted class (Guo et al. 2017, "On Calibration of Modern Neural Networks", Section 2).
 *
 * @param bins from 0 to 1, empty ones included
 */
public record Calibration(List<Bin> bins) {
    /** The number of bins, as in Guo et al. 2017. */
    public static final int BINS = 15;

    /**
     * A bin of predictions.
     *
     * @param rows number of predictions in it
     * @param confidence their mean probability; NaN without rows
     * @param accuracy the share of them that is right; NaN without rows
     */
    public record Bin(int rows, double confidence, double accuracy) {}

    /**
     * Bins predictions. A bin holds its upper edge, as in Guo et al. 2017.
     *
     * @param confidence the probability of each predicted class
     * @param right whether each prediction is right
     */
    public static Calibration of(double[] confidence, boolean... right) {
        int[] rows = new int[BINS];
        double[] sums = new double[BINS];
        int[] hits = new int[BINS];
        for (int i = 0; i < confidence.length; i++) {
            int bin = Math.min(BINS - 1, Math.max(0, (int) Math.ceil(confidence[i] * BINS) - 1));
            rows[bin]++;
            sums[bin] += confidence[i];
            hits[bin] += right[i] ? 1 : 0;
        }
        List<Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < BINS; bin++) {
            bins.add(new Bin(
                    rows[bin],
                    rows[bin] == 0 ? Double.NaN : sums[bin] / rows[bin],
                    rows[bin] == 0 ? Double.NaN : (double) hits[bin] / rows[bin]));
        }
        return new Calibration(List.copyOf(bins));
    }

    /**
     * The expected calibration error: the mean over rows of the gap between confidence and accuracy of their bin (Guo et
     * al. 2017, Equation 3).
     */
    public double error() {
        return gap(true);
    }

    /** Mean confidence minus accuracy: above 0 if the model is too sure of itself. */
    public double excess() {
        return gap(false);
    }

    private double gap(boolean absolute) {
        double sum = 0;
        int rows = 0;
        for (Bin bin : bins) {
            if (bin.rows() > 0) {
                double gap = bin.confidence() - bin.accuracy();
                sum += bin.rows() * (absolute ? Math.abs(gap) : gap);
                rows += bin.rows();
            }
        }
        return sum / rows;
    }
}

package org.unipelt.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.unipelt.InputException;

/**
 * Whether a model is right as often as its probabilities say: its predictions in {@value #BINS} bins of equal width, by the
 * probability of the predicted class (Guo et al. 2017, Section 2).
 *
 * @param bins from probability 0 to 1, empty ones included
 */
public record Calibration(List<Bin> bins) {
    /** The number of bins, as in Guo et al. 2017, Table 1. */
    public static final int BINS = 15;

    /**
     * A bin of predictions.
     *
     * @param from its lower edge, which the bin before it holds
     * @param to its upper edge, which it holds itself
     * @param count number of predictions in it
     * @param probability the mean of their probabilities; NaN without predictions
     * @param accuracy the share of them that is right; NaN without predictions
     */
    public record Bin(double from, double to, int count, double probability, double accuracy) {}

    /** Copies the list. */
    public Calibration {
        bins = List.copyOf(bins);
    }

    /**
     * Bins predictions.
     *
     * @param probabilities the probability of each predicted class, from 0 to 1
     * @param right whether each prediction is right
     * @throws InputException if the two differ in number, or a number is no probability
     */
    public static Calibration of(double[] probabilities, boolean... right) {
        Objects.requireNonNull(probabilities, "probabilities is null");
        Objects.requireNonNull(right, "right is null");
        if (probabilities.length != right.length) {
            throw new InputException(
                    probabilities.length + " probabilities, but " + right.length + " predictions; give one for each");
        }
        int[] counts = new int[BINS];
        double[] sums = new double[BINS];
        int[] hits = new int[BINS];
        for (int i = 0; i < probabilities.length; i++) {
            int bin = bin(probabilities[i]);
            counts[bin]++;
            sums[bin] += probabilities[i];
            hits[bin] += right[i] ? 1 : 0;
        }
        List<Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < BINS; bin++) {
            bins.add(new Bin(
                    edge(bin),
                    edge(bin + 1),
                    counts[bin],
                    counts[bin] == 0 ? Double.NaN : sums[bin] / counts[bin],
                    counts[bin] == 0 ? Double.NaN : (double) hits[bin] / counts[bin]));
        }
        return new Calibration(bins);
    }

    private static double edge(int bin) {
        return (double) bin / BINS;
    }

    /** The bin of a probability. Compares with the edges themselves: a product may round over one. */
    private static int bin(double probability) {
        // A sum of rounded numbers may be a little above 1.
        if (!(probability >= 0 && probability <= 1 + 1e-6)) {
            throw new InputException("a probability must be from 0 to 1, got " + probability);
        }
        int bin = 0;
        while (bin < BINS - 1 && probability > edge(bin + 1)) {
            bin++;
        }
        return bin;
    }

    /**
     * The expected calibration error: the mean over predictions of the gap between probability and accuracy of their bin
     * (Guo et al. 2017, Equation 3); NaN without predictions.
     */
    public double error() {
        return gap(true);
    }

    /** Mean probability minus accuracy: above 0 if the model is too sure of itself; NaN without predictions. */
    public double excess() {
        return gap(false);
    }

    private double gap(boolean absolute) {
        double sum = 0;
        int count = 0;
        for (Bin bin : bins) {
            if (bin.count() > 0) {
                double gap = bin.probability() - bin.accuracy();
                sum += bin.count() * (absolute ? Math.abs(gap) : gap);
                count += bin.count();
            }
        }
        return sum / count;
    }
}

package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;

class ProbeTest {
    private static final int HIDDEN = 6;

    private static float[][] vectors(int rows, long seed) {
        Rng rng = new Rng(seed);
        float[][] vectors = new float[rows][HIDDEN];
        for (float[] vector : vectors) {
            for (int i = 0; i < HIDDEN; i++) {
                // Coordinates of unlike spread and far from zero, as hidden states have them.
                vector[i] = (float) (3 * i + Math.pow(2, i - 3) * rng.nextGaussian());
            }
        }
        return vectors;
    }

    private static float[][] logits(Probe probe, float[][] vectors) {
        return Arrays.stream(vectors)
                .map(vector -> {
                    float[] logits = probe.bias().clone();
                    for (int out = 0; out < logits.length; out++) {
                        for (int i = 0; i < HIDDEN; i++) {
                            logits[out] += probe.weight()[out][i] * vector[i];
                        }
                    }
                    return logits;
                })
                .toArray(float[][]::new);
    }

    /** A coordinate's distance from its mean, in deviations. */
    private static double standard(float[] vector, int i) {
        return (vector[i] - 3 * i) / Math.pow(2, i - 3);
    }

    @Test
    void scoresThatAreLinearAreFound() {
        float[][] vectors = vectors(200, 1);
        double[] scores = Arrays.stream(vectors)
                .mapToDouble(v -> 2 + standard(v, 0) - 0.5 * standard(v, 5))
                .toArray();
        Probe probe = Probe.fit(Compute.cpu(), vectors, new Regression(), new Regression.Scores(scores));
        float[][] others = vectors(50, 2);
        float[][] logits = logits(probe, others);
        for (int row = 0; row < others.length; row++) {
            assertThat((double) logits[row][0])
                    .isCloseTo(2 + standard(others[row], 0) - 0.5 * standard(others[row], 5), within(0.05));
        }
    }

    @Test
    void classesThatALineDividesAreToldApart() {
        float[][] vectors = vectors(300, 3);
        float[][] others = vectors(300, 4);
        Probe probe = Probe.fit(Compute.cpu(), vectors, Classes.of(3), classes(vectors));
        assertThat(classes(others).score(Metric.ACCURACY, logits(probe, others)))
                .isGreaterThan(0.95);
    }

    private static Gold classes(float[][] vectors) {
        return new Classification.Indices(Arrays.stream(vectors)
                .mapToInt(v -> {
                    double[] linear = {standard(v, 1), standard(v, 4), -standard(v, 1) - standard(v, 4)};
                    return linear[1] > linear[0] ? (linear[2] > linear[1] ? 2 : 1) : linear[2] > linear[0] ? 2 : 0;
                })
                .toArray());
    }

    @Test
    void whatVectorsDoNotTellIsNotLearnedByHeart() {
        // As many coordinates as rows would allow every answer; the answers are chance.
        float[][] vectors = vectors(8, 5);
        Rng rng = new Rng(6);
        int[] chance = IntStream.range(0, 8).map(i -> rng.nextInt(2)).toArray();
        Probe probe = Probe.fit(Compute.cpu(), vectors, Classes.of(2), new Classification.Indices(chance));
        assertThat(probe.penalty()).isGreaterThanOrEqualTo(0.1);
    }

    @Test
    void whatVectorsExplainIsMeasuredOnRowsThatWereLeftOut() {
        float[][] vectors = vectors(60, 9);
        double[] linear =
                Arrays.stream(vectors).mapToDouble(v -> standard(v, 5)).toArray();
        Rng rng = new Rng(10);
        double[] chance =
                IntStream.range(0, 60).mapToDouble(i -> rng.nextGaussian()).toArray();
        assertThat(Probe.fit(Compute.cpu(), vectors, new Regression(), new Regression.Scores(linear))
                        .explained())
                .isGreaterThan(0.99);
        assertThat(Probe.fit(Compute.cpu(), vectors, new Regression(), new Regression.Scores(chance))
                        .explained())
                .isLessThan(0.1);
    }

    /** The gradient of the penalised loss is zero at a minimum; by hand, in the standardised coordinates. */
    @Test
    void theFitIsAMinimum() {
        float[][] vectors = vectors(60, 7);
        int[] gold = Arrays.stream(vectors)
                .mapToInt(v -> standard(v, 2) + standard(v, 3) > 0 ? 1 : 0)
                .toArray();
        // A wrong label keeps the weights finite.
        gold[0] = 1 - gold[0];
        Probe probe = Probe.fit(Compute.cpu(), vectors, Classes.of(2), new Classification.Indices(gold));
        float[][] logits = logits(probe, vectors);
        double deviation = deviation(vectors);
        for (int i = 0; i < HIDDEN; i++) {
            int at = i;
            double mean =
                    Arrays.stream(vectors).mapToDouble(v -> v[at]).average().orElseThrow();
            double gradient = probe.penalty() * probe.weight()[1][i] * deviation;
            for (int row = 0; row < vectors.length; row++) {
                double p = 1 / (1 + Math.exp(logits[row][0] - logits[row][1]));
                gradient += (p - gold[row]) * (vectors[row][i] - mean) / deviation / vectors.length;
            }
            assertThat(gradient).as("coordinate " + i).isCloseTo(0, within(2e-4));
        }
    }

    /** The root of the coordinates' mean variance. */
    private static double deviation(float[][] vectors) {
        return Math.sqrt(IntStream.range(0, HIDDEN)
                .mapToDouble(i -> {
                    double mean = Arrays.stream(vectors)
                            .mapToDouble(v -> v[i])
                            .average()
                            .orElseThrow();
                    return Arrays.stream(vectors)
                            .mapToDouble(v -> (v[i] - mean) * (v[i] - mean))
                            .average()
                            .orElseThrow();
                })
                .average()
                .orElseThrow());
    }

    @Test
    void theSameRowsGiveTheSameBits() {
        float[][] vectors = vectors(100, 8);
        Probe one = Probe.fit(Compute.cpu(), vectors, Classes.of(3), classes(vectors));
        Probe two = Probe.fit(Compute.cpu(), vectors, Classes.of(3), classes(vectors));
        assertThat(two.weight()).isDeepEqualTo(one.weight());
        assertThat(two.bias()).isEqualTo(one.bias());
    }
}

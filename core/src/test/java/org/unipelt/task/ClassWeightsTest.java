package org.unipelt.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Labels;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;

/** Loss and gradients with class weights. */
final class ClassWeightsTest {
    private static final Classification TASK = new Classification(List.of("a", "b", "c"));
    private static final double[][] LOGITS = {{1, 2, 0.5}, {0.1, -1, 3}, {2, 2, 2}, {0, 1.5, -2}};
    private static final Gold GOLD = new Classification.Indices(0, 2, 1, 0)
            .weighted(new ClassWeights(false, Map.of("a", 0.5, "b", 2.0, "c", 1.25)), TASK.labels());

    private static Tensor logits(int... rows) {
        double[] flat = Arrays.stream(rows)
                .boxed()
                .flatMapToDouble(row -> Arrays.stream(LOGITS[row]))
                .toArray();
        return Tensor.create(flat, rows.length, 3);
    }

    /** Numbers of CrossEntropyLoss(weight=w, reduction='mean') of PyTorch 2.13 in 64 bits, and of its gradient. */
    @Test
    void theMeanIsWeightedAsPyTorchDoesIt() {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = logits(0, 1, 2, 3).set_requires_grad(true);
            Tensor loss = GOLD.loss(TASK, logits, 0, 1, 2, 3);
            assertThat(loss.item_double()).isCloseTo(0.913124181, within(1e-9));
            loss.backward();
            double[] gradient = new double[12];
            logits.grad().data_ptr_double().get(gradient);
            double[] expected = {
                -0.09044425,
                0.07394491,
                0.01649934,
                0.01507753,
                0.00501887,
                -0.02009641,
                0.15686275,
                -0.31372549,
                0.15686275,
                -0.09670233,
                0.09386777,
                0.00283456
            };
            for (int i = 0; i < expected.length; i++) {
                assertThat(gradient[i]).as("gradient %s", i).isCloseTo(expected[i], within(1e-8));
            }
        }
    }

    /** Numbers of cross_entropy(label_smoothing=0.1) of PyTorch 2.13 in 64 bits, without weights and with them. */
    @Test
    void labelSmoothingIsPyTorchs() {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Gold plain = new Classification.Indices(0, 2, 1, 0).smoothed(0.1, TASK.labels());
            Tensor logits = logits(0, 1, 2, 3).set_requires_grad(true);
            Tensor loss = plain.loss(TASK, logits, 0, 1, 2, 3);
            assertThat(loss.item_double()).isCloseTo(1.147389335242, within(1e-11));
            loss.backward();
            double[] gradient = new double[12];
            logits.grad().data_ptr_double().get(gradient);
            assertThat(Arrays.copyOf(gradient, 3))
                    .containsExactly(new double[] {-0.175527359, 0.148799596, 0.026727762}, within(1e-8));
            Gold weighted = GOLD.smoothed(0.1, TASK.labels());
            assertThat(weighted.loss(TASK, logits(0, 1, 2, 3), 0, 1, 2, 3).item_double())
                    .isCloseTo(1.009445802013, within(1e-11));
            double sum = 0;
            for (int[] piece : new int[][] {{0, 2}, {1}, {3}}) {
                sum += weighted.of(0, 1, 2, 3)
                        .loss(TASK, logits(piece), piece)
                        .mul(new Scalar(weighted.weight(piece) / weighted.weight(0, 1, 2, 3)))
                        .item_double();
            }
            assertThat(sum).as("pieces of a batch").isCloseTo(1.009445802013, within(1e-11));
        }
        Labels several = new Labels.Multi(List.of("a", "b"));
        assertThatThrownBy(() -> new MultiLabel.Sets(new boolean[1][2], List.of(0.5, 0.5)).smoothed(0.1, several))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "label smoothing is for classes, but the labels are " + several.describe() + "; leave it out");
    }

    /** Pieces of a batch, each with its share of the weights, add up to the batch. */
    @Test
    void sharesOfPiecesAddUpToTheBatch() {
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            double whole = GOLD.weight(0, 1, 2, 3);
            double sum = 0;
            for (int[] piece : new int[][] {{0, 2}, {1}, {3}}) {
                sum += GOLD.loss(TASK, logits(piece), piece)
                        .mul(new Scalar(GOLD.weight(piece) / whole))
                        .item_double();
            }
            assertThat(sum).isCloseTo(0.913124181, within(1e-9));
        }
    }

    @Test
    void balancedWeightsAreThoseOfScikitLearn() {
        // compute_class_weight('balanced'): N / (C n).
        assertThat(ClassWeights.BALANCED.of(List.of("a", "b"), 0, 0, 0, 1)).containsExactly(4 / 6.0, 4 / 2.0);
        assertThat(ClassWeights.of("none").areEqual()).isTrue();
    }

    /** Vectors that tell nothing: the probe then answers by the bias, which is even with balanced weights only. */
    @Test
    void theProbeKnowsTheWeights() {
        Classification task = new Classification(List.of("a", "b"));
        int[] classes = new int[60];
        Arrays.fill(classes, 50, 60, 1);
        float[][] vectors = new float[60][];
        Arrays.setAll(vectors, i -> new float[] {i % 2, i % 5});
        Gold plain = new Classification.Indices(classes);
        Labels.Classes labels = task.labels();
        Probe rare = Probe.fit(Compute.cpu(), vectors, task, plain);
        Probe even = Probe.fit(Compute.cpu(), vectors, task, plain.weighted(ClassWeights.BALANCED, labels));
        assertThat(answer(rare)).as("logit of the rare class").isLessThan(-1);
        assertThat(answer(even)).isBetween(-0.3, 0.3);
    }

    /** How much more the mean vector is of the second class than of the first, as a logit. */
    private static double answer(Probe probe) {
        double difference = probe.bias()[1] - probe.bias()[0];
        double[] mean = {0.5, 2};
        for (int i = 0; i < mean.length; i++) {
            difference += mean[i] * (probe.weight()[1][i] - probe.weight()[0][i]);
        }
        return difference;
    }
}

package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.runtime.Engine;

/** Dropout drops what it says, keeps the mean, and can be repeated. */
class DropoutTest {
    private PointerScope scope;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @BeforeEach
    void open() {
        scope = new PointerScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor ones(int count) {
        return torch.ones(new long[] {count});
    }

    private static float[] values(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.detach().contiguous().data_ptr_float().get(values);
        return values;
    }

    private static double fractionOfZeros(float[] values) {
        int zeros = 0;
        for (float value : values) {
            zeros += value == 0 ? 1 : 0;
        }
        return (double) zeros / values.length;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.25, 0.5, 0.9})
    void dropsTheFractionAndKeepsTheMean(double p) {
        float[] values = values(new Dropout(p, new Rng(1)).apply(ones(400_000)));
        assertThat(fractionOfZeros(values)).isCloseTo(p, within(0.003));
        double sum = 0;
        for (float value : values) {
            sum += value;
            if (value != 0) {
                assertThat((double) value).isCloseTo(1 / (1 - p), within(1e-4 / (1 - p)));
            }
        }
        assertThat(sum / values.length).isCloseTo(1, within(0.04));
    }

    /** Five standard deviations; whoever reads a gap from its guide table alone is off by eleven. */
    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.7})
    void theFractionIsExact(double p) {
        float[] values = values(new Dropout(p, new Rng(11)).apply(ones(20_000_000)));
        assertThat(fractionOfZeros(values)).isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / values.length)));
    }

    /** A probability so small that most masks drop nothing is still met, and the scale is the exact one. */
    @Test
    void rareDropsAreNotLost() {
        Dropout dropout = new Dropout(1e-5, new Rng(2));
        assertThat(dropout.isActive()).isTrue();
        float[] values = values(dropout.apply(ones(20_000_000)));
        assertThat(fractionOfZeros(values)).isCloseTo(1e-5, within(0.3e-5));
        assertThat(values).contains((float) (1 / (1 - 1e-5)));
    }

    @Test
    void nearlyEverythingDropsNearlyEverything() {
        float[] values = values(new Dropout(1 - 1e-5, new Rng(4)).apply(ones(10_000_000)));
        assertThat(fractionOfZeros(values)).isBetween(1 - 2e-5, 1 - 0.5e-5);
        assertThat(torch.max(new Dropout(Math.nextDown(1.0), new Rng(4)).apply(ones(1000)))
                        .item_float())
                .isZero();
    }

    /** Every place of eight numbers, and each combination of them, also across the pieces that masks are written in. */
    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.3, 0.5, 0.7, 0.9})
    void neighboursAreIndependent(double p) {
        int patterns = 1 << 8;
        float[] values = values(new Dropout(p, new Rng(6)).apply(ones(4_000_000)));
        long[] counts = new long[patterns];
        // 8 and 4091, a prime, have no common factor, and so the patterns wander over a piece's ends.
        int groups = values.length / 4091 * 500;
        for (int group = 0; group < groups; group++) {
            int pattern = 0;
            for (int i = 0; i < 8; i++) {
                pattern |= values[group / 500 * 4091 + group % 500 * 8 + i] == 0 ? 1 << i : 0;
            }
            counts[pattern]++;
        }
        double chiSquare = 0;
        for (int pattern = 0; pattern < patterns; pattern++) {
            int drops = Integer.bitCount(pattern);
            double expected = groups * Math.pow(p, drops) * Math.pow(1 - p, 8 - drops);
            chiSquare += (counts[pattern] - expected) * (counts[pattern] - expected) / Math.max(expected, 1);
        }
        // 255 degrees of freedom: 1 in 10,000 is above 348.
        assertThat(chiSquare).isBetween(180.0, 348.0);
    }

    @Test
    void theGradientIsMaskedLikeTheValue() {
        Tensor x = ones(1003).set_requires_grad(true);
        Tensor y = new Dropout(0.3, new Rng(5)).apply(x);
        y.sum().backward();
        assertThat(values(x.grad())).isEqualTo(values(y));
        assertThat(fractionOfZeros(values(y))).isBetween(0.2, 0.4);
    }

    @Test
    void theShapeStaysAndTheInputToo() {
        Tensor x = torch.ones(new long[] {3, 5, 7}).transpose(0, 2);
        Tensor y = new Dropout(0.5, new Rng(5)).apply(x);
        assertThat(y.shape()).containsExactly(7, 5, 3);
        assertThat(x.sum().item_float()).isEqualTo(105);
        assertThat(y.sum().item_float()).isNotEqualTo(105);
    }

    @Test
    void oneSeedOneMaskAndTheNextMaskIsAnother() {
        Dropout dropout = new Dropout(0.5, new Rng(8));
        float[] first = values(dropout.apply(ones(100)));
        float[] second = values(dropout.apply(ones(100)));
        assertThat(second).isNotEqualTo(first);
        Dropout again = new Dropout(0.5, new Rng(8));
        assertThat(values(again.apply(ones(100)))).isEqualTo(first);
        assertThat(values(again.at(0.5).apply(ones(100))))
                .as("at() goes on with the stream")
                .isEqualTo(second);
    }

    @Test
    void noneChangesNothingAtAnyProbability() {
        Tensor x = ones(10);
        assertThat(Dropout.NONE.isActive()).isFalse();
        assertThat(Dropout.NONE.apply(x)).isSameAs(x);
        assertThat(Dropout.NONE.at(0.5).apply(x)).isSameAs(x);
        Dropout zero = new Dropout(0, new Rng(1));
        assertThat(zero.apply(x)).isSameAs(x);
        assertThat(zero.at(0.5).isActive())
                .as("a training pass of a backbone without dropout")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN})
    void refusesWhatIsNoProbability(double p) {
        assertThatThrownBy(() -> new Dropout(p, new Rng(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[0, 1)");
    }
}

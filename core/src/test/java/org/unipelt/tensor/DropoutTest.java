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

    /** The scale fits the probability that is really used, p rounded to sixteen bits. */
    @Test
    void pIsAMultipleOfOneIn65536() {
        double step = 1.0 / 65536;
        Dropout dropout = new Dropout(10.4 * step, new Rng(2));
        float kept = torch.max(dropout.apply(ones(1000))).item_float();
        assertThat(kept).isEqualTo((float) (1 / (1 - 10 * step)));
        assertThat(new Dropout(0.4 * step, new Rng(2)).isActive()).isFalse();
        assertThat(new Dropout(0.6 * step, new Rng(2)).isActive()).isTrue();
        float[] many = values(new Dropout(64 * step, new Rng(3)).apply(ones(2_000_000)));
        assertThat(fractionOfZeros(many)).isCloseTo(64 * step, within(15e-5));
    }

    @Test
    void nearlyEverythingIsStillNotEverything() {
        float[] values = values(new Dropout(Math.nextDown(1.0), new Rng(4)).apply(ones(1_000_000)));
        assertThat(values).containsOnly(0f, 65536f);
    }

    /** Neighbours in one 64-bit draw are independent: every place of four, and each pair. */
    @Test
    void theFourNumbersOfADrawAreIndependent() {
        float[] values = values(new Dropout(0.5, new Rng(6)).apply(ones(400_000)));
        int[] patterns = new int[16];
        for (int i = 0; i < values.length; i += 4) {
            int pattern = 0;
            for (int j = 0; j < 4; j++) {
                pattern |= values[i + j] == 0 ? 1 << j : 0;
            }
            patterns[pattern]++;
        }
        assertThat(patterns).satisfies(counts -> {
            for (int count : counts) {
                assertThat(count).isCloseTo(6250, within(400));
            }
        });
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

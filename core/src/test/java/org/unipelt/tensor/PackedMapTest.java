package org.unipelt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;

/** Packed maps against plain products, shape by shape. */
class PackedMapTest {
    @BeforeAll
    static void start() {
        Engine.start();
    }

    private static Tensor values(long seed, long... shape) {
        torch.manual_seed(seed);
        return torch.randn(shape);
    }

    /** The products of a map with {@code x}, packed and plain; the plain one in 32 bits of the numbers that were packed. */
    private record Products(Tensor packed, Tensor plain) {
        static Products of(Precision precision, Tensor x, int out, boolean biased) {
            ScalarType type = precision == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
            Tensor weight = values(1, out, x.size(-1)).mul(new Scalar(0.1)).to(type);
            Optional<Tensor> bias = biased ? Optional.of(values(2, out)) : Optional.empty();
            Compute compute = Compute.of(Device.CPU, precision).predicting();
            assumeThat(compute.packs()).isTrue();
            try (PackedMap map = compute.packed(weight)) {
                return new Products(
                        map.apply(x, bias),
                        torch.linear(
                                x.to(type).to(ScalarType.Float),
                                weight.to(ScalarType.Float),
                                bias.map(TensorOptional::new).orElseGet(TensorOptional::new)));
            }
        }

        double error() {
            return packed.to(ScalarType.Float).sub(plain).norm().item_double()
                    / plain.norm().item_double();
        }
    }

    @ParameterizedTest
    @CsvSource({"f32, 1e-6", "bf16, 4e-3", "int8, 2e-2"})
    void productsAreThoseOfTheMap(String name, double tolerance) {
        Precision precision = Precision.named(name);
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            for (int in : new int[] {16, 64, 320, 384}) {
                for (int out : new int[] {16, 64, 320, 384}) {
                    for (long[] rows : new long[][] {{1}, {33}, {1, 1}, {2, 9}, {3, 5, 2}}) {
                        long[] shape = Arrays.copyOf(rows, rows.length + 1);
                        shape[rows.length] = in;
                        Products both = Products.of(precision, values(3, shape), out, out % 3 == 0);
                        shape[rows.length] = out;
                        assertThat(both.packed.sizes().vec().get())
                                .as("shape of %s rows of %d to %d", rows.length, in, out)
                                .isEqualTo(shape);
                        assertThat(both.error())
                                .as("%s: %d to %d", name, in, out)
                                .isLessThan(tolerance);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"f32, 1e-6", "bf16, 4e-3", "int8, 2e-2"})
    void aViewIsReadAsItIs(String name, double tolerance) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor x = values(4, 48, 3, 9).transpose(0, 2);
            assertThat(x.is_contiguous()).isFalse();
            assertThat(Products.of(Precision.named(name), x, 32, true).error()).isLessThan(tolerance);
        }
    }

    @Test
    void aRowOf8BitsDoesNotDependOnOthers() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor x = values(5, 17, 64);
            // Beside a row that is much larger, and one of zeros.
            x.select(0, 3).mul_(new Scalar(1000.0));
            x.select(0, 4).zero_();
            Tensor together = Products.of(Precision.INT8, x, 40, true).packed;
            for (int row = 0; row < 17; row++) {
                Tensor alone = Products.of(Precision.INT8, x.narrow(0, row, 1), 40, true).packed;
                assertThat(alone.equal(together.narrow(0, row, 1)))
                        .as("row %d", row)
                        .isTrue();
            }
        }
    }

    /** libtorch's operator is wrong for some shapes, so a map of such a shape has to be found out. */
    @Test
    void aMapIsPackedOnlyIfItIsRight() {
        Compute compute = Compute.cpu().predicting();
        assumeThat(compute.packs()).isTrue();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            for (int out : new int[] {1, 33, 64, 100, 384}) {
                Tensor weight = values(6, out, 24);
                try (PackedMap map = compute.packed(weight)) {
                    double worst = 0;
                    for (int rows : new int[] {1, 2, 9, 64, 300}) {
                        Tensor x = values(7, rows, 24);
                        Tensor plain = torch.linear(x, weight);
                        worst = Math.max(
                                worst,
                                map.apply(x, Optional.empty()).sub(plain).norm().item_double()
                                        / plain.norm().item_double());
                    }
                    assertThat(map.agreesWith(weight))
                            .as("%d outputs, error %s", out, worst)
                            .isEqualTo(worst < 1e-5);
                }
                try (PackedMap another = compute.packed(weight.neg())) {
                    assertThat(another.agreesWith(weight)).isFalse();
                }
            }
        }
    }

    @Test
    void eightBitsAreForPredictingOnTheCpu() {
        assertThatThrownBy(() -> Compute.of(Device.CPU, Precision.INT8).demand())
                .isInstanceOf(InputException.class)
                .hasMessage("precision int8 is for predicting only; train with f32 or bf16");
    }
}

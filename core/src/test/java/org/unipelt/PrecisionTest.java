package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Rng;
import org.unipelt.text.TokenBatch;

/** Products of bfloat16: near those of 32 bits, for every method, forwards and backwards, and never where not asked for. */
class PrecisionTest {
    private static RandomBert bert;

    @BeforeAll
    static void open() {
        bert = new RandomBert(1);
    }

    @AfterAll
    static void close() {
        bert.close();
    }

    private static Iterable<String> presets() {
        return Methods.names();
    }

    /** Logits and all gradients of their sum, in one row. */
    private record Numbers(float[] logits, float[] gradients) {}

    private static Numbers numbers(Backbone backbone, Method method, Dropout dropout) {
        try (SequenceClassifier network =
                        SequenceClassifier.create(backbone, method, HeadInput.by(Pooling.POOLER), 2, 3);
                PointerScope scope = new PointerScope()) {
            Map<String, Tensor> trained = network.adapterWeights().select(network.trained(Method.HeadTraining.ALL));
            trained.values().forEach(tensor -> tensor.set_requires_grad(true));
            TokenBatch batch = RandomBert.batch(0, RandomBert.text(9, 1), RandomBert.text(6, 2));
            Tensor logits = network.logits(batch, new Pass(dropout, Observer.NONE));
            assertThat(DType.of(logits)).isEqualTo(DType.F32);
            TensorVector all = torch.grad(
                    new TensorVector(logits.sum()),
                    new TensorVector(trained.values().toArray(Tensor[]::new)),
                    new TensorVector(),
                    new BoolOptional(false),
                    false,
                    true);
            TensorVector rows = new TensorVector();
            for (long i = 0; i < all.size(); i++) {
                if (all.get(i).defined()) {
                    assertThat(DType.of(all.get(i))).isEqualTo(DType.F32);
                    rows.push_back(all.get(i).flatten());
                }
            }
            return new Numbers(floats(logits.flatten()), floats(torch.cat(rows)));
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.detach().contiguous().data_ptr_float().get(values);
        return values;
    }

    /** |a - b| / |b|. */
    private static double distance(float[] a, float[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow(a[i] - b[i], 2);
            norm += Math.pow(b[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    @ParameterizedTest
    @MethodSource("presets")
    void everyMethodIsNearItself(String preset) {
        Method method = Methods.parse(preset);
        try (Bert half = bert.in(Precision.BF16)) {
            for (boolean training : new boolean[] {false, true}) {
                Numbers exact = numbers(bert.backbone(), method, dropout(training));
                Numbers near = numbers(half, method, dropout(training));
                // bfloat16 rounds by up to 1/512, and the logits of so small a model are small sums of large numbers.
                assertThat(distance(near.logits(), exact.logits())).isCloseTo(0, within(0.06));
                assertThat(distance(near.gradients(), exact.gradients())).isCloseTo(0, within(0.08));
                assertThat(near.logits()).isNotEqualTo(exact.logits());
            }
        }
    }

    private static Dropout dropout(boolean active) {
        return active ? new Dropout(0.1, new Rng(5)) : Dropout.NONE;
    }

    @Test
    void fullPrecisionAndItsWeightsStayAsTheyWere() {
        Method method = Methods.parse("unipelt-apl");
        Numbers before = numbers(bert.backbone(), method, Dropout.NONE);
        try (Bert half = bert.in(Precision.BF16)) {
            numbers(half, method, Dropout.NONE);
            assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isFalse();
            half.weights().asMap().values().forEach(weight -> assertThat(DType.of(weight))
                    .isEqualTo(DType.F32));
        }
        assertThat(numbers(bert.backbone(), method, Dropout.NONE).logits()).isEqualTo(before.logits());
    }

    @Test
    void aPassLeavesAutocastAsItWas() {
        torch.set_autocast_enabled(DeviceType.CPU, true);
        torch.set_autocast_dtype(DeviceType.CPU, ScalarType.Half);
        try {
            Precision.BF16.within(Device.CPU, () -> 1);
            assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isTrue();
            assertThat(torch.get_autocast_dtype(DeviceType.CPU).intern()).isEqualTo(ScalarType.Half);
        } finally {
            torch.set_autocast_enabled(DeviceType.CPU, false);
            torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
        }
    }

    @Test
    void aPassThatFailsLeavesNoAutocastBehind() {
        assertThatThrownBy(() -> Precision.BF16.within(Device.CPU, () -> {
                    throw new IllegalStateException("mid-way");
                }))
                .hasMessage("mid-way");
        assertThat(torch.is_autocast_enabled(DeviceType.CPU)).isFalse();
    }

    @Test
    void anotherNameIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> Precision.named("fp16"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("fp16")
                .hasMessageContaining("bf16");
    }
}

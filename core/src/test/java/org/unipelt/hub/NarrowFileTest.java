package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unipelt.RandomBert;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.TinyBert;

/** A checkpoint of 16 bits, beside one with the same numbers in 32 bits. */
class NarrowFileTest {
    private static final String MAP = "encoder.layer.0.attention.self.query.weight";
    private static final String TABLE = "embeddings.word_embeddings.weight";
    private static final String NORM = "embeddings.LayerNorm.weight";

    @TempDir
    private Path narrow;

    @TempDir
    private Path wide;

    @BeforeEach
    void write() throws IOException {
        Engine.start();
        TinyBert.write(narrow);
        TinyBert.write(wide);
        Map<String, Tensor> rounded = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                Weights read = WeightFolder.read(wide)) {
            read.asMap().forEach((name, weight) -> rounded.put(name, weight.to(DType.BF16.scalarType())));
            Safetensors.write(narrow.resolve(TinyBert.WEIGHTS), rounded, Map.of());
            rounded.replaceAll((name, weight) -> weight.to(DType.F32.scalarType()));
            Safetensors.write(wide.resolve(TinyBert.WEIGHTS), rounded, Map.of());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"F32", "BF16"})
    void computesTheSameBytesAsItsCopyIn32Bits(Precision precision) {
        try (BaseModel one = open(narrow, precision);
                BaseModel other = open(wide, precision);
                PointerScope scope = new PointerScope()) {
            assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
            assertThat(hidden(one).equal(hidden(other))).isTrue();
            for (String text : List.of("full", "bitfit", "lora")) {
                Method method = Methods.parse(text);
                try (Weights initial = Init.draw(method.parameters(one.backbone()), 1, one.backbone());
                        Weights same = Init.draw(method.parameters(other.backbone()), 1, other.backbone())) {
                    assertEqualIn32Bits(initial.asMap(), same.asMap());
                    assertEqualIn32Bits(method.merge(initial, one.backbone()), method.merge(same, other.backbone()));
                }
            }
        }
    }

    @Test
    void isKeptOnceInTheTypeOfTheProducts() {
        try (BaseModel base = open(narrow, Precision.BF16)) {
            FrozenNetwork network = base.backbone().network();
            for (String shared : List.of(MAP, TABLE)) {
                assertThat(DType.of(network.weights().get(shared))).isEqualTo(DType.BF16);
                assertThat(network.computed().get(shared).data_ptr())
                        .isEqualTo(network.weights().get(shared).data_ptr());
            }
            assertThat(DType.of(network.computed().get(NORM))).isEqualTo(DType.F32);
        }
        try (BaseModel base = open(narrow, Precision.F32)) {
            FrozenNetwork network = base.backbone().network();
            network.weights().asMap().forEach((name, weight) -> {
                assertThat(DType.of(weight)).isEqualTo(DType.F32);
                assertThat(network.computed().get(name).data_ptr()).isEqualTo(weight.data_ptr());
            });
        }
    }

    private static BaseModel open(Path folder, Precision precision) {
        return BaseModel.open(folder.toString(), Compute.of(Device.CPU, precision));
    }

    private static Tensor hidden(BaseModel base) {
        return base.backbone()
                .forward(
                        RandomBert.batch(0, new long[] {2, 5, 6, 3}, new long[] {2, 7, 3}),
                        new Modifications(),
                        Pass.INFERENCE);
    }

    private static void assertEqualIn32Bits(Map<String, Tensor> some, Map<String, Tensor> others) {
        assertThat(some.keySet()).isEqualTo(others.keySet());
        some.forEach((name, tensor) -> {
            assertThat(DType.of(tensor)).as(name).isEqualTo(DType.F32);
            assertThat(tensor.equal(others.get(name))).as(name).isTrue();
        });
    }
}

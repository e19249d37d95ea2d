package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Repository;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/** Methods that modify the maps by which a DeBERTa projects its distances, too. */
class DebertaMethodsTest {
    private static final Path FOLDER =
            Repository.root().resolve("core/src/test/resources/org/unipelt/checkpoints/deberta-v3-classifier");

    /** Added, and merged into the weights; tools/checkpoint_fixture.py writes what peft computes. */
    @Test
    void loraReachesTheDistancesAsInPeft() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel base = BaseModel.open(FOLDER.toString());
                Weights texts = Safetensors.read(FOLDER.resolve("expected.safetensors"));
                Weights peft = Safetensors.read(FOLDER.resolve("lora.safetensors"))) {
            Method lora = Methods.parse("lora(rank=2,alpha=4,on=query+key+value)");
            Weights matrices = Weights.of(peft.select(lora.parameters(base.backbone()).stream()
                    .map(Parameter::name)
                    .toList()));
            Modifications added = new Modifications();
            lora.modify(added, matrices, base.backbone(), MethodPass.of(Pass.INFERENCE, MethodObserver.NONE));
            Modifications merged = new Modifications();
            lora.merge(matrices, base.backbone()).forEach(merged::weight);
            TokenBatch batch = new TokenBatch(
                    texts.get("ids"), texts.get("types"), texts.get("keep").to(ScalarType.Bool));
            for (Modifications changes : List.of(added, merged)) {
                assertThat(distance(base.backbone().forward(batch, changes, Pass.INFERENCE), peft.get("hidden"), batch))
                        .isLessThan(1e-5f);
            }
            assertThat(distance(
                            base.backbone().forward(batch, new Modifications(), Pass.INFERENCE),
                            peft.get("hidden"),
                            batch))
                    .isGreaterThan(0.1f);
        }
    }

    /** A gate reads the text even where its change acts on distances, which belong to no text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "unipelt(lora(on=query+key),ia3(on=query+key))",
                "unipelt(lora(on=query+key),ia3(on=query+key),average=none)",
                "unipelt(prefix(length=2),lora(on=query+key),gate=central)"
            })
    void aTextsGatesDoNotDependOnItsBatch(String text) {
        Method method = Methods.parse(text);
        List<Encoding> texts = List.of(encoding(13, 1), encoding(4, 2));
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel base = BaseModel.open(FOLDER.toString())) {
            Weights weights = random(method, base.backbone());
            Tensor both = states(base.backbone(), method, weights, texts);
            for (int i = 0; i < texts.size(); i++) {
                Tensor alone = states(base.backbone(), method, weights, texts.subList(i, i + 1));
                Tensor together = both.narrow(0, i, 1).narrow(1, 0, alone.size(1));
                assertThat(alone.sub(together).abs().max().item_float()).isLessThan(1e-4f);
            }
        }
    }

    private static Tensor states(Backbone backbone, Method method, Weights weights, List<Encoding> texts) {
        Modifications changes = new Modifications();
        MethodObserver observer = new MethodObserver() {
            @Override
            public void gate(String submodule, Site site, Tensor values) {
                assertThat(values.shape()).containsExactly(texts.size());
            }
        };
        method.modify(changes, weights, backbone, MethodPass.of(Pass.INFERENCE, observer));
        return backbone.forward(backbone.batch(texts), changes, Pass.INFERENCE);
    }

    private static Weights random(Method method, Backbone backbone) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Parameter parameter : method.parameters(backbone)) {
            Rng rng = Rng.of(3, parameter.name());
            float[] values = new float[Math.toIntExact(parameter.count())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) rng.nextGaussian();
            }
            tensors.put(
                    parameter.name(),
                    Tensor.create(
                            values,
                            parameter.shape().stream()
                                    .mapToLong(Long::longValue)
                                    .toArray()));
        }
        return Weights.of(tensors);
    }

    private static Encoding encoding(int length, int seed) {
        Rng rng = new Rng(seed);
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> 4 + rng.nextInt(20));
        return new Encoding(ids, new int[length]);
    }

    /** The largest difference at real tokens. */
    private static float distance(Tensor states, Tensor expected, TokenBatch batch) {
        return states.sub(expected)
                .abs()
                .mul(batch.attentionMask().unsqueeze(2))
                .max()
                .item_float();
    }
}

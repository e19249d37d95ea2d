package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.unipelt.Repository;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/** (IA)³ against peft's; tools/ia3_fixture.py made the numbers. */
class Ia3Test {
    private static final Path RESOURCES = Repository.root().resolve("core/src/test/resources/org/unipelt");

    @Test
    void statesAreThoseOfPeft() {
        Path model = RESOURCES.resolve("checkpoints/bert-classifier");
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel base = BaseModel.open(model.toString());
                Weights texts = Safetensors.read(model.resolve("expected.safetensors"));
                Weights peft = Safetensors.read(RESOURCES.resolve("method/ia3.safetensors"))) {
            Map<String, Tensor> vectors = new LinkedHashMap<>();
            Method ia3 = Methods.parse("ia3");
            for (Parameter parameter : ia3.parameters(base.backbone())) {
                String name = parameter
                        .name()
                        .replace("ia3.layer.", "encoder.layer.")
                        .replace(".ffn-inner.scale", ".output.dense")
                        .replaceFirst("\\.(key|value)\\.scale", ".attention.self.$1");
                vectors.put(parameter.name(), peft.get(name));
            }
            Weights weights = Weights.of(vectors);
            Modifications changes = new Modifications();
            ia3.modify(changes, weights, base.backbone(), MethodPass.of(Pass.INFERENCE, MethodObserver.NONE));
            TokenBatch batch = new TokenBatch(
                    texts.get("ids"), texts.get("types"), texts.get("keep").to(ScalarType.Bool));
            Tensor hidden = base.backbone().forward(batch, changes, Pass.INFERENCE);
            assertThat(hidden.sub(peft.get("hidden")).abs().max().item_double()).isCloseTo(0, within(1e-5));
            Tensor unchanged = base.backbone().forward(batch, new Modifications(), Pass.INFERENCE);
            assertThat(unchanged.sub(peft.get("hidden")).abs().max().item_double())
                    .isGreaterThan(0.1);
        }
    }
}

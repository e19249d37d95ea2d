package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.golden.Family;
import org.unipelt.method.Gates;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Parameter;
import org.unipelt.task.Loss;
import org.unipelt.task.Network;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;
import org.unipelt.training.AdamW;

/**
 * Our numbers against those of the papers' own programs: every fixture below {@code golden.dir}. The folder's README says
 * what the tensors are. Expected values were computed in double precision, so the tolerances are ours to keep.
 */
class GoldenParityTest {
    private static final double FORWARD = 1e-5;
    private static final double AFTER_FIVE_STEPS = 1e-4;
    /** Where the true gradient is zero, Adam makes a step out of rounding noise; nothing in the output depends on it. */
    private static final double NOISE_PARAMETER = 5e-3;

    private static final Pattern NOT_OF_THE_FORWARD_PASS =
            Pattern.compile("(grad|frozen_head_grad|adamw5|hf_adamw5|adamw5_head)\\..*");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyFixture() throws IOException {
        Engine.start();
        Path golden = Repository.golden();
        assertThat(golden).as("folder of fixtures (golden.dir)").isDirectory();
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(golden)) {
            for (Path meta :
                    files.filter(file -> file.endsWith("meta.json")).sorted().toList()) {
                Path folder = meta.getParent();
                JsonNode json = JSON.readTree(meta.toFile());
                Family.of(json)
                        .ifPresent(family -> tests.add(DynamicTest.dynamicTest(
                                golden.relativize(folder).toString(),
                                () -> new Fixture(folder, json, family).check())));
            }
        }
        assertThat(tests).as("fixtures below " + golden).isNotEmpty();
        return tests.stream();
    }

    /** One folder of a fixture. */
    private static final class Fixture {
        private final Path folder;
        private final JsonNode meta;
        private final Family family;
        private final Method method;

        Fixture(Path folder, JsonNode meta, Family family) {
            this.folder = folder;
            this.meta = meta;
            this.family = family;
            this.method = Methods.parse(family.methodText());
        }

        private Set<String> referenceTrained() {
            Set<String> trained = new HashSet<>();
            meta.path("trainable").forEach(name -> trained.add(name.asText()));
            meta.path("trainable_without_gradient").forEach(name -> trained.remove(name.asText()));
            return trained;
        }

        void check() {
            try (PointerScope scope = new PointerScope();
                    Weights reference = Safetensors.read(folder.resolve("model.safetensors"));
                    Weights inputs = Safetensors.read(folder.resolve("inputs.safetensors"));
                    Weights expected = Safetensors.read(folder.resolve("expected.safetensors"))) {
                forward(reference, inputs, expected);
                gradients(reference, inputs, expected);
                Method.HeadTraining head = family.head(method);
                fiveSteps(reference, inputs, expected, AdamW.Variant.TORCH, head, "adamw5");
                fiveSteps(reference, inputs, expected, AdamW.Variant.RELEASE, head, "hf_adamw5");
                if (expected.has("adamw5_head.logits")) {
                    fiveSteps(reference, inputs, expected, AdamW.Variant.TORCH, Method.HeadTraining.ALL, "adamw5_head");
                }
            }
        }

        private Network network(Backbone backbone, Method method, Weights reference) {
            Map<String, Tensor> own = new LinkedHashMap<>();
            int outputs = meta.path("config").path("num_labels").asInt();
            Network.Reading reading = family.reading();
            for (Parameter parameter : Network.parameters(backbone, method, reading.head(), outputs)) {
                Tensor value = recorded("", parameter.name(), reference);
                assertThat(value.shape())
                        .as(parameter.name())
                        .containsExactly(parameter.shape().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                own.put(parameter.name(), value.clone());
            }
            return new Network(backbone, method, reading, Weights.of(own));
        }

        /** What is recorded of one of our parameters under its names behind a prefix. */
        private Tensor recorded(String prefix, String parameter, Weights recorded) {
            Tensor[] parts = family.referenceNames(parameter).stream()
                    .map(name -> recorded.get(prefix + name))
                    .toArray(Tensor[]::new);
            return parts.length == 1 ? parts[0] : torch.cat(new TensorVector(parts), -1);
        }

        private TokenBatch batch(Weights inputs, int padding) {
            Tensor ids = inputs.get("input_ids");
            Tensor types = inputs.has("token_type_ids") ? inputs.get("token_type_ids") : torch.zeros_like(ids);
            Tensor keep = inputs.get("attention_mask");
            if (padding > 0) {
                Tensor id = torch.full(
                        new long[] {ids.size(0), padding},
                        new Scalar(meta.path("config").path("pad_token_id").asInt()),
                        ids.options());
                Tensor zeros = torch.zeros_like(id);
                ids = torch.cat(new TensorVector(ids, id), 1);
                types = torch.cat(new TensorVector(types, zeros), 1);
                keep = torch.cat(new TensorVector(keep, zeros), 1);
            }
            return new TokenBatch(ids, types, keep.to(ScalarType.Bool));
        }

        private void forward(Weights reference, Weights inputs, Weights expected) {
            Map<String, Tensor> seen = new HashMap<>();
            record At(String submodule, Site site) {}
            Map<At, Tensor> before = new HashMap<>();
            Map<At, Tensor> changes = new HashMap<>();
            Map<At, Tensor> gates = new HashMap<>();
            Observer observer = new Observer() {
                @Override
                public void output(Site site, Tensor state) {
                    family.output(site).ifPresent(name -> seen.put(name, state));
                }

                @Override
                public void gate(String submodule, Site site, Tensor values) {
                    gates.put(new At(submodule, site), values);
                    seen.put(family.gate(submodule, site), values);
                }

                @Override
                public void change(String submodule, Site site, Tensor h, Tensor change) {
                    before.put(new At(submodule, site), h);
                    changes.put(new At(submodule, site), change);
                }
            };
            Backbone backbone = family.backbone(reference);
            try (Network network = network(backbone, method, reference)) {
                TokenBatch batch = batch(inputs, 0);
                Tensor logits = network.logits(batch, new Pass(Dropout.NONE, observer));
                seen.put("logits", logits);
                seen.put("loss", loss(logits, inputs));
                changes.forEach((at, change) -> {
                    Tensor gated =
                            gates.containsKey(at) ? change.mul(gates.get(at).view(-1, 1, 1)) : change;
                    Family.Recorded as = family.change(at.submodule(), at.site());
                    seen.put(as.name(), as.withResidual() ? before.get(at).add(gated) : gated);
                });
                if (expected.has("pooled")) {
                    Modifications modifications = new Modifications();
                    method.modify(modifications, network.own(), backbone, Gates.NONE, Pass.INFERENCE);
                    Tensor last = backbone.forward(batch, modifications, Pass.INFERENCE);
                    seen.put("pooled", backbone.pool(last, batch, Pooling.POOLER, modifications));
                }
                if (expected.has("extra_padding4.logits")) {
                    Tensor padded = network.logits(batch(inputs, 4), Pass.INFERENCE);
                    seen.put("extra_padding4.logits", padded);
                    seen.put("extra_padding4.loss", loss(padded, inputs));
                }
                seen.putAll(prefixes(network));
                seen.putAll(prefixMasses(reference, batch, logits, expected));
                seen.forEach((name, value) -> near(name, value, expected, FORWARD));
                expected.names().stream()
                        .filter(name -> !NOT_OF_THE_FORWARD_PASS.matcher(name).matches())
                        .filter(name -> !family.isOutOfSight(name))
                        .forEach(name -> assertThat(seen).containsKey(name));
            }
        }

        /** Keys and values {@code [heads, length, head size]} as the flat form, which is saved, has them. */
        private Map<String, Tensor> prefixes(Network network) {
            Map<String, Tensor> seen = new HashMap<>();
            Tensor flat = network.save().get("prefix.flat");
            if (flat != null) {
                Shape shape = network.backbone().shape();
                TensorVector perLayer = flat.view(flat.size(0), 2L * shape.layers(), shape.heads(), shape.headSize())
                        .permute(1, 2, 0, 3)
                        .unbind();
                for (int layer = 0; layer < shape.layers(); layer++) {
                    seen.put(family.prefix("key", layer), perLayer.get(2L * layer));
                    seen.put(family.prefix("value", layer), perLayer.get(2L * layer + 1));
                }
            }
            return seen;
        }

        /** He et al.'s Eq. 7: the same function with λ in sight. */
        private Map<String, Tensor> prefixMasses(Weights reference, TokenBatch batch, Tensor logits, Weights expected) {
            Map<String, Tensor> seen = new HashMap<>();
            String first = family.prefixMass(0);
            if (expected.has(first) && !family.isOutOfSight(first)) {
                Method explicit = Methods.parse(method.toString().replace("compose=concat", "compose=lambda"));
                Observer observer = new Observer() {
                    @Override
                    public void prefixMass(Site site, Tensor values) {
                        seen.put(family.prefixMass(site.layer()), values);
                    }
                };
                try (Network network = network(family.backbone(reference), explicit, reference)) {
                    Tensor same = network.logits(batch, new Pass(Dropout.NONE, observer));
                    assertThat(same.sub(logits).abs().max().item_float()).isLessThan((float) FORWARD);
                }
            }
            return seen;
        }

        private void gradients(Weights reference, Weights inputs, Weights expected) {
            withTrained(reference, family.head(method), (network, trained) -> {
                // Everything asks for a gradient here: the head's is recorded also where the program freezes it.
                network.own().names().forEach(name -> network.own().get(name).set_requires_grad(true));
                loss(network.logits(batch(inputs, 0), Pass.INFERENCE), inputs).backward();
                Set<String> checked = new HashSet<>();
                for (String name : network.own().names()) {
                    List<String> names = family.referenceNames(name);
                    String kind = expected.has("grad." + names.get(0)) ? "grad." : "frozen_head_grad.";
                    Tensor wanted = recorded(kind, name, expected);
                    // A gradient may be large; what float32 rounds grows with it.
                    double size = Math.max(1, wanted.abs().max().item_float());
                    near(name, network.own().get(name).grad(), wanted, FORWARD * size);
                    names.forEach(one -> checked.add(kind + one));
                }
                expected.names().stream()
                        .filter(name -> name.startsWith("grad.") || name.startsWith("frozen_head_grad."))
                        .forEach(name -> assertThat(checked).contains(name));
                Set<String> ours = new HashSet<>();
                trained.forEach(name -> ours.addAll(family.referenceNames(name)));
                assertThat(ours).as("what is trained").isEqualTo(referenceTrained());
            });
        }

        private void fiveSteps(
                Weights reference,
                Weights inputs,
                Weights expected,
                AdamW.Variant variant,
                Method.HeadTraining head,
                String recorded) {
            withTrained(reference, head, (network, trained) -> {
                Map<String, Tensor> tensors = network.own().select(trained);
                tensors.values().forEach(tensor -> tensor.set_requires_grad(true));
                TokenBatch batch = batch(inputs, 0);
                float[] losses = new float[6];
                try (AdamW optimizer = new AdamW(tensors, family.settings(variant, 0.01))) {
                    for (int step = 0; step < 5; step++) {
                        Tensor loss = loss(network.logits(batch, Pass.INFERENCE), inputs);
                        losses[step] = loss.item_float();
                        loss.backward();
                        Map<String, Tensor> gradients = new LinkedHashMap<>();
                        tensors.forEach((name, tensor) ->
                                gradients.put(name, tensor.grad().clone()));
                        optimizer.step(gradients, 1, 1e-3);
                        tensors.values().forEach(tensor -> tensor.mutable_grad().reset());
                    }
                }
                Tensor logits = network.logits(batch, Pass.INFERENCE).detach();
                near(recorded + ".logits", logits, expected, AFTER_FIVE_STEPS);
                losses[5] = loss(logits, inputs).item_float();
                near(recorded + ".loss", loss(logits, inputs), expected, AFTER_FIVE_STEPS);
                near(recorded + ".loss_trajectory", Tensor.create(losses), expected, AFTER_FIVE_STEPS);
                String parameter = recorded + ".param.";
                for (String name : trained) {
                    if (expected.has(parameter + family.referenceNames(name).get(0))) {
                        near(
                                parameter + name,
                                tensors.get(name).detach(),
                                recorded(parameter, name, expected),
                                gradientIsNoise(name) ? NOISE_PARAMETER : AFTER_FIVE_STEPS);
                    }
                }
            });
        }

        /** Softmax takes out what moves all scores together: a key's bias, or that of all keys of a prefix alone. */
        private boolean gradientIsNoise(String name) {
            boolean prefixAlone = method.toString().contains("compose=add,attend=softmax");
            return name.endsWith("attention.self.key.bias") || prefixAlone && name.equals("prefix.out.bias");
        }

        private void withTrained(
                Weights reference, Method.HeadTraining head, BiConsumer<Network, List<String>> action) {
            try (PointerScope scope = new PointerScope();
                    Network network = network(family.backbone(reference), method, reference)) {
                action.accept(network, network.trained(head));
            }
        }

        private static Tensor loss(Tensor logits, Weights inputs) {
            return Loss.of(logits, inputs.get("labels"));
        }

        private static void near(String name, Tensor actual, Weights expected, double tolerance) {
            near(name, actual, expected.get(name), tolerance);
        }

        private static void near(String name, Tensor actual, Tensor wanted, double tolerance) {
            assertThat(actual.defined()).as(name + " is there").isTrue();
            assertThat(actual.numel()).as(name + ", count of numbers").isEqualTo(wanted.numel());
            double difference = actual.detach()
                    .reshape(wanted.shape())
                    .sub(wanted)
                    .abs()
                    .max()
                    .item_float();
            // Not NaN, too.
            if (!(difference <= tolerance)) {
                fail(name + " differs by " + difference + ", allowed " + tolerance);
            }
        }
    }
}

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Bert;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
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
    /** Families of the other paper, whose backbones are not there yet. */
    private static final Set<String> NOT_YET = Set.of("unified_roberta", "unified_bart");

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
                if (!NOT_YET.contains(json.path("family").asText())) {
                    tests.add(DynamicTest.dynamicTest(
                            golden.relativize(folder).toString(), () -> new Fixture(folder, json).check()));
                }
            }
        }
        assertThat(tests).as("fixtures below " + golden).isNotEmpty();
        return tests.stream();
    }

    /** One folder of a fixture. */
    private static final class Fixture {
        private final Path folder;
        private final JsonNode meta;
        private final Method method;

        Fixture(Path folder, JsonNode meta) {
            this.folder = folder;
            this.meta = meta;
            this.method = Methods.parse(methodText());
        }

        private String methodText() {
            JsonNode options = meta.path("method_hyperparameters");
            List<String> submodules = new ArrayList<>();
            Set<Boolean> gated = new HashSet<>();
            JsonNode adapter = options.path("adapter");
            if (adapter.isObject()) {
                submodules.add("%s(bottleneck=%d,activation=%s)"
                        .formatted(
                                adapter.path("placement").asText().equals("pfeiffer") ? "adapter" : "houlsby",
                                adapter.path("bottleneck").asInt(),
                                adapter.path("activation").asText()));
                gated.add(adapter.path("gated").asBoolean());
            }
            JsonNode prefix = options.path("prefix");
            if (prefix.isObject()) {
                submodules.add("prefix(length=%d,network=%d)"
                        .formatted(
                                prefix.path("length").asInt(),
                                prefix.path("reparam_hidden").asInt()));
                gated.add(prefix.path("gated").asBoolean());
            }
            JsonNode lora = options.path("lora");
            if (lora.isObject()) {
                List<String> on = StreamSupport.stream(lora.path("targets").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList();
                submodules.add("lora(rank=%d,alpha=%s,on=%s)"
                        .formatted(lora.path("r").asInt(), lora.path("alpha").asText(), String.join("+", on)));
                gated.add(lora.path("gated").asBoolean());
            }
            if (options.path("bias_tuning").asBoolean()) {
                submodules.add("bitfit");
            }
            if (submodules.isEmpty()) {
                return referenceTrained().contains("bert.embeddings.word_embeddings.weight") ? "full" : "head";
            }
            assertThat(gated).as("gates of all sub-modules or of none").hasSizeLessThanOrEqualTo(1);
            boolean gates = gated.contains(true);
            return "unipelt(" + String.join(",", submodules) + ",gate=" + (gates ? "own" : "none") + ",average=all)";
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
                Method.HeadTraining head = method.releaseHead();
                fiveSteps(reference, inputs, expected, AdamW.Variant.TORCH, head, "adamw5");
                fiveSteps(reference, inputs, expected, AdamW.Variant.RELEASE, head, "hf_adamw5");
                if (expected.has("adamw5_head.logits")) {
                    fiveSteps(reference, inputs, expected, AdamW.Variant.TORCH, Method.HeadTraining.ALL, "adamw5_head");
                }
            }
        }

        private Bert backbone(Weights reference) {
            JsonNode config = meta.path("config");
            Bert.Config bert = new Bert.Config(
                    new Shape(
                            config.path("num_hidden_layers").asInt(),
                            config.path("hidden_size").asInt(),
                            config.path("num_attention_heads").asInt(),
                            config.path("intermediate_size").asInt()),
                    config.path("vocab_size").asInt(),
                    config.path("max_position_embeddings").asInt(),
                    config.path("type_vocab_size").asInt(),
                    config.path("layer_norm_eps").asDouble(),
                    config.path("pad_token_id").asInt());
            // The fixture's tensors stay those of `reference`; this only gives them the names without "bert.".
            Map<String, Tensor> weights = new LinkedHashMap<>();
            Bert.weightShapes(bert, true).keySet().forEach(name -> weights.put(name, reference.get("bert." + name)));
            return new Bert(bert, Weights.of(weights));
        }

        private Network network(Backbone backbone, Weights reference) {
            Map<String, Tensor> own = new LinkedHashMap<>();
            int outputs = meta.path("config").path("num_labels").asInt();
            for (Parameter parameter : Network.parameters(backbone, method, outputs)) {
                Tensor value = reference.get(referenceName(parameter.name()));
                assertThat(value.shape())
                        .as(parameter.name())
                        .containsExactly(parameter.shape().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                own.put(parameter.name(), value.clone());
            }
            return new Network(backbone, method, Network.Reading.by(Pooling.POOLER), Weights.of(own));
        }

        private String referenceName(String name) {
            String task = meta.path("method_hyperparameters")
                    .path("adapter")
                    .path("adapter_name")
                    .asText("task");
            if (name.startsWith("head.")) {
                return name.replace("head.", "classifier.");
            }
            if (name.startsWith("full.") || name.startsWith("bitfit.")) {
                return "bert." + name.substring(name.indexOf('.') + 1);
            }
            if (name.startsWith("prefix.")) {
                return "bert.encoder."
                        + name.replace("prefix.table", "prefix_enc_embed.weight")
                                .replace("prefix.in", "prefix_embed_MLP.0")
                                .replace("prefix.out", "prefix_embed_MLP.2");
            }
            Matcher parts = Pattern.compile(
                            "(gate\\.)?(adapter|houlsby|lora|prefix)\\.layer\\.(\\d+)\\.([a-z-]+)\\.(.*)")
                    .matcher(name);
            assertThat(parts.matches()).as(name).isTrue();
            String layer = "bert.encoder.layer." + parts.group(3) + ".";
            String place = parts.group(4);
            String rest = parts.group(5);
            boolean gate = parts.group(1) != null;
            return switch (parts.group(2)) {
                case "prefix" -> layer + "attention.self.prefix_gate." + rest;
                case "lora" -> {
                    String path = layer
                            + switch (place) {
                                case "query", "key", "value" -> "attention.self." + place;
                                case "attention-out" -> "attention.output.dense";
                                case "ffn-up" -> "intermediate.dense";
                                default -> "output.dense";
                            };
                    yield path + (gate ? ".lora_gate." + rest : rest.equals("a") ? ".lora_A" : ".lora_B");
                }
                default -> {
                    String path =
                            layer + (place.equals("attention") ? "attention.output" : "output") + ".adapters." + task;
                    yield path
                            + (gate
                                    ? ".gate." + rest
                                    : rest.startsWith("down")
                                            ? rest.replace("down", ".adapter_down.0")
                                            : rest.replace("up", ".adapter_up"));
                }
            };
        }

        private TokenBatch batch(Weights inputs, int padding) {
            Tensor ids = inputs.get("input_ids");
            Tensor types = inputs.get("token_type_ids");
            Tensor keep = inputs.get("attention_mask");
            if (padding > 0) {
                Tensor zeros = torch.zeros(new long[] {ids.size(0), padding}, ids.options());
                ids = torch.cat(new TensorVector(ids, zeros), 1);
                types = torch.cat(new TensorVector(types, zeros), 1);
                keep = torch.cat(new TensorVector(keep, zeros), 1);
            }
            return new TokenBatch(ids, types, keep.to(ScalarType.Bool));
        }

        private void forward(Weights reference, Weights inputs, Weights expected) {
            Map<String, Tensor> seen = new HashMap<>();
            Observer observer = new Observer() {
                @Override
                public void output(Site site, Tensor state) {
                    seen.put(
                            switch (site.place()) {
                                case EMBEDDINGS -> "hidden_states.0";
                                case ATTENTION -> "layer." + site.layer() + ".attention_block_output";
                                default -> "hidden_states." + (site.layer() + 1);
                            },
                            state);
                }

                @Override
                public void gate(String submodule, Site site, Tensor values) {
                    String kind =
                            switch (submodule) {
                                case "prefix" -> "prefix";
                                case "lora" -> "lora_" + site.place().text();
                                default -> site.place() == Place.ATTENTION ? "adapter_attention" : "adapter_ffn";
                            };
                    seen.put("gate." + kind + ".layer." + site.layer(), values);
                }
            };
            Pass pass = new Pass(Dropout.NONE, observer);
            Bert bert = backbone(reference);
            try (Network network = network(bert, reference)) {
                TokenBatch batch = batch(inputs, 0);
                Tensor logits = network.logits(batch, pass);
                seen.put("logits", logits);
                seen.put("loss", loss(logits, inputs));
                Modifications modifications = new Modifications();
                method.modify(modifications, network.own(), bert, Gates.NONE, Pass.INFERENCE);
                Tensor last = bert.forward(batch, modifications, Pass.INFERENCE);
                seen.put("pooled", bert.pool(last, batch, Pooling.POOLER, modifications));
                seen.put("extra_padding4.logits", network.logits(batch(inputs, 4), Pass.INFERENCE));
                seen.forEach((name, value) -> near(name, value, expected, FORWARD));
                expected.names().stream()
                        .filter(name -> name.startsWith("gate.") || name.startsWith("hidden_states."))
                        .forEach(name -> assertThat(seen).containsKey(name));
            }
        }

        private void gradients(Weights reference, Weights inputs, Weights expected) {
            withTrained(reference, method.releaseHead(), (network, trained) -> {
                // Everything asks for a gradient here: the head's is recorded also where the release freezes it.
                network.own().names().forEach(name -> network.own().get(name).set_requires_grad(true));
                loss(network.logits(batch(inputs, 0), Pass.INFERENCE), inputs).backward();
                Set<String> checked = new HashSet<>();
                for (String name : network.own().names()) {
                    String referenceName = referenceName(name);
                    String recorded = expected.has("grad." + referenceName)
                            ? "grad." + referenceName
                            : "frozen_head_grad." + referenceName;
                    near(recorded, network.own().get(name).grad(), expected, FORWARD);
                    checked.add(recorded);
                }
                expected.names().stream()
                        .filter(name -> name.startsWith("grad.") || name.startsWith("frozen_head_grad."))
                        .forEach(name -> assertThat(checked).contains(name));
                Set<String> ours = new HashSet<>();
                trained.forEach(name -> ours.add(referenceName(name)));
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
                try (AdamW optimizer = new AdamW(tensors, AdamW.Settings.of(variant, 0.01))) {
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
                for (String name : trained) {
                    String parameter = recorded + ".param." + referenceName(name);
                    if (expected.has(parameter)) {
                        boolean noise = name.endsWith("attention.self.key.bias");
                        near(
                                parameter,
                                tensors.get(name).detach(),
                                expected,
                                noise ? NOISE_PARAMETER : AFTER_FIVE_STEPS);
                    }
                }
            });
        }

        private void withTrained(
                Weights reference, Method.HeadTraining head, BiConsumer<Network, List<String>> action) {
            try (PointerScope scope = new PointerScope();
                    Network network = network(backbone(reference), reference)) {
                action.accept(network, network.trained(head));
            }
        }

        private static Tensor loss(Tensor logits, Weights inputs) {
            return Loss.of(logits, inputs.get("labels"));
        }

        private static void near(String name, Tensor actual, Weights expected, double tolerance) {
            Tensor wanted = expected.get(name);
            assertThat(actual.defined()).as(name + " is there").isTrue();
            assertThat(actual.numel()).as(name + ", count of numbers").isEqualTo(wanted.numel());
            double difference =
                    actual.detach().view(wanted.sizes()).sub(wanted).abs().max().item_float();
            // Not NaN, too.
            if (!(difference <= tolerance)) {
                fail(name + " differs by " + difference + ", allowed " + tolerance);
            }
        }
    }
}

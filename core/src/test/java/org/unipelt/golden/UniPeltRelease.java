package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Weights;
import org.unipelt.training.AdamW;

/** The UniPELT release: BERT with a pooler and a linear head. */
record UniPeltRelease(JsonNode meta) implements Family {
    private static final Pattern OF_A_LAYER =
            Pattern.compile("(gate\\.)?(adapter|houlsby|lora|prefix)\\.layer\\.(\\d+)\\.([a-z-]+)\\.(.*)");

    @Override
    public String methodText() {
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
            return "full";
        }
        assertThat(gated).as("gates of all sub-modules or of none").hasSizeLessThanOrEqualTo(1);
        boolean gates = gated.contains(true);
        return "unipelt(" + String.join(",", submodules) + ",gate=" + (gates ? "own" : "none") + ",average=all)";
    }

    @Override
    public Subject subject(Method method, Weights reference, Weights inputs) {
        HeadInput reading = HeadInput.by(Pooling.POOLER);
        Backbone backbone = backbone(reference);
        int outputs = meta.path("config").path("num_labels").asInt();
        List<Parameter> parameters = SequenceClassifier.parameters(backbone, method, reading.head(), outputs);
        return new ClassifierSubject(
                new SequenceClassifier(backbone, method, reading, values(parameters, reference)), inputs);
    }

    private Backbone backbone(Weights reference) {
        JsonNode config = meta.path("config");
        Bert.Config bert = new Bert.Config(
                new Anatomy(
                        config.path("hidden_size").asInt(),
                        Stack.plain(
                                Part.ENCODER,
                                config.path("num_hidden_layers").asInt(),
                                config.path("hidden_size").asInt(),
                                config.path("num_attention_heads").asInt(),
                                config.path("intermediate_size").asInt())),
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

    @Override
    public Method.HeadTraining head(Method method) {
        return method.releaseHead();
    }

    @Override
    public AdamW.Settings settings(AdamW.Formula variant, double weightDecay) {
        return AdamW.Settings.of(variant, weightDecay);
    }

    @Override
    public List<String> referenceNames(String parameter) {
        return List.of(referenceName(parameter));
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
        Matcher parts = OF_A_LAYER.matcher(name);
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
                String path = layer + (place.equals("attention") ? "attention.output" : "output") + ".adapters." + task;
                yield path
                        + (gate
                                ? ".gate." + rest
                                : rest.startsWith("down")
                                        ? rest.replace("down", ".adapter_down.0")
                                        : rest.replace("up", ".adapter_up"));
            }
        };
    }

    @Override
    public Optional<String> output(Site site) {
        return Optional.of(
                switch (site.place()) {
                    case EMBEDDINGS -> "hidden_states.0";
                    case ATTENTION -> "layer." + site.layer() + ".attention_block_output";
                    default -> "hidden_states." + (site.layer() + 1);
                });
    }

    @Override
    public String gate(String submodule, Site site) {
        return "gate."
                + switch (submodule) {
                    case "prefix" -> "prefix";
                    case "lora" -> "lora_" + site.place().text();
                    default -> adapter(site);
                }
                + ".layer." + site.layer();
    }

    @Override
    public Recorded change(String submodule, Site site) {
        return new Recorded("layer." + site.layer() + "." + adapter(site) + ".output", true);
    }

    private static String adapter(Site site) {
        return site.place() == Place.ATTENTION ? "adapter_attention" : "adapter_ffn";
    }

    @Override
    public String prefix(String kind, Site site) {
        return "prefix." + kind + ".layer." + site.layer();
    }

    @Override
    public String prefixMass(Site site) {
        return "layer." + site.layer() + ".prefix_attention_mass";
    }

    /** An adapter's input is seen by its output; gated keys have no λ of their own form. */
    @Override
    public boolean isOutOfSight(String recorded) {
        boolean gated =
                meta.path("method_hyperparameters").path("prefix").path("gated").asBoolean();
        return recorded.endsWith(".input") || (gated && recorded.endsWith(".prefix_attention_mass"));
    }
}

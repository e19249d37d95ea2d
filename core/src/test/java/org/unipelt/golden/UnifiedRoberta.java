package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Bert;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.task.Network;
import org.unipelt.tensor.Weights;

/** He et al.'s program for RoBERTa with a dense head on the first token. */
final class UnifiedRoberta extends Unified {
    private static final Pattern OF_A_LAYER = Pattern.compile("([a-z-]+)\\.layer\\.(\\d+)\\.([a-z-]+)\\.(.*)");

    UnifiedRoberta(JsonNode meta) {
        super(meta);
    }

    @Override
    String multiHeadQuery() {
        return "scaled";
    }

    /** What stands before all names, except where there is no method. */
    private String outer() {
        return methodText().equals("full") ? "" : "pretrained_model.";
    }

    private String layer(int layer) {
        return outer() + "roberta.encoder.layer." + layer + ".";
    }

    @Override
    public Backbone backbone(Weights reference) {
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
                config.path("pad_token_id").asInt(),
                Bert.Positions.AFTER_PADDING_ID);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Bert.weightShapes(bert, false)
                .keySet()
                .forEach(name -> weights.put(name, reference.get(outer() + "roberta." + name)));
        return new Bert(bert, Weights.of(weights));
    }

    @Override
    public Network.Reading reading() {
        return Network.Reading.by(Pooling.FIRST, Head.DENSE);
    }

    @Override
    public List<String> referenceNames(String parameter) {
        if (parameter.equals("prefix.flat")) {
            return IntStream.range(
                            0, meta.path("config").path("num_hidden_layers").asInt())
                    .boxed()
                    .flatMap(layer -> Stream.of("key", "value")
                            .map(kind -> "prompt_model.decoder_self_attn_" + kind + "." + layer + ".weight"))
                    .toList();
        }
        return List.of(referenceName(parameter));
    }

    private String referenceName(String name) {
        if (name.startsWith("head.")) {
            return outer() + "classifier."
                    + (name.startsWith("head.dense.") ? name.substring(5) : name.replace("head.", "out_proj."));
        }
        if (name.startsWith("full.") || name.startsWith("bitfit.")) {
            return outer() + "roberta." + name.substring(name.indexOf('.') + 1);
        }
        if (name.startsWith("prefix.")) {
            return "prompt_model."
                    + name.replace("prefix.table", "wte.weight")
                            .replace("prefix.in", "control_trans.0")
                            .replace("prefix.out", "control_trans.2");
        }
        Matcher parts = OF_A_LAYER.matcher(name);
        assertThat(parts.matches()).as(name).isTrue();
        int layer = Integer.parseInt(parts.group(2));
        String place = parts.group(3);
        String rest = parts.group(4);
        return parts.group(1).equals("lora")
                ? layer(layer)
                        + switch (place) {
                            case "ffn-up" -> "intermediate.dense";
                            case "ffn-down" -> "output.dense";
                            default -> "attention.self." + place;
                        }
                        + ".ef_lora_" + rest.toUpperCase(java.util.Locale.ROOT)
                : adapter(layer, place) + "." + inAdapter(rest);
    }

    private String adapter(int layer, String place) {
        boolean parallel = option("ffn_option").equals("parallel");
        return layer(layer)
                + switch (place) {
                    case "heads" -> "attention.self.ef_attn_adapter";
                    case "attention" -> "attention.output.ef_attn_adapter";
                    default -> parallel ? "ef_ffn_adapter" : "output.ef_ffn_adapter";
                };
    }

    @Override
    public Optional<String> output(Site site) {
        return switch (site.place()) {
            case EMBEDDINGS -> Optional.of("hidden_states.0");
            case FFN -> Optional.of("hidden_states." + (site.layer() + 1));
            default -> Optional.empty();
        };
    }

    @Override
    public Recorded change(String submodule, Site site) {
        String inserted = option(submodule.equals(ATTENTION_ADAPTER) ? "attn_option" : "ffn_option");
        return new Recorded(
                "adapter." + adapter(site.layer(), site.place().text()) + ".output", !inserted.equals("parallel"));
    }

    @Override
    public String prefix(String kind, int layer) {
        return "prefix." + kind + ".self.layer." + layer;
    }

    @Override
    public String prefixMass(int layer) {
        return "lambda.self.layer." + layer;
    }
}

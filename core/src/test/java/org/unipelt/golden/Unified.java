package org.unipelt.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.training.AdamW;

/** What He et al.'s programs for all their models have in common. */
abstract class Unified implements Family {
    /** The name of adapters at attention; those at the feed-forward network are called {@code adapter}. */
    static final String ATTENTION_ADAPTER = "attention-adapter";

    final JsonNode meta;
    private final JsonNode options;

    Unified(JsonNode meta) {
        this.meta = meta;
        this.options = meta.path("method_hyperparameters");
    }

    /** Which query the multi-head parallel adapter asks with: the programs differ. */
    abstract String multiHeadQuery();

    final String option(String name) {
        return options.path(name).asText();
    }

    @Override
    public final String methodText() {
        String attention = option("attn_mode");
        String ffn = option("ffn_mode");
        List<String> submodules = new ArrayList<>();
        Set<String> lora = new LinkedHashSet<>();
        switch (attention) {
            case "none" -> {}
            case "bitfit" -> submodules.add("bitfit");
            case "prefix", "prefix_nomlp" -> submodules.add(prefix());
            case "prompt_tuning" -> submodules.add("prompt(length=" + rank("attention") + ")");
            case "lora" -> lora.addAll(List.of("query", "value"));
            case "adapter" ->
                submodules.add("modification(form=bottleneck(rank=%s,norm=in),at=attention,insert=%s,name=%s)"
                        .formatted(rank("attention"), option("attn_option"), ATTENTION_ADAPTER));
            default -> throw new IllegalArgumentException("attn_mode " + attention);
        }
        switch (ffn) {
            case "none" -> {}
            case "lora" -> lora.addAll(List.of("ffn-up", "ffn-down"));
            case "adapter" -> {
                String scale = option("ffn_adapter_scalar");
                submodules.add("modification(form=bottleneck(rank=%s,norm=%s),at=ffn,insert=%s,compose=%s)"
                        .formatted(
                                rank("ffn"),
                                option("ffn_adapter_layernorm_option"),
                                option("ffn_option"),
                                scale.equals("learnable_scalar") ? "learned" : "scale(" + scale + ")"));
            }
            default -> throw new IllegalArgumentException("ffn_mode " + ffn);
        }
        if (!lora.isEmpty()) {
            submodules.add("lora(rank=%s,alpha=%s,on=%s)"
                    .formatted(
                            rank(attention.equals("lora") ? "attention" : "ffn"),
                            option("lora_alpha"),
                            String.join("+", lora)));
        }
        return submodules.isEmpty() ? "full" : "unipelt(" + String.join(",", submodules) + ",gate=none)";
    }

    private String rank(String place) {
        return option(place.equals("ffn") ? "ffn_bottleneck_or_rank" : "attention_bottleneck_or_prefix_len_or_rank");
    }

    private String prefix() {
        String form = option("attn_mode").equals("prefix") ? "network" : "flat";
        String added = option("attn_composition").equals("gate_add") ? "lambda" : "add";
        return "prefix(length=%s,form=%s,network=%s,"
                        .formatted(rank("attention"), form, option("prefix_reparam_hidden"))
                + switch (option("attn_option")) {
                    case "concat" -> "compose=concat)";
                    case "cross_attn_noln" -> "compose=" + added + ")";
                    case "cross_attn_relu" -> "compose=add,attend=relu,query=" + multiHeadQuery() + ")";
                    default -> throw new IllegalArgumentException("attn_option " + option("attn_option"));
                };
    }

    /** The program's name of a linear map or layer-norm within an adapter. */
    static String inAdapter(String rest) {
        return rest.replace("down.", "down_proj.")
                .replace("up.", "up_proj.")
                .replace("norm.", "adapter_layer_norm_before.");
    }

    /** The head stays as it is drawn, unless everything or every bias is trained. */
    @Override
    public final Method.HeadTraining head(Method method) {
        return switch (option("attn_mode")) {
            case "bitfit" -> Method.HeadTraining.BIAS;
            case "none" -> method.equals(Methods.parse("full")) ? Method.HeadTraining.ALL : Method.HeadTraining.NONE;
            default -> Method.HeadTraining.NONE;
        };
    }

    @Override
    public final AdamW.Settings settings(AdamW.Variant variant, double weightDecay) {
        return variant == AdamW.Variant.TORCH
                ? AdamW.Settings.of(variant, weightDecay)
                : new AdamW.Settings(variant, 0.9, 0.98, 1e-6, weightDecay);
    }

    @Override
    public final String gate(String submodule, org.unipelt.backbone.Site site) {
        throw new IllegalStateException("He et al. have no gates");
    }

    @Override
    public final boolean isOutOfSight(String recorded) {
        return false;
    }
}

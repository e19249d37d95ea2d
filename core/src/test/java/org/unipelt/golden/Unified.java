package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.training.AdamW;

/** What He et al.'s programs for all their models have in common. */
abstract class Unified implements Family {
    /** The name of adapters at attention; those at the feed-forward network are called {@code adapter}. */
    private static final String ATTENTION_ADAPTER = "attention-adapter";

    private static final Pattern OF_ALL_LAYERS =
            Pattern.compile("prefix\\.((?:decoder|cross)\\.)?(flat|table|in|out)(.*)");
    private static final Pattern OF_A_SITE =
            Pattern.compile("([a-z-]+)\\.((?:decoder|cross)\\.)?layer\\.(\\d+)\\.([a-z-]+)\\.(.*)");

    /** A set of prefixes: what its attention is called, what ends the names of table and network, what begins the flat ones. */
    enum PrefixSet {
        SELF("self", "", "decoder_self_attn"),
        CROSS("encoder_decoder", "2", "decoder_cross_attn"),
        ENCODER("encoder", "_enc", "encoder_attn");

        private final String attention;
        private final String ending;
        private final String flat;

        PrefixSet(String attention, String ending, String flat) {
            this.attention = attention;
            this.ending = ending;
            this.flat = flat;
        }
    }

    final JsonNode meta;
    private final JsonNode options;

    Unified(JsonNode meta) {
        this.meta = meta;
        this.options = meta.path("method_hyperparameters");
    }

    /** Which query the multi-head parallel adapter asks with: the programs differ. */
    abstract String multiHeadQuery();

    /** What begins the names of the backbone's tensors. */
    abstract String base();

    /** The path of the module at a site, behind {@link #base()}. */
    abstract String module(Site site);

    /** The number of layers of a part. */
    abstract int layers(Part part);

    /** Which prefixes a part's attention reads. */
    abstract PrefixSet prefixSet(Part part);

    /** What begins the names of a stack's recorded states. */
    abstract String states(Part part);

    /** What stands before all names of the model, except where there is no method. */
    final String outer() {
        return methodText().equals("full") ? "" : "pretrained_model.";
    }

    final int config(String name) {
        return meta.path("config").path(name).asInt();
    }

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
    public final AdamW.Settings settings(AdamW.Formula variant, double weightDecay) {
        return variant == AdamW.Formula.TORCH
                ? AdamW.Settings.of(variant, weightDecay)
                : new AdamW.Settings(variant, 0.9, 0.98, 1e-6, weightDecay);
    }

    @Override
    public final List<String> referenceNames(String parameter) {
        Matcher prefix = OF_ALL_LAYERS.matcher(parameter);
        if (!prefix.matches()) {
            return List.of(referenceName(parameter));
        }
        Part part = part(prefix.group(1));
        PrefixSet set = prefixSet(part);
        String network = "prompt_model.control_trans" + set.ending;
        return switch (prefix.group(2)) {
            case "flat" ->
                IntStream.range(0, layers(part))
                        .boxed()
                        .flatMap(layer -> Stream.of("key", "value")
                                .map(kind -> "prompt_model." + set.flat + "_" + kind + "." + layer + ".weight"))
                        .toList();
            case "table" -> List.of("prompt_model.wte" + set.ending + ".weight");
            case "in" -> List.of(network + ".0" + prefix.group(3));
            default -> List.of(network + ".2" + prefix.group(3));
        };
    }

    private String referenceName(String name) {
        if (name.startsWith("head.")) {
            return outer() + "classifier."
                    + (name.startsWith("head.dense.") ? name.substring(5) : name.replace("head.", "out_proj."));
        }
        if (name.startsWith("full.") || name.startsWith("bitfit.")) {
            return outer() + base() + name.substring(name.indexOf('.') + 1);
        }
        if (name.equals("prompt.vectors")) {
            return outer() + base() + "encoder.ef_prefix_emb.weight";
        }
        Matcher parts = OF_A_SITE.matcher(name);
        assertThat(parts.matches()).as(name).isTrue();
        Site site = new Site(
                part(parts.group(2)),
                Integer.parseInt(parts.group(3)),
                Place.valueOf(parts.group(4).toUpperCase(Locale.ROOT).replace('-', '_')));
        String rest = parts.group(5);
        return switch (parts.group(1)) {
            case "lora" -> outer() + base() + module(site) + ".ef_lora_" + rest.toUpperCase(Locale.ROOT);
            case "prefix" -> outer() + base() + module(site) + rest.replace("norm.", ".ef_transform_layer_norm.");
            default ->
                adapter(site) + "."
                        + rest.replace("down.", "down_proj.")
                                .replace("up.", "up_proj.")
                                .replace("norm.", "adapter_layer_norm_before.");
        };
    }

    private static Part part(String prefix) {
        return Arrays.stream(Part.values())
                .filter(part -> part.prefix().equals(prefix == null ? "" : prefix))
                .findFirst()
                .orElseThrow();
    }

    private String adapter(Site site) {
        return outer() + base() + module(site) + (site.place() == Place.FFN ? ".ef_ffn_adapter" : ".ef_attn_adapter");
    }

    @Override
    public final Optional<String> output(Site site) {
        return switch (site.place()) {
            case EMBEDDINGS -> Optional.of(states(site.part()) + "hidden_states.0");
            case FFN -> Optional.of(states(site.part()) + "hidden_states." + (site.layer() + 1));
            default -> Optional.empty();
        };
    }

    @Override
    public final Recorded change(String submodule, Site site) {
        String inserted = option(submodule.equals(ATTENTION_ADAPTER) ? "attn_option" : "ffn_option");
        return new Recorded("adapter." + adapter(site) + ".output", !inserted.equals("parallel"));
    }

    @Override
    public final String prefix(String kind, Site site) {
        return "prefix." + kind + "." + prefixSet(site.part()).attention + ".layer." + site.layer();
    }

    @Override
    public final String prefixMass(Site site) {
        return "lambda." + prefixSet(site.part()).attention + ".layer." + site.layer();
    }

    @Override
    public final String gate(String submodule, Site site) {
        throw new IllegalStateException("He et al. have no gates");
    }

    @Override
    public final boolean isOutOfSight(String recorded) {
        return false;
    }
}

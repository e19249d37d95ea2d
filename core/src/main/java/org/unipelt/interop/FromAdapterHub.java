package org.unipelt.interop;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;

/**
 * A folder of AdapterHub's adapters: LoRA, prefix-tuning and bottleneck adapters, alone or several at once, with or
 * without gates: what its authors call MAM and UniPELT.
 *
 * <pre>
 *   bert.encoder.layer.0.attention.self.query.loras.NAME.lora_A                ─▶   lora.layer.0.query.a
 *   bert.encoder.layer.0.output.adapters.NAME.adapter_down.0.weight            ─▶   adapter.layer.0.ffn.down.weight
 *   bert.prefix_tuning.prefix_tunings.NAME.self_prefix.…                       ─▶   prefix.flat
 *   bert.encoder.layer.0.attention.self.prefix_tuning.prefix_gates.NAME.weight ─▶   gate.prefix.layer.0….weight
 * </pre>
 *
 * <p>Its gates are means over all positions, padding included: {@code average=all}.
 */
final class FromAdapterHub {
    static final String CONFIG = "config";
    static final String MODEL_TYPE = "model_type";
    /** The kinds of heads. */
    static final String CLASSIFICATION = "classification";

    static final String SEVERAL = "multilabel_classification";

    private final TheirTensors tensors;
    private final BaseModel base;
    private final Backbone backbone;
    private final AdapterHubNames names;
    /** The library's version that wrote the folder; empty if it is older than versions. */
    private final String version;

    private final Map<String, Tensor> ours = new LinkedHashMap<>();
    private final List<String> methods = new ArrayList<>();
    private final List<Boolean> gated = new ArrayList<>();

    private FromAdapterHub(TheirConfig config, TheirTensors tensors, BaseModel base) {
        this.tensors = tensors;
        this.base = base;
        this.backbone = base.backbone();
        String type = config.text(MODEL_TYPE).orElse("");
        if (!AdapterHubNames.modelTypes().contains(type)) {
            throw config.wrong("model_type '" + type + "' is not supported; known: "
                    + String.join(", ", AdapterHubNames.modelTypes()));
        }
        if (!type.equals(base.family().modelType())) {
            throw config.wrong("it is for a model of type '" + type + "', and " + base.name() + " is of type '"
                    + base.family().modelType() + "'; name the base model with --model");
        }
        this.names = new AdapterHubNames(base, config.text("name").orElseThrow(() -> config.wrong("name is missing")));
        int hidden = config.integer("hidden_size", backbone.anatomy().hidden(), 1);
        if (hidden != backbone.anatomy().hidden()) {
            throw config.wrong("it is for a hidden size of " + hidden + ", and " + base.name() + " has "
                    + backbone.anatomy().hidden() + "; name the base model with --model");
        }
        this.version = config.text("version").orElse("");
        config.skip("model_name", "model_class");
    }

    /** Whether the library lists a tensor a second time. */
    static boolean isAlias(String name) {
        return name.contains(".prefix_tuning.pool.");
    }

    /**
     * Reads a folder's content.
     *
     * @param head the head's settings; empty if the folder has no head
     * @param headTensors the head's tensors, in a file of their own
     */
    static Imported read(
            TheirConfig config,
            TheirTensors tensors,
            Optional<TheirConfig> head,
            Optional<TheirTensors> headTensors,
            BaseModel base) {
        FromAdapterHub hub = new FromAdapterHub(config, tensors, base);
        TheirConfig method = config.within(CONFIG);
        List<TheirConfig> members = List.of(method);
        if (method.text("architecture").orElse("").equals("union")) {
            members = method.eachWithin("configs");
            method.finish();
        }
        members.forEach(hub::add);
        config.finish();
        tensors.drop(FromAdapterHub::isAlias);
        tensors.requireAllTaken();
        return hub.imported(head, headTensors);
    }

    private Imported imported(Optional<TheirConfig> headConfig, Optional<TheirTensors> headTensors) {
        if (headConfig.isEmpty() || headTensors.isEmpty()) {
            throw new InputException(tensors.file().getParent() + " has no head (head_config.json and"
                    + " pytorch_model_head.bin); save the adapter with its head");
        }
        String text = gated.contains(true) || methods.size() > 1
                ? "unipelt(" + String.join(",", methods) + (gated.contains(true) ? ",average=all)" : ",gate=none)")
                : methods.get(0);
        if (gated.contains(true) && gated.contains(false)) {
            throw new InputException(tensors.file() + ": some of its methods have gates and some have none, which this"
                    + " library's unipelt does not have");
        }
        if (gated.contains(true) && backbone.anatomy().stacks().size() > 1) {
            throw new InputException(
                    tensors.file() + ": it has gates in a decoder, and this library has them only in an" + " encoder");
        }
        TheirHead head = head(headConfig.get(), headTensors.get());
        headConfig.get().finish();
        headTensors.get().requireAllTaken();
        Map<String, Tensor> all = new LinkedHashMap<>(ours);
        all.putAll(head.tensors());
        return new Imported(
                Methods.parse(text),
                all,
                head.form(),
                head.pooling(),
                classes(headConfig.get(), head),
                several(headConfig.get()));
    }

    /** A static head is that of the model's own classifiers; a flexible one says of which layers it is. */
    private TheirHead head(TheirConfig config, TheirTensors from) {
        config.skip(
                "name", "hidden_size", "model_class", "model_name", "model_type", "version", "num_labels", "label2id");
        if (!config.has("config")) {
            OwnHead own = TheirHead.own(base);
            return TheirHead.take(own.form(), own.pooling(), own.dense(), own.out(), from, base);
        }
        TheirConfig layers = config.within("config");
        layers.demand("head_type", CLASSIFICATION, SEVERAL);
        layers.demand("bias", true);
        layers.skip("num_labels", "label2id", "dropout_prob");
        boolean pooler = layers.flag("use_pooler", false);
        int count = layers.integer("layers", 2, 1);
        if (count > 1) {
            layers.demand("activation_function", "tanh");
        }
        layers.skip("activation_function");
        String prefix = "heads." + config.text("name").orElse("default");
        layers.finish();
        if (count > 2 || (pooler && count == 2)) {
            throw config.wrong(
                    "a head with " + count + " layers" + (pooler ? " after the pooler" : "") + " is not supported");
        }
        Pooling pooling = pooler ? Pooling.POOLER : names.unpooled();
        return count == 1
                ? TheirHead.take(Head.LINEAR, pooling, Optional.empty(), prefix + ".1", from, base)
                : TheirHead.take(Head.DENSE, pooling, Optional.of(prefix + ".1"), prefix + ".4", from, base);
    }

    /** Whether the head gives a text several labels; only a flexible one says so. */
    private static boolean several(TheirConfig config) {
        return config.has("config")
                && config.within("config").text("head_type").orElse("").equals(SEVERAL);
    }

    private static Optional<List<String>> classes(TheirConfig config, TheirHead head) {
        TheirConfig named = config.has("label2id") || !config.has("config") ? config : config.within("config");
        Map<String, Double> indices = named.numbers("label2id");
        long outputs = Objects.requireNonNull(head.tensors().get("head.bias")).size(0);
        List<String> classes = indices.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        return classes.size() == outputs && outputs > 1 ? Optional.of(classes) : Optional.empty();
    }

    private void add(TheirConfig config) {
        String architecture = config.text("architecture").orElse("");
        switch (architecture) {
            case "lora" -> lora(config);
            case "prefix_tuning" -> prefix(config);
            case "" -> bottleneck(config);
            default ->
                throw config.wrong("architecture '" + architecture
                        + "' is not supported; known: lora, prefix_tuning, union, and bottleneck adapters");
        }
        gated.add(config.flag("use_gating", false));
        config.skip("dropout", "init_weights", "init_weights_seed", "dtype");
        config.finish();
    }

    private void lora(TheirConfig config) {
        config.demand("composition_mode", "add");
        config.refuse("use_dora", "vera_d", "vera_b");
        int rank = config.integer("r", 8, 1);
        double given = config.number("alpha", 8);
        // Earlier versions did not use alpha.
        double alpha = version.matches("adapters\\.(1\\.[1-9]|[2-9]).*") ? given : rank;
        EnumSet<Place> on = EnumSet.noneOf(Place.class);
        if (config.flag("selfattn_lora", true)) {
            for (String matrix : config.texts("attn_matrices")) {
                Place place = AdapterHubNames.MATRICES.get(matrix);
                if (place == null) {
                    throw config.wrong("attn_matrices holds '" + matrix + "'; known: q, k, v");
                }
                on.add(place);
            }
        } else {
            config.skip("attn_matrices");
        }
        if (config.flag("intermediate_lora", false)) {
            on.add(Place.FFN_UP);
        }
        if (config.flag("output_lora", false)) {
            on.add(Place.FFN_DOWN);
        }
        boolean gates = config.flag("use_gating", false);
        Set<Integer> leftOut = Set.copyOf(config.integers("leave_out"));
        TopLayers layers = without(leftOut);
        for (Site site : backbone.sites().of(on).stream().filter(layers::has).toList()) {
            int in = backbone.sites().in(site);
            int out = backbone.sites().out(site);
            String theirs = names.lora(site);
            boolean absent = leftOut.contains(site.layer());
            put("lora." + site + ".a", absent, theirs + ".lora_A", rank, in);
            put("lora." + site + ".b", absent, theirs + ".lora_B", out, rank);
            gate("lora", site, gates, absent, theirs + ".gate");
        }
        methods.add("lora(rank=" + rank + ",alpha=" + alpha + ",on="
                + on.stream().map(Place::text).collect(Collectors.joining("+")) + layers.option() + ")");
    }

    private TopLayers without(Set<Integer> leftOut) {
        return TopLayers.of(
                IntStream.range(0, backbone.anatomy().layers(Part.ENCODER))
                        .filter(layer -> !leftOut.contains(layer))
                        .boxed()
                        .toList(),
                backbone);
    }

    private void prefix(TheirConfig config) {
        int length = config.integer("prefix_length", 30, 1);
        // The tensors tell whether the network is there.
        config.skip("flat", "bottleneck_size");
        config.demand("non_linearity", "tanh");
        config.demand("encoder_prefix", true);
        config.demand("cross_prefix", true);
        config.refuse("leave_out");
        boolean gates = config.flag("use_gating", false);
        if (gates) {
            config.demand("shared_gating", true);
        }
        config.skip("shared_gating");
        for (Stack stack : backbone.anatomy().stacks()) {
            int width = 2 * stack.layers() * stack.heads().width();
            ours.put("prefix." + stack.part().prefix() + "flat", flat(names.prefix(stack.part()), length, width));
        }
        for (Site site : backbone.sites().of(List.of(Place.KEYS_AND_VALUES))) {
            gate("prefix", site, gates, false, names.prefixGate(site));
        }
        methods.add("prefix(length=" + length + ",form=flat)");
    }

    /** Keys and values of all layers {@code [length, width]}, which a network may have made. */
    private Tensor flat(String theirs, int length, int width) {
        String network = theirs + ".control_trans";
        // The canonical name may be missing; then one of its copies is there.
        String table = canonical(theirs + ".wte.weight");
        if (tensors.has(canonical(network))) {
            return tensors.take(canonical(network), (long) length * width).view(length, width);
        }
        int hidden = backbone.anatomy().hidden();
        long inner = tensors.shape(canonical(network + ".0.weight"))[0];
        Tensor states = tensors.take(table, length, hidden);
        Tensor first = linear(states, network + ".0", inner, hidden);
        return linear(torch.tanh(first), network + ".2", width, inner);
    }

    private Tensor linear(Tensor x, String map, long out, long in) {
        Tensor weight = tensors.take(canonical(map + ".weight"), out, in);
        Tensor bias = tensors.take(canonical(map + ".bias"), out);
        return torch.linear(x, weight, new TensorOptional(bias));
    }

    private String canonical(String prefixTensor) {
        return tensors.has(prefixTensor)
                ? prefixTensor
                : tensors.names().stream()
                        .filter(other ->
                                isAlias(other) && other.endsWith(prefixTensor.substring(prefixTensor.indexOf('.') + 1)))
                        .findFirst()
                        .orElse(prefixTensor);
    }

    /** The adapters that are this library's: behind the network in Pfeiffer's or Houlsby's way, or beside it. */
    private void bottleneck(TheirConfig config) {
        boolean attention = config.flag("mh_adapter", false);
        boolean output = config.flag("output_adapter", true);
        boolean cross = config.flag("cross_adapter", false);
        boolean parallel = config.flag("is_parallel", false);
        String activation = activation(config);
        boolean pfeiffer = config.flag("original_ln_before", false);
        config.demand("original_ln_after", true);
        config.demand("residual_before_ln", true);
        config.refuse("adapter_residual_before_ln", "ln_before", "ln_after", "inv_adapter", "phm_layer");
        config.refuse("inv_adapter_reduction_factor");
        config.skip("stochastic_depth", "phm_dim", "phm_bias", "phm_c_init", "phm_init_range", "phm_rank", "learn_phm");
        config.skip("factorized_phm_W", "factorized_phm_rule", "shared_W_phm", "shared_phm_rule");
        config.skip("hypercomplex_nonlinearity");
        boolean learned = config.isText("scaling");
        if (learned) {
            config.demand("scaling", "learned");
        }
        double scale = learned ? 1 : config.number("scaling", 1);
        if (attention && (parallel || pfeiffer)) {
            throw config.wrong("an adapter after attention is supported only behind it, without the layer norm before"
                    + " (double_seq_bn): " + (parallel ? "is_parallel" : "original_ln_before") + " is set");
        }
        if (parallel && pfeiffer) {
            throw config.wrong("is_parallel with original_ln_before is not supported");
        }
        if (!attention && (!output || cross)) {
            throw config.refused(cross ? "cross_adapter" : "output_adapter");
        }
        Set<Integer> leftOut = Set.copyOf(config.integers("leave_out"));
        boolean gates = config.flag("use_gating", false);
        String insert = parallel ? "parallel" : pfeiffer ? "pfeiffer" : "sequential";
        EnumSet<Place> at = EnumSet.noneOf(Place.class);
        if (attention) {
            at.add(Place.ATTENTION);
        }
        if (output) {
            at.add(Place.FFN);
        }
        if (config.isObject("reduction_factor")) {
            throw config.refused("reduction_factor");
        }
        int rank = Math.max(1, (int) (backbone.anatomy().hidden() / config.number("reduction_factor", 16)));
        TopLayers layers = without(leftOut);
        for (Site site : backbone.sites().of(at).stream().filter(layers::has).toList()) {
            boolean absent = leftOut.contains(site.layer()) || (site.part() == Part.CROSS && !cross);
            String theirs = names.adapter(site);
            int hidden = backbone.sites().in(site);
            put("adapter." + site + ".down.weight", absent, theirs + ".adapter_down.0.weight", rank, hidden);
            put("adapter." + site + ".down.bias", absent, theirs + ".adapter_down.0.bias", rank);
            put("adapter." + site + ".up.weight", absent, theirs + ".adapter_up.weight", hidden, rank);
            put("adapter." + site + ".up.bias", absent, theirs + ".adapter_up.bias", hidden);
            if (learned) {
                put("adapter." + site + ".scale", absent, theirs + ".scaling", 1);
            }
            gate("adapter", site, gates, absent, theirs + ".gate");
        }
        methods.add("modification(form=bottleneck(rank=" + rank + ",activation=" + activation + "),at="
                + at.stream().map(Place::text).collect(Collectors.joining("+")) + ",insert=" + insert + ",compose="
                + (learned ? "learned" : "scale(" + scale + ")") + ",name=adapter" + layers.option() + ")");
    }

    private String activation(TheirConfig config) {
        String theirs = config.text("non_linearity").orElse("relu");
        if (theirs.equals("gelu") && version.isEmpty()) {
            // Folders from before versions were written mean the approximation.
            return Objects.requireNonNull(AdapterHubNames.ACTIVATIONS.get("gelu_new"));
        }
        if (!AdapterHubNames.ACTIVATIONS.containsKey(theirs)) {
            throw config.refused("non_linearity");
        }
        return AdapterHubNames.ACTIVATIONS.get(theirs);
    }

    private void gate(String method, Site site, boolean gates, boolean absent, String theirs) {
        if (gates) {
            int in = backbone.sites().in(site);
            put("gate." + method + "." + site + ".weight", absent, theirs + ".weight", 1, in);
            put("gate." + method + "." + site + ".bias", absent, theirs + ".bias", 1);
        }
    }

    /** Takes a tensor; where the library leaves a layer out, zeros change nothing. */
    private void put(String own, boolean absent, String theirs, long... shape) {
        ours.put(own, absent ? torch.zeros(shape, new TensorOptions()) : tensors.take(theirs, shape));
    }
}

package org.unipelt.interop;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Site;
import org.unipelt.hub.BaseModel;

/**
 * The names that AdapterHub has for what a method adds to a base model, without the family's prefix: e.g. {@code
 * encoder.layer.0.attention.self.query.loras.NAME}.
 */
final class AdapterHubNames {
    /** Where a model keeps what is added. */
    private enum Layout {
        /** BERT and its relatives: inside the module whose output changes. */
        INSIDE,
        /** BART: beside the modules of a layer. */
        BESIDE
    }

    /** What the library knows of an architecture. */
    private record Architecture(Layout layout, String className) {}

    private static final TreeMap<String, Architecture> ARCHITECTURES = new TreeMap<>(Map.of(
            "bert", new Architecture(Layout.INSIDE, "Bert"),
            "roberta", new Architecture(Layout.INSIDE, "Roberta"),
            "xlm-roberta", new Architecture(Layout.INSIDE, "XLMRoberta"),
            "bart", new Architecture(Layout.BESIDE, "Bart"),
            "mbart", new Architecture(Layout.BESIDE, "MBart")));

    /** Activations by AdapterHub's names for them; this library's gelu is the approximation. */
    static final Map<String, String> ACTIVATIONS = Map.ofEntries(
            entry("relu", "relu"),
            entry("swish", "swish"),
            entry("silu", "swish"),
            entry("tanh", "tanh"),
            entry("leakyrelu", "leakyrelu"),
            entry("gelu_new", "gelu"));

    /** Projections by AdapterHub's names for them. */
    static final Map<String, Place> MATRICES = Map.of("q", Place.QUERY, "k", Place.KEY, "v", Place.VALUE);

    private final Modules modules;
    private final Architecture architecture;
    private final String adapter;

    /**
     * Names what is added to a base model.
     *
     * @param base a model whose type is one of {@link #modelTypes}
     * @param adapter the adapter's name, which is part of every name
     */
    AdapterHubNames(BaseModel base, String adapter) {
        this.modules = new Modules(base);
        this.architecture =
                Objects.requireNonNull(ARCHITECTURES.get(base.family().modelType()));
        this.adapter = adapter;
    }

    /** The types of models whose names are known here. */
    static Set<String> modelTypes() {
        return ARCHITECTURES.keySet();
    }

    /** The class of a model of this type, e.g. {@code Bert} with its ending. */
    String modelClass(String ending) {
        return architecture.className() + ending;
    }

    /** The vector that a flexible head without the pooler reads. */
    Pooling unpooled() {
        return architecture.layout() == Layout.BESIDE ? Pooling.END : Pooling.FIRST;
    }

    /** What LoRA adds to a projection: the name before {@code .lora_A}. */
    String lora(Site projection) {
        return modules.of(projection) + ".loras." + adapter;
    }

    /** The prefix of a stack: the name before {@code .control_trans}. */
    String prefix(Part part) {
        return "prefix_tuning.prefix_tunings." + adapter + "."
                + switch (part) {
                    case ENCODER -> architecture.layout() == Layout.INSIDE ? "self_prefix" : "encoder_prefix";
                    case DECODER -> "self_prefix";
                    case CROSS -> "cross_prefix";
                };
    }

    /** The gate of a layer's prefix. */
    String prefixGate(Site site) {
        Site query = new Site(site.part(), site.layer(), Place.QUERY);
        return parent(modules.of(query)) + ".prefix_tuning.prefix_gates." + adapter;
    }

    /** The adapter behind or beside a sub-layer: the name before {@code .adapter_down}. */
    String adapter(Site subLayer) {
        boolean attention = subLayer.place() == Place.ATTENTION;
        Place last = attention ? Place.ATTENTION_OUT : Place.FFN_DOWN;
        String module = parent(modules.of(new Site(subLayer.part(), subLayer.layer(), last)));
        String holder =
                switch (architecture.layout()) {
                    case INSIDE -> module;
                    case BESIDE ->
                        !attention
                                ? module + ".output_adapters"
                                : parent(module)
                                        + (subLayer.part() == Part.CROSS
                                                ? ".cross_attention_adapters"
                                                : ".attention_adapters");
                };
        return holder + ".adapters." + adapter;
    }

    private static String parent(String module) {
        return module.substring(0, module.lastIndexOf('.'));
    }
}

package org.unipelt.method;

import static org.unipelt.method.Preset.Group.BASELINE;
import static org.unipelt.method.Preset.Group.NO_GATE;
import static org.unipelt.method.Preset.Group.OTHER;
import static org.unipelt.method.Preset.Group.SINGLE;
import static org.unipelt.method.Preset.Group.UNIFIED;
import static org.unipelt.method.Preset.Group.UNIPELT;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.backbone.Place;

/**
 * Every method there is, by name, and methods as text: {@code lora(rank=8,alpha=16,on=query+value)},
 * {@code unipelt(adapter(bottleneck=48),prefix(length=10),lora)}. Options that are left out have their defaults.
 * Any number of threads may call it.
 */
public final class Methods {
    /** Methods of other libraries on the class path. */
    private static final List<MethodFactory> ADDED =
            ServiceLoader.load(MethodFactory.class, Methods.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();

    /** A new method is one line here. */
    private static final Map<String, Function<Options, Method>> BY_NAME = byName();

    private static Map<String, Function<Options, Method>> byName() {
        Map<String, Function<Options, Method>> methods = new LinkedHashMap<>();
        methods.put("full", Full::of);
        methods.put("probe", HeadOnly::probe);
        methods.put("head", HeadOnly::of);
        methods.put("bitfit", BitFit::of);
        methods.put("adapter", Adapter::pfeiffer);
        methods.put("houlsby", Adapter::houlsby);
        methods.put("prefix", Prefix::of);
        methods.put("prompt", Prompt::of);
        methods.put("lora", Lora::of);
        methods.put("ia3", Ia3::of);
        methods.put("modification", Modification::of);
        methods.put("unipelt", UniPelt::of);
        ADDED.forEach(added -> methods.merge(added.name(), added::of, (one, other) -> options -> {
            throw new InputException("the class path has two methods with the name '" + added.name()
                    + "'; remove the library with " + added.getClass().getName() + " or rename its method");
        }));
        return methods;
    }

    // He et al. 2022: attention's adapters have a layer norm in front and BERT's initial values, as in the authors'
    // program.
    private static final String AT_ATTENTION = "modification(form=bottleneck(rank=%s,norm=in),at=attention,insert=%s,"
            + "compose=add,init=bert,name=attention-adapter)";
    private static final String AT_FFN = "modification(form=bottleneck(rank=%s),at=ffn,insert=%s,compose=%s,init=%s)";
    private static final String PREFIX =
            "modification(form=prefix(length=%s,network=800%s),at=attention,compose=%s,init=torch)";

    /** Every method with a name, the default first. */
    private static final Map<String, Preset> PRESETS = Collections.unmodifiableMap(named());

    private static Map<String, Preset> named() {
        String adapterFfn = AT_FFN.formatted(512, "parallel", "add", "bert");
        String scaled = AT_FFN.formatted(512, "parallel", "scale(4)", "lora");
        String loraFfn = "modification(form=low-rank(rank=102),at=ffn-up+ffn-down,compose=scale(4))";
        String shortPrefix = PREFIX.formatted(30, "", "concat");
        Stream<Preset> known = Stream.of(
                preset(UNIPELT, "unipelt-al", "unipelt(adapter,lora)", "adapter and LoRA; the default"),
                preset(UNIPELT, "unipelt-apl", "unipelt(adapter,prefix,lora)", "adapter, prefix and LoRA"),
                preset(UNIPELT, "unipelt-ap", "unipelt(adapter,prefix)", "adapter and prefix"),
                preset(UNIPELT, "unipelt-pl", "unipelt(prefix,lora)", "prefix and LoRA"),
                preset(UNIPELT, "unipelt-cpl", "unipelt(compacter,prefix,lora)", "Compacter, prefix and LoRA"),
                preset(
                        UNIPELT,
                        "unipelt-mam",
                        "unipelt(" + shortPrefix + "," + scaled + ")",
                        "the MAM adapter behind gates"),
                single("lora", "low-rank changes; can be merged"),
                single("adapter", "a bottleneck behind the feed-forward"),
                single("houlsby", "two bottlenecks per layer"),
                preset(
                        SINGLE,
                        "compacter",
                        "modification(form=compacter(rank=24),at=ffn,insert=pfeiffer,name=compacter)",
                        "an adapter of Kronecker products"),
                single("prefix", "extra keys and values"),
                single("prompt", "extra embeddings before the text"),
                single("ia3", "rescaled keys, values, activations"),
                single("bitfit", "biases only"),
                preset(BASELINE, "probe", "probe", "a convex fit on frozen vectors, in seconds"),
                preset(BASELINE, "head", "head", "the head alone, step by step"),
                preset(BASELINE, "full", "full", "every weight of the model"),
                preset(NO_GATE, "unipelt-al-nogate", "unipelt(adapter,lora,gate=none)", "adapter and LoRA"),
                preset(
                        NO_GATE,
                        "unipelt-apl-nogate",
                        "unipelt(adapter,prefix,lora,gate=none)",
                        "adapter, prefix and LoRA"),
                preset(NO_GATE, "unipelt-ap-nogate", "unipelt(adapter,prefix,gate=none)", "adapter and prefix"),
                preset(NO_GATE, "unipelt-pl-nogate", "unipelt(prefix,lora,gate=none)", "prefix and LoRA"),
                preset(UNIFIED, "mam", both(shortPrefix, scaled), "prefix and scaled adapter"),
                preset(UNIFIED, "scaled-parallel-adapter", scaled, "beside the FFN, scale 4"),
                preset(
                        UNIFIED,
                        "scaled-parallel-adapter-learned",
                        AT_FFN.formatted(512, "parallel", "learned", "lora"),
                        "its scale is learned"),
                preset(
                        UNIFIED,
                        "sequential-adapter-attn",
                        AT_ATTENTION.formatted(200, "sequential"),
                        "behind attention"),
                preset(
                        UNIFIED,
                        "sequential-adapter-ffn",
                        AT_FFN.formatted(512, "sequential", "add", "bert"),
                        "behind the FFN"),
                preset(UNIFIED, "parallel-adapter-attn", AT_ATTENTION.formatted(200, "parallel"), "beside attention"),
                preset(UNIFIED, "parallel-adapter-ffn", adapterFfn, "beside the FFN"),
                preset(
                        UNIFIED,
                        "parallel-adapter-attn-ffn",
                        both(AT_ATTENTION.formatted(30, "parallel"), adapterFfn),
                        "beside both"),
                preset(
                        UNIFIED,
                        "multi-head-parallel-adapter",
                        PREFIX.formatted(200, ",attend=relu", "add"),
                        "at each head"),
                preset(UNIFIED, "prefix-lambda", PREFIX.formatted(200, "", "lambda"), "prefix, by Eq. 7"),
                preset(UNIFIED, "prefix-add", PREFIX.formatted(30, "", "add"), "prefix, added"),
                preset(UNIFIED, "lora-ffn", loraFfn, "LoRA in the FFN"),
                preset(UNIFIED, "prefix-lora-ffn", both(shortPrefix, loraFfn), "prefix and LoRA in the FFN"));
        return Stream.concat(
                        known, ADDED.stream().map(added -> preset(OTHER, added.name(), added.name(), added.summary())))
                .collect(Collectors.toMap(Preset::name, preset -> preset, (one, other) -> one, LinkedHashMap::new));
    }

    private static Preset preset(Preset.Group group, String name, String text, String summary) {
        return new Preset(name, text, group, summary);
    }

    /** A kind of method at its defaults. */
    private static Preset single(String name, String summary) {
        return preset(SINGLE, name, name, summary);
    }

    private static String both(String one, String other) {
        return "unipelt(" + one + "," + other + ",gate=none)";
    }

    private Methods() {}

    /** Every method with a name, the default first, then group by group. */
    public static Collection<Preset> presets() {
        return PRESETS.values();
    }

    /** The names of all presets. */
    public static Set<String> names() {
        return PRESETS.keySet();
    }

    /** The words that name a kind of method. */
    static Set<String> kinds() {
        return Collections.unmodifiableSet(BY_NAME.keySet());
    }

    /** The preset of that name, if there is one. */
    public static Optional<Preset> preset(String name) {
        Objects.requireNonNull(name, "name is null");
        return Optional.ofNullable(PRESETS.get(name));
    }

    /**
     * Reads a method's text or a preset's name.
     *
     * @throws InputException if the text is wrong; says what is wrong and names the nearest right name
     */
    public static Method parse(String text) {
        return parse(text, module -> Set.of());
    }

    /**
     * Reads a method's text or a preset's name. Places may also have the names of a base model's modules, as in peft's
     * {@code target_modules}: {@code lora(on=q_proj+v_proj)}. The method itself only knows the places.
     *
     * @param modules finds the places of the modules of that name; empty if there are none
     * @throws InputException if the text is wrong; says what is wrong and names the nearest right name
     */
    public static Method parse(String text, Function<String, Set<Place>> modules) {
        Objects.requireNonNull(modules, "modules is null");
        return build(MethodText.parse(text), modules);
    }

    /**
     * Checks a text as far as possible before its base model is known: a name of a place that is not nearly one of ours
     * may be that of a module.
     *
     * @return the method; its places may change with the base model
     * @throws InputException if the text is wrong; says what is wrong and names the nearest right name
     */
    public static Method check(String text) {
        List<String> ours = Stream.of(Place.values()).map(Place::text).toList();
        return parse(
                text,
                module -> module.isEmpty() || Suggestion.nearest(module, ours).isPresent()
                        ? Set.of()
                        : Set.of(Place.VALUE));
    }

    /** What makes the method of a kind from its options; empty if there is no such kind. */
    static Optional<Function<Options, Method>> kind(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The method of a parsed text. */
    static Method build(MethodText text, Function<String, Set<Place>> modules) {
        String name = text.word();
        Optional<Function<Options, Method>> kind = kind(name);
        if (kind.isPresent()) {
            Options options = new Options(text, modules);
            return options.finish(kind.get().apply(options));
        }
        Preset preset = PRESETS.get(name);
        if (preset == null) {
            TreeSet<String> known = new TreeSet<>(BY_NAME.keySet());
            known.addAll(PRESETS.keySet());
            throw PeerWords.unknownMethod(name, known);
        }
        if (text.bracket()) {
            throw new InputException("'" + name + "' is a preset without options; write out what it stands for: '"
                    + preset.text() + "'");
        }
        return parse(preset.text());
    }
}

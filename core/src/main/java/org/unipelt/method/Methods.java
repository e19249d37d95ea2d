package org.unipelt.method;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.unipelt.InputException;

/**
 * Every method there is, by name, and methods as text: {@code lora(rank=8,alpha=16,on=query+value)},
 * {@code unipelt(adapter(bottleneck=48),prefix(length=10),lora)}. Options that are left out have their defaults.
 */
public final class Methods {
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
        methods.put("modification", Modification::of);
        methods.put("unipelt", UniPelt::of);
        return methods;
    }

    /** Those that mean nothing without what they combine. */
    private static final Set<String> COMBINING = Set.of("modification", "unipelt");

    // He et al. 2022: attention's adapters have a layer norm in front and BERT's initial values, as in the authors'
    // program.
    private static final String AT_ATTENTION = "modification(form=bottleneck(rank=%s,norm=in),at=attention,insert=%s,"
            + "compose=add,init=bert,name=attention-adapter)";
    private static final String AT_FFN = "modification(form=bottleneck(rank=%s),at=ffn,insert=%s,compose=%s,init=%s)";
    private static final String PREFIX =
            "modification(form=prefix(length=%s,network=800%s),at=attention,compose=%s,init=torch)";

    /** A name for a method with particular options. */
    private static final Map<String, String> PRESETS = presets();

    private static Map<String, String> presets() {
        Map<String, String> presets = new LinkedHashMap<>();
        BY_NAME.keySet().stream().filter(name -> !COMBINING.contains(name)).forEach(name -> presets.put(name, name));
        presets.put("compacter", "modification(form=compacter(rank=24),at=ffn,insert=pfeiffer,name=compacter)");
        presets.put("unipelt-ap", "unipelt(adapter,prefix)");
        presets.put("unipelt-al", "unipelt(adapter,lora)");
        presets.put("unipelt-pl", "unipelt(prefix,lora)");
        presets.put("unipelt-apl", "unipelt(adapter,prefix,lora)");
        presets.put("unipelt-cpl", "unipelt(compacter,prefix,lora)");
        presets.put("unipelt-ap-nogate", "unipelt(adapter,prefix,gate=none)");
        presets.put("unipelt-al-nogate", "unipelt(adapter,lora,gate=none)");
        presets.put("unipelt-pl-nogate", "unipelt(prefix,lora,gate=none)");
        presets.put("unipelt-apl-nogate", "unipelt(adapter,prefix,lora,gate=none)");
        // He et al. 2022, with the sizes of their Tables 3 to 6.
        presets.put("sequential-adapter-attn", AT_ATTENTION.formatted(200, "sequential"));
        presets.put("sequential-adapter-ffn", AT_FFN.formatted(512, "sequential", "add", "bert"));
        presets.put("parallel-adapter-attn", AT_ATTENTION.formatted(200, "parallel"));
        presets.put("parallel-adapter-ffn", AT_FFN.formatted(512, "parallel", "add", "bert"));
        presets.put("parallel-adapter-attn-ffn", both(AT_ATTENTION.formatted(30, "parallel"), "parallel-adapter-ffn"));
        presets.put("scaled-parallel-adapter", AT_FFN.formatted(512, "parallel", "scale(4)", "lora"));
        presets.put("scaled-parallel-adapter-learned", AT_FFN.formatted(512, "parallel", "learned", "lora"));
        presets.put("multi-head-parallel-adapter", PREFIX.formatted(200, ",attend=relu", "add"));
        presets.put("prefix-lambda", PREFIX.formatted(200, "", "lambda"));
        presets.put("prefix-add", PREFIX.formatted(30, "", "add"));
        presets.put("lora-ffn", "modification(form=low-rank(rank=102),at=ffn-up+ffn-down,compose=scale(4))");
        presets.put("prefix-lora-ffn", both(PREFIX.formatted(30, "", "concat"), "lora-ffn"));
        presets.put("mam", both(PREFIX.formatted(30, "", "concat"), "scaled-parallel-adapter"));
        presets.put("unipelt-mam", "unipelt(" + PREFIX.formatted(30, "", "concat") + ",scaled-parallel-adapter)");
        return presets;
    }

    private static String both(String one, String other) {
        return "unipelt(" + one + "," + other + ",gate=none)";
    }

    private Methods() {}

    /** The presets' names and texts, in reading order. */
    public static Map<String, String> all() {
        return java.util.Collections.unmodifiableMap(PRESETS);
    }

    /**
     * Reads a method's text or a preset's name.
     *
     * @throws InputException if the text is wrong; says what is wrong and names the nearest right name
     */
    public static Method parse(String text) {
        return build(Text.parse(text));
    }

    /** The method of a parsed text. */
    static Method build(Text text) {
        String name = text.word();
        Function<Options, Method> method = BY_NAME.get(name);
        if (method != null) {
            Options options = new Options(text);
            return options.finish(method.apply(options));
        }
        String preset = PRESETS.get(name);
        if (preset == null) {
            TreeSet<String> known = new TreeSet<>(BY_NAME.keySet());
            known.addAll(PRESETS.keySet());
            throw InputException.unknown("method", name, known);
        }
        if (text.bracket()) {
            throw new InputException(
                    "'" + name + "' is a preset without options; write out what it stands for: " + preset);
        }
        return parse(preset);
    }
}

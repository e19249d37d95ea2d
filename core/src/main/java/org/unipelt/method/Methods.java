package org.unipelt.method;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.unipelt.InputException;

/**
 * Every method there is, by name, and methods as text: {@code lora(rank=8,alpha=16,on=query+value)},
 * {@code unipelt(adapter(bottleneck=48),prefix(length=10),lora)}. Options left out have their defaults.
 */
public final class Methods {
    /** A new method is one line here. */
    private static final Map<String, Function<Options, Method>> BY_NAME = byName();

    private static Map<String, Function<Options, Method>> byName() {
        Map<String, Function<Options, Method>> methods = new LinkedHashMap<>();
        methods.put("full", Full::of);
        methods.put("head", HeadOnly::of);
        methods.put("bitfit", BitFit::of);
        methods.put("adapter", Adapter::of);
        methods.put("houlsby", Houlsby::of);
        methods.put("prefix", Prefix::of);
        methods.put("prompt", Prompt::of);
        methods.put("lora", Lora::of);
        methods.put("unipelt", UniPelt::of);
        return methods;
    }

    /** A name for a method with particular options. */
    private static final Map<String, String> PRESETS = presets();

    private static Map<String, String> presets() {
        Map<String, String> presets = new LinkedHashMap<>();
        BY_NAME.keySet().stream().filter(name -> !name.equals("unipelt")).forEach(name -> presets.put(name, name));
        presets.put("unipelt-ap", "unipelt(adapter,prefix)");
        presets.put("unipelt-al", "unipelt(adapter,lora)");
        presets.put("unipelt-pl", "unipelt(prefix,lora)");
        presets.put("unipelt-apl", "unipelt(adapter,prefix,lora)");
        presets.put("unipelt-ap-nogate", "unipelt(adapter,prefix,gate=none)");
        presets.put("unipelt-al-nogate", "unipelt(adapter,lora,gate=none)");
        presets.put("unipelt-pl-nogate", "unipelt(prefix,lora,gate=none)");
        presets.put("unipelt-apl-nogate", "unipelt(adapter,prefix,lora,gate=none)");
        return presets;
    }

    private Methods() {}

    /** The presets' names and texts, in the order in which one wants to read them. */
    public static Map<String, String> all() {
        return java.util.Collections.unmodifiableMap(PRESETS);
    }

    /**
     * Reads a method's text or a preset's name.
     *
     * @throws InputException if it is not understood, with what is wrong and the nearest right name
     */
    public static Method parse(String text) {
        Reader reader = new Reader(text.replaceAll("\\s+", ""));
        Method method = reader.method();
        reader.end();
        return method;
    }

    /** Recursive descent over {@code name [ '(' item { ',' item } ')' ]}, item = {@code key '=' value} or a method. */
    private static final class Reader {
        /** Twice what a right text needs, so that a wrong one is told what is wrong with it. */
        private static final int DEEPEST = 4;
        /** So much of a text is repeated in a message. */
        private static final int SHOWN = 200;

        private final String text;
        private int at;
        private int depth;

        Reader(String text) {
            this.text = text;
        }

        Method method() {
            return method(word("a method's name"));
        }

        private Method method(String name) {
            Map<String, String> given = new LinkedHashMap<>();
            List<Method> inner = new ArrayList<>();
            boolean bracket = accept('(');
            if (++depth > DEEPEST) {
                throw wrong("too many brackets within brackets");
            }
            if (bracket && !accept(')')) {
                do {
                    String word = word("an option or a method");
                    if (accept('=')) {
                        if (given.put(word, word("a value for " + word)) != null) {
                            throw wrong("'" + word + "' is given twice");
                        }
                    } else {
                        inner.add(method(word));
                    }
                } while (accept(','));
                if (!accept(')')) {
                    throw wrong("expected ',' or ')'");
                }
            }
            depth--;
            return build(name, bracket, given, inner);
        }

        private Method build(String name, boolean bracket, Map<String, String> given, List<Method> inner) {
            Function<Options, Method> method = BY_NAME.get(name);
            if (method != null) {
                Options options = new Options(name, given, inner);
                return options.finish(method.apply(options));
            }
            String preset = PRESETS.get(name);
            if (preset == null) {
                TreeSet<String> known = new TreeSet<>(BY_NAME.keySet());
                known.addAll(PRESETS.keySet());
                throw InputException.unknown("method", name, known);
            }
            if (bracket) {
                throw new InputException(
                        "'" + name + "' is a preset without options; write out what it stands for: " + preset);
            }
            return parse(preset);
        }

        void end() {
            if (at < text.length()) {
                throw wrong("nothing expected after the method");
            }
        }

        private boolean accept(char c) {
            boolean there = at < text.length() && text.charAt(at) == c;
            at += there ? 1 : 0;
            return there;
        }

        private String word(String what) {
            int start = at;
            while (at < text.length() && "(),=".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            if (at == start) {
                throw wrong("expected " + what);
            }
            return text.substring(start, at);
        }

        private InputException wrong(String what) {
            String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
            return new InputException("method '" + shown + "': " + what + " at character " + (at + 1));
        }
    }
}

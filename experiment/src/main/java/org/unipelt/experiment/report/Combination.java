package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A method that is several in one, and which single methods of the study are its sub-modules.
 *
 * @param method its name
 * @param gated whether gates weigh its sub-modules
 * @param submodules the names of single methods of the study, in the text's order; others of its sub-modules were not run
 */
record Combination(String method, boolean gated, List<String> submodules) {
    /** With this word the text of a combination begins. */
    static final String WORD = "unipelt";

    /** The combinations that were run as they are on a model and a size, with the single methods run there. */
    static List<Combination> of(Study study, String model, Optional<Integer> samples) {
        List<String> methods = study.methods(model, samples);
        return methods.stream()
                .filter(study::isCombination)
                .map(method -> {
                    String text = study.text(method);
                    List<String> submodules = new ArrayList<>();
                    for (String part : parts(text)) {
                        methods.stream()
                                .filter(single -> !study.isCombination(single))
                                .filter(single -> same(study.text(single), part))
                                .findFirst()
                                .ifPresent(submodules::add);
                    }
                    return new Combination(method, !text.contains("gate=none"), List.copyOf(submodules));
                })
                .toList();
    }

    /** What stands between the text's brackets, but not the options. */
    static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int from = text.indexOf('(') + 1;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (depth == 0 && (c == ',' || c == ')')) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        return parts.stream()
                .filter(part -> !part.isBlank())
                .filter(part ->
                        part.indexOf('=') < 0 || part.indexOf('(') >= 0 && part.indexOf('(') < part.indexOf('='))
                .toList();
    }

    /** The same text; or, where options differ, the same word, as a gated LoRA says more than a single one. */
    private static boolean same(String single, String part) {
        return single.equals(part)
                || !word(part).equals("modification") && word(single).equals(word(part));
    }

    private static String word(String text) {
        return text.contains("(") ? text.substring(0, text.indexOf('(')) : text;
    }
}

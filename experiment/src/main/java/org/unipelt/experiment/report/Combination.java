package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;

/**
 * A method that combines several, with its sub-modules among the single methods of the study.
 *
 * @param method its name
 * @param gated whether gates weigh its sub-modules
 * @param submodules names of single methods of the study, in the text's order; sub-modules that did not run alone are
 *     absent
 */
record Combination(String method, boolean gated, List<String> submodules) {
    /** The combinations of a slice without varied values, with the single methods of the slice. */
    static List<Combination> of(Study study, Slice slice) {
        List<String> methods = study.methods(slice);
        return methods.stream()
                .filter(study::isCombination)
                .map(method -> {
                    Method combined = Methods.parse(study.text(method));
                    List<String> submodules = new ArrayList<>();
                    for (Method part : combined.submodules()) {
                        methods.stream()
                                .filter(single -> !study.isCombination(single))
                                .filter(single -> same(study.text(single), part.toString()))
                                .findFirst()
                                .ifPresent(submodules::add);
                    }
                    return new Combination(method, combined.isGated(), List.copyOf(submodules));
                })
                .toList();
    }

    /**
     * The method with the same text; else the one with the same word: a gated LoRA has more options than a single one.
     */
    private static boolean same(String single, String part) {
        return single.equals(part)
                || (!word(part).equals("modification") && word(single).equals(word(part)));
    }

    private static String word(String text) {
        return text.contains("(") ? text.substring(0, text.indexOf('(')) : text;
    }
}

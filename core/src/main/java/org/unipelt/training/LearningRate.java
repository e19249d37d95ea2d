package org.unipelt.training;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.unipelt.method.Method;

/**
 * The learning rate of a method on a base model, and its origin. The only class that knows rates.
 *
 * <p>A rate belongs to a kind of method and not to its options: {@code lora(rank=4)} has LoRA's rate. A combination has
 * the lowest rate of its sub-modules.
 *
 * @param value at the start of training
 * @param found whether an experiment found it, for this model or for one that a rule scales it from. Do not compare
 *     scores of methods with found rates and of methods without
 * @param origin origin in words, e.g. {@code found for bge-small}
 */
public record LearningRate(double value, boolean found, String origin) {
    /** The width of the embedded models. */
    private static final double FOUND_WIDTH = 384;

    private static final String RULE_FROM = "bge-small";

    /** Found by experiment: docs/results.md says how, and for which kinds only few rates were tried. */
    private static final Map<String, Map<String, Double>> FOUND = Map.of(
            "minilm-l6",
            Map.of("head", 5e-3, "full", 1e-4, "bitfit", 5e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3),
            RULE_FROM,
            Map.of("head", 5e-3, "full", 3e-5, "bitfit", 3e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3));

    /** A rate that the user chose. */
    public static LearningRate given(double value) {
        return new LearningRate(value, false, "as given");
    }

    /** The rate of the UniPELT paper's Appendix B, for BERT-base; for other methods the method's own default. */
    public static LearningRate paper(Method method) {
        return new LearningRate(method.learningRate(), false, "of the paper");
    }

    /**
     * The best known rate for a base model: found for it by experiment, otherwise by a rule from its size. Kinds of
     * methods without a found rate have the paper's.
     *
     * <p>The rule scales the rates of bge-small, 384 wide and 12 layers deep, by 1 / width: the best rate for Adam
     * falls so with the width (Yang et al. 2021, "Tensor Programs V", Table 3).
     *
     * @param base the base model's name
     * @param hidden its hidden size
     */
    public static LearningRate of(Method method, String base, int hidden) {
        Map<String, Double> rates = Objects.requireNonNull(FOUND.get(FOUND.containsKey(base) ? base : RULE_FROM));
        List<String> unknown = kinds(method)
                .filter(kind -> !rates.containsKey(kind))
                .distinct()
                .toList();
        if (!unknown.isEmpty()) {
            return new LearningRate(
                    method.learningRate(),
                    false,
                    "the method's own, as none was found for " + String.join(", ", unknown));
        }
        double lowest = kinds(method).mapToDouble(rates::get).min().orElseThrow();
        if (FOUND.containsKey(base)) {
            return new LearningRate(lowest, true, "found for " + base);
        }
        return new LearningRate(
                lowest * FOUND_WIDTH / hidden,
                true,
                String.format(Locale.ROOT, "by the rule for a model %,d wide", hidden));
    }

    /** The kinds of a method's sub-modules, or its own kind. */
    private static Stream<String> kinds(Method method) {
        return method.submodules().isEmpty()
                ? Stream.of(method.kind())
                : method.submodules().stream().flatMap(LearningRate::kinds);
    }
}

package org.unipelt.training;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.unipelt.method.Method;

/**
 * The learning rate that a method trains at on a base model, and where that number is from. The one place that knows rates.
 *
 * <p>A rate belongs to a kind of method, whatever its options: {@code lora(rank=4)} learns at LoRA's. A combination learns
 * at the lowest rate of its parts.
 *
 * @param value at the start of training; it falls from there
 * @param found whether an experiment found it, for this model or for one from which a rule leads here; scores of a method
 *     whose rate was found are not comparable with those of one whose rate was not
 * @param origin where it is from, e.g. {@code found for bge-small}
 */
public record LearningRate(double value, boolean found, String origin) {
    /** The width of the embedded models. */
    private static final double FOUND_WIDTH = 384;

    private static final String RULE_FROM = "bge-small";

    /** By experiment: docs/results.md says how, and for which kinds few rates were tried. */
    private static final Map<String, Map<String, Double>> FOUND = Map.of(
            "minilm-l6",
            Map.of("head", 5e-3, "full", 1e-4, "bitfit", 5e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3),
            RULE_FROM,
            Map.of("head", 5e-3, "full", 3e-5, "bitfit", 3e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3));

    /** A rate that the user chose. */
    public static LearningRate given(double value) {
        return new LearningRate(value, false, "as given");
    }

    /** The method's own rate: that of the UniPELT paper's Appendix B where it has one, for BERT-base. */
    public static LearningRate paper(Method method) {
        return new LearningRate(method.learningRate(), false, "of the paper");
    }

    /**
     * The best that is known for a base model: what was found for it by experiment; else, by a rule from its size. A kind
     * of method for which nothing was found has the paper's rate, and says so.
     *
     * <p>The rule: rates found for bge-small, 384 wide and 12 layers deep, in proportion to 1 / width (the rate that
     * suits Adam falls so as a network widens: Yang et al. 2021, "Tensor Programs V", Table 3).
     *
     * @param base the base model's name
     * @param hidden its hidden size
     */
    public static LearningRate of(Method method, String base, int hidden) {
        Map<String, Double> rates = FOUND.getOrDefault(base, FOUND.get(RULE_FROM));
        List<String> unknown = kinds(method)
                .filter(kind -> !rates.containsKey(kind))
                .distinct()
                .toList();
        if (!unknown.isEmpty()) {
            return new LearningRate(
                    method.learningRate(), false, "of the paper, as none was found for " + String.join(", ", unknown));
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

    /** The kinds of a method's parts, or its own. */
    private static Stream<String> kinds(Method method) {
        return method.submodules().isEmpty()
                ? Stream.of(method.kind())
                : method.submodules().stream().flatMap(LearningRate::kinds);
    }
}

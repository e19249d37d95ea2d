package org.unipelt.training;

import java.util.Locale;
import java.util.Map;
import org.unipelt.backbone.Shape;
import org.unipelt.method.Method;

/**
 * The learning rate that a method trains at on a base model, and where that number is from. The one place that knows rates.
 *
 * <p>A rate belongs to a kind of method, whatever its options: {@code lora(rank=4)} learns at LoRA's. A combination learns
 * at the lowest rate of its parts.
 *
 * @param value at the start of training; it falls from there
 * @param origin where it is from, e.g. {@code found for bge-small}
 */
public record LearningRate(double value, String origin) {
    /** The width of the embedded models. */
    private static final double FOUND_WIDTH = 384;

    /** By experiment, on tables and tasks that no result reports: docs/results.md says how. */
    private static final Map<String, Map<String, Double>> FOUND = Map.of(
            "minilm-l6",
            Map.of("head", 5e-3, "full", 1e-4, "bitfit", 5e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3),
            "bge-small",
            Map.of("head", 5e-3, "full", 3e-5, "bitfit", 3e-3, "adapter", 1e-3, "prefix", 3e-3, "lora", 1e-3));

    /** A rate that the user chose. */
    public static LearningRate given(double value) {
        return new LearningRate(value, "as given");
    }

    /** The method's own rate: that of the UniPELT paper's Appendix B where it has one, for BERT-base. */
    public static LearningRate paper(Method method) {
        return new LearningRate(method.learningRate(), "of the paper");
    }

    /**
     * The best that is known for a base model: what was found for it by experiment; else, by a rule from its size.
     *
     * <p>The rule: rates found for bge-small, 384 wide and 12 layers deep, in proportion to 1 / width (the rate that
     * suits Adam falls so as a network widens: Yang et al. 2021, "Tensor Programs V", Table 3).
     *
     * @param base the base model's name
     * @param shape its sizes
     */
    public static LearningRate of(Method method, String base, Shape shape) {
        Map<String, Double> found = FOUND.get(base);
        if (found != null) {
            return new LearningRate(lowest(method, found), "found for " + base);
        }
        double scale = FOUND_WIDTH / shape.hidden();
        return new LearningRate(
                scale * lowest(method, FOUND.get("bge-small")),
                String.format(Locale.ROOT, "by the rule for a model %,d wide", shape.hidden()));
    }

    private static double lowest(Method method, Map<String, Double> rates) {
        if (method.submodules().isEmpty()) {
            // A method without steps needs none.
            return rates.getOrDefault(method.kind(), method.learningRate());
        }
        return method.submodules().stream()
                .mapToDouble(submodule -> lowest(submodule, rates))
                .min()
                .orElseThrow();
    }
}

package org.unipelt.metric;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How well a model does on labelled data.
 *
 * @param examples how many there were
 * @param metrics by name, the main one first
 * @param confusion which classes are taken for which; none if answers are no classes
 * @param right each right answer as a number, a class's index or a score; empty for texts
 * @param predicted each answer as such a number
 */
public record Evaluation(
        int examples,
        Map<String, Double> metrics,
        Optional<ConfusionMatrix> confusion,
        List<Number> right,
        List<Number> predicted) {}

package org.unipelt.metric;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's results on labelled data. Any number of threads may read it.
 *
 * @param examples the number of examples
 * @param metrics values by name, the main metric first
 * @param confusion the confusion matrix; empty if answers are not classes
 * @param right each right answer as a number: a class's index or a score; empty for texts
 * @param predicted each predicted answer as such a number
 */
public record Evaluation(
        int examples,
        Map<String, Double> metrics,
        Optional<ConfusionMatrix> confusion,
        List<Number> right,
        List<Number> predicted) {}

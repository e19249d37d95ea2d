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
 * @param labels the scores of every label; empty if answers are not label sets
 * @param entities the scores of every type of entity; empty if answers are not spans
 * @param right each right answer as a number: a class's index, a score, or a label set as a whole number in which bit i
 *     is label i; empty for texts and spans
 * @param predicted each predicted answer as such a number
 * @param probabilities the probability of every class for every row; empty if answers are not classes
 */
public record Evaluation(
        int examples,
        Map<String, Double> metrics,
        Optional<ConfusionMatrix> confusion,
        Optional<List<LabelScore>> labels,
        Optional<List<EntityScore>> entities,
        List<Number> right,
        List<Number> predicted,
        Optional<ClassProbabilities> probabilities) {
    /** Results of answers that are neither classes nor spans. */
    public Evaluation(
            int examples,
            Map<String, Double> metrics,
            Optional<ConfusionMatrix> confusion,
            Optional<List<LabelScore>> labels,
            List<Number> right,
            List<Number> predicted) {
        this(examples, metrics, confusion, labels, Optional.empty(), right, predicted, Optional.empty());
    }
}

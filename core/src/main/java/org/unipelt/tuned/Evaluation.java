package org.unipelt.tuned;

import java.util.Map;
import java.util.Optional;
import org.unipelt.task.ConfusionMatrix;

/**
 * How well a tuned model does on labelled data.
 *
 * @param examples how many there were
 * @param metrics by name, the main one first
 * @param confusion which classes are taken for which; none for scores
 */
public record Evaluation(int examples, Map<String, Double> metrics, Optional<ConfusionMatrix> confusion) {}

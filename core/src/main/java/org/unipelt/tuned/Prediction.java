package org.unipelt.tuned;

import java.util.Map;

/**
 * What a tuned model says of one text.
 *
 * @param label the most probable class, or the score as text
 * @param value the class's probability, or the score
 * @param all every class's probability in the order of the labels; empty for scores
 */
public record Prediction(String label, double value, Map<String, Double> all) {}

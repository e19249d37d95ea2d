package org.unipelt.tuned;

import java.util.Map;

/**
 * What a tuned model says of one text.
 *
 * @param label the most probable class, the score as text, or what was written
 * @param value the class's probability, or the score; NaN for a written text
 * @param all every class's probability in the order of the labels; empty for scores and texts
 */
public record Prediction(String label, double value, Map<String, Double> all) {}

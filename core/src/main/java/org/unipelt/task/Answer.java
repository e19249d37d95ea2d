package org.unipelt.task;

import java.util.Map;

/** What a model answers for one text. */
public sealed interface Answer {
    /** The answer alone, as one prints it: the class, the score, or the text. */
    String text();

    /**
     * One of several classes.
     *
     * @param text the most probable class
     * @param probability its probability
     * @param probabilities every class's, in the order of the classes
     */
    record Label(String text, double probability, Map<String, Double> probabilities) implements Answer {}

    /**
     * A number on a scale.
     *
     * @param value the number, of single precision
     */
    record Score(double value) implements Answer {
        @Override
        public String text() {
            return Float.toString((float) value);
        }
    }

    /**
     * A text of the model's own.
     *
     * @param text without its special tokens
     */
    record Text(String text) implements Answer {}
}

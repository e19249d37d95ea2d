package org.unipelt.task;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A model's answer to one text. Immutable, so any number of threads may share it. */
public sealed interface Answer {
    /** Returns the answer alone as text: the class, the labels, the score, the relevance, or the generated text. */
    String text();

    /**
     * One of several classes.
     *
     * @param text the most probable class
     * @param probability its probability
     * @param probabilities every class's, in the order of the classes
     */
    record Label(String text, double probability, Map<String, Double> probabilities) implements Answer {
        /** Returns whether the class has at least this probability; a program may abstain otherwise. */
        public boolean reaches(double least) {
            return probability >= least;
        }
    }

    /**
     * Any number of labels.
     *
     * @param labels those that pass their thresholds, in the order of the labels
     * @param probabilities every label's, in the order of the labels
     */
    record Labels(List<String> labels, Map<String, Double> probabilities) implements Answer {
        /** Copies the list. */
        public Labels {
            labels = List.copyOf(labels);
        }

        /** Returns the labels with commas between them; an empty text if there is none. */
        @Override
        public String text() {
            return String.join(",", labels);
        }
    }

    /**
     * Labelled spans: names found in the text, also none.
     *
     * @param spans the names, in their order in the text
     */
    record Spans(List<Found> spans) implements Answer {
        /**
         * A name found in a text. Offsets are Java's; {@link org.unipelt.data.Span#codePoints} converts them.
         *
         * @param start the index of its first {@code char} in the text
         * @param end the index after its last {@code char}
         * @param label its label
         * @param text the name itself
         * @param probability the mean of the probabilities of its words' tags
         */
        public record Found(int start, int end, String label, String text, double probability) {}

        /** Copies the list. */
        public Spans {
            spans = List.copyOf(spans);
        }

        /** Returns the names with their labels, e.g. {@code Anna (person); Bergen (place)}; an empty text if there is none. */
        @Override
        public String text() {
            return spans.stream()
                    .map(each -> each.text() + " (" + each.label() + ")")
                    .collect(Collectors.joining("; "));
        }
    }

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
     * How relevant a text is to a query.
     *
     * @param value from 0 to 1; more relevant texts have larger ones
     */
    record Relevance(double value) implements Answer {
        @Override
        public String text() {
            return Float.toString((float) value);
        }
    }

    /**
     * A generated text.
     *
     * @param text the text without special tokens
     */
    record Text(String text) implements Answer {}
}

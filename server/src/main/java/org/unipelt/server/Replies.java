package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.unipelt.data.Example;
import org.unipelt.data.Span;
import org.unipelt.task.Answer;

/** Answers as the bodies of text-embeddings-inference have them. */
final class Replies {
    private Replies() {}

    /** A label and its probability, a score, or a relevance. */
    record Prediction(String label, double score) {}

    /** A name found in a text; offsets count code points. */
    record Entity(@JsonProperty("entity_group") String label, double score, String word, int start, int end) {}

    /** A generated text. */
    record Generated(@JsonProperty("generated_text") String text) {}

    /** Returns the predictions for a text, the most probable first. */
    static List<?> of(Example example, Answer answer) {
        if (answer instanceof Answer.Label label) {
            return ordered(label.probabilities());
        }
        if (answer instanceof Answer.Labels labels) {
            return ordered(labels.probabilities());
        }
        if (answer instanceof Answer.Score score) {
            return List.of(new Prediction("score", score.value()));
        }
        if (answer instanceof Answer.Relevance relevance) {
            return List.of(new Prediction("relevance", relevance.value()));
        }
        if (answer instanceof Answer.Spans spans) {
            return spans.spans().stream()
                    .map(each -> new Entity(
                            each.label(),
                            each.probability(),
                            each.text(),
                            Span.codePoints(example.text(), each.start()),
                            Span.codePoints(example.text(), each.end())))
                    .toList();
        }
        return List.of(new Generated(answer.text()));
    }

    private static List<Prediction> ordered(Map<String, Double> probabilities) {
        return probabilities.entrySet().stream()
                .map(each -> new Prediction(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingDouble(Prediction::score).reversed())
                .toList();
    }
}

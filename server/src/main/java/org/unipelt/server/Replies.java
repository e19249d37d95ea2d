package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.data.Example;
import org.unipelt.data.Span;
import org.unipelt.task.Answer;
import org.unipelt.tuned.MixedBatch;

/** Answers as the bodies of text-embeddings-inference have them. */
final class Replies {
    private static final String SCORE = "score";
    private static final String RELEVANCE = "relevance";

    private Replies() {}

    /** A label and its probability, a score, or a relevance. */
    record Prediction(String label, double score) {}

    /** A name found in a text; offsets count code points. */
    record Entity(@JsonProperty("entity_group") String label, double score, String word, int start, int end) {}

    /** A generated text. */
    record Generated(@JsonProperty("generated_text") String text) {}

    /**
     * Returns the predictions for a text, the most probable first, with logits in place of probabilities.
     *
     * @throws Problem if the model has none
     */
    static List<Prediction> raw(ServedModel model, MixedBatch.Result result) {
        if (result.answer() instanceof Answer.Score score) {
            return List.of(new Prediction(SCORE, score.value()));
        }
        float[] logits = result.head()
                .orElseThrow(() -> Problem.failed("the model '" + model.name() + "' has no raw scores: it predicts "
                        + model.card().labels().describe()))
                .logits();
        if (result.answer() instanceof Answer.Relevance) {
            return List.of(new Prediction(RELEVANCE, logits[0]));
        }
        List<String> names = model.card().labels().names();
        return ordered(IntStream.range(0, names.size()).boxed().collect(Collectors.toMap(names::get, label ->
                (double) logits[label])));
    }

    /** Returns the predictions for a text, the most probable first. */
    static List<?> of(Example example, Answer answer) {
        if (answer instanceof Answer.Label label) {
            return ordered(label.probabilities());
        }
        if (answer instanceof Answer.Labels labels) {
            return ordered(labels.probabilities());
        }
        if (answer instanceof Answer.Score score) {
            return List.of(new Prediction(SCORE, score.value()));
        }
        if (answer instanceof Answer.Relevance relevance) {
            return List.of(new Prediction(RELEVANCE, relevance.value()));
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

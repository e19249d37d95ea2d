package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.RankedText;

/** {@code /predict} and {@code /rerank}, with the bodies of text-embeddings-inference and the field {@code adapter}. */
final class TextRoutes {
    private static final String NO_FUNCTION = "none";

    private final Models models;
    private final Asking asking;
    private final Bodies bodies;
    private final ServerSettings.Limits limits;

    TextRoutes(Models models, Asking asking, Bodies bodies, ServerSettings.Limits limits) {
        this.models = models;
        this.asking = asking;
        this.bodies = bodies;
        this.limits = limits;
    }

    /**
     * The body of {@code /predict}.
     *
     * @param inputs a text, a pair, or a batch of these
     * @param adapter a model's name, or one for each text; may be absent if there is one model
     * @param rawScores whether scores are logits, in place of probabilities
     * @param truncate whether longer texts are cut; absent means that they are
     * @param truncationDirection where texts are cut: {@code Right}, their end
     * @param parameters what Hugging Face's clients ask for
     */
    record Predict(
            JsonNode inputs,
            @Nullable JsonNode adapter,
            @JsonProperty("raw_scores") @Nullable Boolean rawScores,
            @Nullable Boolean truncate,
            @JsonProperty("truncation_direction") @Nullable String truncationDirection,
            @Nullable Parameters parameters) {
        boolean isRaw() {
            return Boolean.TRUE.equals(rawScores) || (parameters != null && NO_FUNCTION.equals(parameters.function()));
        }

        List<?> top(List<?> predictions) {
            Integer most = parameters == null ? null : parameters.most();
            return most == null ? predictions : predictions.subList(0, Math.min(most, predictions.size()));
        }
    }

    /**
     * What Hugging Face's clients ask for.
     *
     * @param most the most labels of a text
     * @param function {@code none} for logits; absent for the model's own probabilities
     */
    record Parameters(
            @JsonProperty("top_k") @Nullable Integer most,
            @JsonProperty("function_to_apply") @Nullable String function) {
        void check() {
            if (most != null && most < 1) {
                throw Problem.wrong("'top_k' must be at least 1, got " + most);
            }
            if (function != null && !function.equals(NO_FUNCTION)) {
                throw Problem.wrong(
                        "'function_to_apply' must be none: leave it out for the probabilities of the model");
            }
        }
    }

    /**
     * The body of {@code /rerank}.
     *
     * @param query what the texts are ranked for
     * @param texts the texts
     * @param adapter a model's name; may be absent if there is one model
     * @param rawScores whether scores are logits, in place of relevances from 0 to 1
     * @param returnText whether the answer repeats the texts
     * @param truncate whether longer texts are cut; absent means that they are
     * @param truncationDirection where texts are cut: {@code Right}, their end
     */
    record Rerank(
            @Nullable String query,
            @Nullable List<String> texts,
            @Nullable String adapter,
            @JsonProperty("raw_scores") @Nullable Boolean rawScores,
            @JsonProperty("return_text") @Nullable Boolean returnText,
            @Nullable Boolean truncate,
            @JsonProperty("truncation_direction") @Nullable String truncationDirection) {}

    /** A text in its place among those of a query. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Rank(int index, double score, Optional<String> text) {}

    void predict(Context request) {
        Predict body = bodies.read(request, Predict.class);
        requireRight(body.truncationDirection());
        if (body.parameters() != null) {
            body.parameters().check();
        }
        Texts texts = Texts.of(body.inputs(), limits);
        List<ServedModel> chosen = texts.models(body.adapter(), models);
        asking.answer(request, texts, chosen, cuts(body.truncate()), results -> {
            List<List<?>> replies = IntStream.range(0, results.size())
                    .<List<?>>mapToObj(i -> body.top(
                            body.isRaw()
                                    ? Replies.raw(chosen.get(i), results.get(i))
                                    : Replies.of(
                                            texts.examples().get(i),
                                            results.get(i).answer())))
                    .toList();
            bodies.write(request, texts.batch() ? replies : replies.get(0));
        });
    }

    void rerank(Context request) {
        Rerank body = bodies.read(request, Rerank.class);
        requireRight(body.truncationDirection());
        if (body.query() == null || body.texts() == null || body.texts().contains(null)) {
            throw Problem.wrong("a query and texts are needed: {\"query\": \"...\", \"texts\": [\"...\", \"...\"]}");
        }
        if (body.texts().isEmpty()) {
            throw Problem.empty("'texts' is empty; give the texts to rank");
        }
        Texts.requireFew("texts", body.texts().size(), limits);
        ServedModel model = body.adapter() == null ? models.only() : models.named(body.adapter());
        if (!(model.card().task() instanceof Ranking)) {
            throw Problem.failed("the model '" + model.name() + "' predicts "
                    + model.card().labels().describe() + "; only one that was trained on queries ranks texts");
        }
        Texts texts = new Texts(pairs(body.query(), body.texts()), true);
        asking.answer(
                request,
                texts,
                texts.examples().stream().map(each -> model).toList(),
                cuts(body.truncate()),
                results -> bodies.write(request, ranks(body, results)));
    }

    private List<Example> pairs(String query, List<String> texts) {
        return IntStream.range(0, texts.size())
                .mapToObj(i ->
                        Texts.example(List.of(query, texts.get(i)), "the query with the text at place " + i, limits))
                .toList();
    }

    private static List<Rank> ranks(Rerank body, List<MixedBatch.Result> results) {
        return RankedText.ordered(
                        Objects.requireNonNull(body.texts()),
                        results.stream()
                                .map(result -> (Answer.Relevance) result.answer())
                                .toList())
                .stream()
                .map(text -> new Rank(
                        text.index(),
                        Boolean.TRUE.equals(body.rawScores())
                                ? results.get(text.index()).head().orElseThrow().logits()[0]
                                : text.relevance(),
                        Boolean.TRUE.equals(body.returnText()) ? Optional.of(text.text()) : Optional.empty()))
                .toList();
    }

    static boolean cuts(@Nullable Boolean truncate) {
        return !Boolean.FALSE.equals(truncate);
    }

    static void requireRight(@Nullable String direction) {
        if (direction != null && !direction.toLowerCase(Locale.ROOT).equals("right")) {
            throw Problem.wrong("'truncation_direction' must be Right: texts are cut at their end, as in training");
        }
    }
}

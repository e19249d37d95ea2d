package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.Version;
import org.unipelt.data.Example;
import org.unipelt.interop.ModelCard;
import org.unipelt.metric.GateMean;
import org.unipelt.metric.GateMeans;
import org.unipelt.runtime.Engine;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.GateValues;

/** What a client may ask about the models: {@code /info}, {@code /v1/models}, a model's card, its gates for a text. */
final class ModelRoutes {
    private final Models models;
    private final Bodies bodies;
    private final ServerSettings settings;
    /** Gates are computed beside the batches, by as many requests at once as there are workers. */
    private final Semaphore gates = new Semaphore(Engine.workers().count());

    ModelRoutes(Models models, Bodies bodies, ServerSettings settings) {
        this.models = models;
        this.bodies = bodies;
        this.settings = settings;
    }

    /** The answer of {@code /info}: a model, and the limits. */
    record Info(
            @JsonProperty("model_id") String model,
            @JsonProperty("model_sha") String sha,
            @JsonProperty("model_dtype") String precision,
            @JsonProperty("model_type") Map<String, Object> type,
            @JsonProperty("max_input_length") int longest,
            @JsonProperty("max_batch_tokens") int batchTokens,
            @JsonProperty("max_client_batch_size") int texts,
            @JsonProperty("max_concurrent_requests") int queue,
            @JsonProperty("auto_truncate") boolean cuts,
            @JsonProperty("tokenization_workers") int workers,
            String version) {}

    /** The answer of {@code /v1/models}. */
    record Listing(String object, List<Listed> data) {}

    /**
     * A model in a list.
     *
     * @param thresholds of multi-label models the least probability at which a text gets each label
     * @param gates whether it has gates
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Listed(
            String id,
            String object,
            long created,
            @JsonProperty("owned_by") String owner,
            @JsonProperty("parent") String base,
            String method,
            String predicts,
            Optional<List<String>> labels,
            Optional<List<Double>> thresholds,
            boolean pairs,
            boolean gates,
            @JsonProperty("max_input_length") int longest) {}

    /** The body of a request for gates. */
    record GatesOf(@Nullable String text, @Nullable String pair) {}

    /**
     * A gate's value for a text: near 0 the sub-module is shut out, near 1 it acts fully.
     *
     * @param mean its mean over rows of the model's data, if the model's card has it
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Gate(String submodule, int layer, String place, double value, Optional<Double> mean) {}

    /** The answer of a request for gates. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Gates(String model, Optional<MeansOf> means, List<Gate> gates) {}

    /**
     * What the means are taken over.
     *
     * @param part the part of the model's data: {@code dev}, {@code test} or {@code train}
     * @param rows how many rows of it
     */
    record MeansOf(String part, int rows) {}

    void info(Context request) {
        String name = request.queryParam("adapter");
        ServedModel model = name == null ? models.only() : models.named(name);
        bodies.write(
                request,
                new Info(
                        model.name(),
                        model.card().checksum(),
                        model.base().precision().text(),
                        type(model),
                        model.longest(),
                        settings.batching().tokens(),
                        settings.limits().texts(),
                        settings.batching().queue(),
                        true,
                        Engine.workers().count(),
                        Version.text()));
    }

    private static Map<String, Object> type(ServedModel model) {
        List<String> names = model.card().labels().names();
        Map<String, String> labels = new LinkedHashMap<>();
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            labels.put(Integer.toString(i), names.get(i));
            ids.put(names.get(i), i);
        }
        return Map.of(
                model.card().task() instanceof Ranking ? "reranker" : "classifier",
                Map.of("id2label", labels, "label2id", ids));
    }

    void list(Context request) {
        bodies.write(
                request,
                new Listing(
                        "list", models.all().stream().map(ModelRoutes::listed).toList()));
    }

    void one(Context request) {
        bodies.write(request, listed(models.named(request.pathParam("name"))));
    }

    private static Listed listed(ServedModel model) {
        List<String> names = model.card().labels().names();
        return new Listed(
                model.name(),
                "model",
                model.loaded().getEpochSecond(),
                "unipelt",
                model.card().base().name(),
                model.card().method().toString(),
                model.card().labels().kind().text(),
                names.isEmpty() ? Optional.empty() : Optional.of(names),
                model.card().task() instanceof MultiLabel multi ? Optional.of(multi.thresholds()) : Optional.empty(),
                model.card().pairs(),
                model.card().method().isGated(),
                model.longest());
    }

    void card(Context request) {
        ServedModel model = models.named(request.pathParam("name"));
        model.begin();
        try {
            request.contentType("text/markdown; charset=utf-8")
                    .result(ModelCard.of(model.model()).text());
        } finally {
            model.end();
        }
    }

    void gates(Context request) {
        ServedModel model = models.named(request.pathParam("name"));
        GatesOf body = bodies.read(request, GatesOf.class);
        if (body.text() == null) {
            throw Problem.wrong("'text' is missing; give {\"text\": \"...\"}, and for pairs \"pair\" too");
        }
        Example example = Texts.example(
                body.pair() == null ? List.of(body.text()) : List.of(body.text(), body.pair()),
                "'text'",
                settings.limits());
        new Texts(List.of(example), false).requireFit(List.of(model));
        if (!gates.tryAcquire()) {
            throw Problem.full("gates are computed for others; ask again in a moment");
        }
        try {
            model.begin();
            try {
                GateMeans means = model.card().gates();
                bodies.write(
                        request,
                        new Gates(
                                model.name(),
                                means.gates().isEmpty()
                                        ? Optional.empty()
                                        : Optional.of(new MeansOf(means.part(), means.rows())),
                                model.model().gates(List.of(example)).stream()
                                        .map(gate -> gate(gate, means.gates()))
                                        .toList()));
            } catch (InputException e) {
                throw Problem.failed(e.getMessage());
            } finally {
                model.end();
            }
        } finally {
            gates.release();
        }
    }

    private static Gate gate(GateValues gate, List<GateMean> means) {
        GateMean ofText = gate.summary();
        return new Gate(
                ofText.submodule(),
                ofText.layer(),
                ofText.place(),
                gate.values()[0],
                means.stream()
                        .filter(mean -> mean.isOf(ofText))
                        .map(GateMean::mean)
                        .findFirst());
    }
}

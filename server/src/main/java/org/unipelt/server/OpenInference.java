package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.unipelt.Version;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.MixedBatch;

/**
 * The Open Inference Protocol, version 2, over HTTP: a tuned model is a model. Its inputs are {@code text} and for pairs
 * {@code pair}, of BYTES and one dimension. Its outputs are {@code probabilities} and {@code label}, or {@code score}.
 */
final class OpenInference {
    private static final String BYTES = "BYTES";
    private static final String NUMBERS = "FP64";
    private static final String TEXT = "text";
    private static final String PAIR = "pair";

    private final Models models;
    private final Asking asking;
    private final Bodies bodies;
    private final ServerSettings.Limits limits;

    OpenInference(Models models, Asking asking, Bodies bodies, ServerSettings.Limits limits) {
        this.models = models;
        this.asking = asking;
        this.bodies = bodies;
        this.limits = limits;
    }

    /** What the server is. */
    record About(String name, String version, List<String> extensions) {}

    /** Whether it lives. */
    record Live(boolean live) {}

    /** Whether it can answer. */
    record Ready(boolean ready) {}

    /** A tensor of a model; -1 stands for any size. */
    record Tensor(String name, String datatype, List<Long> shape) {}

    /** What a model reads and gives. */
    record Metadata(
            String name,
            List<String> versions,
            String platform,
            List<Tensor> inputs,
            List<Tensor> outputs,
            Map<String, Object> parameters) {}

    /** The body of a request for answers. */
    record Infer(
            @Nullable String id,
            @Nullable List<Input> inputs,
            @Nullable List<Wanted> outputs,
            @Nullable Map<String, JsonNode> parameters) {}

    /** Texts of a request. */
    record Input(
            String name,
            @Nullable List<Long> shape,
            String datatype,
            @Nullable Map<String, JsonNode> parameters,
            @Nullable JsonNode data) {}

    /** An output that a request asks for. */
    record Wanted(String name, @Nullable Map<String, JsonNode> parameters) {}

    /** Answers. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Inferred(@JsonProperty("model_name") String model, Optional<String> id, List<Output> outputs) {}

    /** A tensor of answers, row by row. */
    record Output(String name, String datatype, List<Long> shape, List<?> data) {}

    void about(Context request) {
        bodies.write(request, new About("unipelt", Version.text(), List.of()));
    }

    void live(Context request) {
        bodies.write(request, new Live(true));
    }

    void ready(Context request) {
        bodies.write(request, new Ready(!models.all().isEmpty()));
    }

    void modelReady(Context request) {
        models.named(request.pathParam("name"));
        bodies.write(request, new Ready(true));
    }

    void metadata(Context request) {
        ServedModel model = models.named(request.pathParam("name"));
        AdapterCard card = model.card();
        List<Tensor> inputs = Stream.of(TEXT, PAIR)
                .filter(name -> card.pairs() || name.equals(TEXT))
                .map(name -> new Tensor(name, BYTES, List.of(-1L)))
                .toList();
        bodies.write(
                request,
                new Metadata(
                        model.name(),
                        List.of(),
                        "unipelt",
                        inputs,
                        outputs(card),
                        Map.of("labels", card.labels().names())));
    }

    private static List<Tensor> outputs(AdapterCard card) {
        return switch (card.labels().kind()) {
            case CLASSES, MULTI ->
                List.of(
                        new Tensor("probabilities", NUMBERS, List.of(-1L, (long)
                                card.labels().names().size())),
                        new Tensor("label", BYTES, List.of(-1L)));
            case SCORE, RELEVANCE -> List.of(new Tensor("score", NUMBERS, List.of(-1L)));
            default -> List.of(new Tensor("label", BYTES, List.of(-1L)));
        };
    }

    void infer(Context request) {
        ServedModel model = models.named(request.pathParam("name"));
        Infer body = bodies.read(request, Infer.class);
        requireNoParameters(body.parameters());
        List<Example> examples = examples(model, body);
        List<String> known = outputs(model.card()).stream().map(Tensor::name).toList();
        List<String> wanted = wanted(body, known);
        asking.answer(
                request,
                new Texts(examples, true),
                Collections.nCopies(examples.size(), model),
                true,
                results -> bodies.write(
                        request,
                        new Inferred(
                                model.name(),
                                Optional.ofNullable(body.id()),
                                wanted.stream()
                                        .map(name -> output(
                                                name,
                                                results.stream()
                                                        .map(MixedBatch.Result::answer)
                                                        .toList()))
                                        .toList())));
    }

    private static void requireNoParameters(@Nullable Map<String, JsonNode> parameters) {
        if (parameters != null && !parameters.isEmpty()) {
            throw Problem.wrong("'parameters' has '"
                    + parameters.keySet().iterator().next() + "', and none are known here; leave it out");
        }
    }

    private static List<String> wanted(Infer body, List<String> known) {
        if (body.outputs() == null || body.outputs().isEmpty()) {
            return known;
        }
        List<String> wanted = new ArrayList<>();
        for (Wanted each : body.outputs()) {
            if (each == null || !known.contains(each.name())) {
                throw Problem.wrong("the model has no output '" + (each == null ? null : each.name()) + "'; it has "
                        + String.join(", ", known));
            }
            requireNoParameters(each.parameters());
            wanted.add(each.name());
        }
        return wanted;
    }

    private List<Example> examples(ServedModel model, Infer body) {
        boolean pairs = model.card().pairs();
        String needed = pairs ? "'text' and 'pair'" : "'text'";
        List<String> texts = null;
        List<String> seconds = null;
        for (Input input : body.inputs() == null ? List.<Input>of() : body.inputs()) {
            if (input == null || !(TEXT.equals(input.name()) || (pairs && PAIR.equals(input.name())))) {
                throw Problem.wrong("the model '" + model.name() + "' has no input '"
                        + (input == null ? null : input.name()) + "'; it reads " + needed);
            }
            if (input.name().equals(TEXT)) {
                texts = strings(input);
            } else {
                seconds = strings(input);
            }
        }
        if (texts == null || pairs != (seconds != null)) {
            throw Problem.wrong("the model '" + model.name() + "' needs the input " + needed + ", of datatype BYTES");
        }
        if (seconds != null && seconds.size() != texts.size()) {
            throw Problem.wrong("'text' has " + texts.size() + " texts and 'pair' has " + seconds.size());
        }
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            examples.add(Texts.example(
                    seconds == null ? List.of(texts.get(i)) : List.of(texts.get(i), seconds.get(i)),
                    "'text' at place " + i,
                    limits));
        }
        return examples;
    }

    private List<String> strings(Input input) {
        String where = "the input '" + input.name() + "'";
        requireNoParameters(input.parameters());
        if (!BYTES.equals(input.datatype())) {
            throw Problem.wrong(where + " must have the datatype BYTES, got " + input.datatype());
        }
        JsonNode data = input.data();
        if (data == null
                || !data.isArray()
                || StreamSupport.stream(data.spliterator(), false).anyMatch(each -> !each.isTextual())) {
            throw Problem.wrong(where + " must have 'data', a list of texts");
        }
        if (data.isEmpty()) {
            throw Problem.empty(where + " is empty; give a text");
        }
        Texts.requireFew(input.name(), data.size(), limits);
        List<Long> shape = input.shape();
        long size = data.size();
        if (shape == null || !(shape.equals(List.of(size)) || shape.equals(List.of(size, 1L)))) {
            throw Problem.wrong(where + " has " + size + " texts, so its shape must be [" + size + "], got " + shape);
        }
        return StreamSupport.stream(data.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    private static Output output(String name, List<Answer> answers) {
        long size = answers.size();
        return switch (name) {
            case "probabilities" -> {
                List<Double> all = answers.stream()
                        .flatMap(answer -> probabilities(answer).values().stream())
                        .toList();
                yield new Output(name, NUMBERS, List.of(size, all.size() / size), all);
            }
            case "score" ->
                new Output(
                        name,
                        NUMBERS,
                        List.of(size),
                        answers.stream().map(OpenInference::score).toList());
            default ->
                new Output(
                        name,
                        BYTES,
                        List.of(size),
                        answers.stream().map(Answer::text).toList());
        };
    }

    private static Map<String, Double> probabilities(Answer answer) {
        return answer instanceof Answer.Label label ? label.probabilities() : ((Answer.Labels) answer).probabilities();
    }

    private static double score(Answer answer) {
        return answer instanceof Answer.Score score ? score.value() : ((Answer.Relevance) answer).value();
    }
}

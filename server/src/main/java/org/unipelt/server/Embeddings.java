package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.Example;
import org.unipelt.tuned.MixedBatch;

/**
 * The vectors of texts: {@code /embed} with the bodies of text-embeddings-inference, and {@code /v1/embeddings} with OpenAI's. A
 * text's vector is what the last map of its model's head reads.
 */
final class Embeddings {
    private static final String BASE64 = "base64";
    private static final List<String> ENCODINGS = List.of("float", BASE64);

    private final Models models;
    private final Asking asking;
    private final Bodies bodies;
    private final ServerSettings.Limits limits;

    Embeddings(Models models, Asking asking, Bodies bodies, ServerSettings.Limits limits) {
        this.models = models;
        this.asking = asking;
        this.bodies = bodies;
        this.limits = limits;
    }

    /**
     * The body of {@code /embed}.
     *
     * @param inputs a text, or a list of texts
     * @param adapter a model's name, or one for each text; may be absent if there is one model
     * @param normalize whether vectors have the length 1; absent means that they have
     * @param truncate whether longer texts are cut; absent means that they are
     * @param truncationDirection where texts are cut: {@code Right}, their end
     */
    record Embed(
            JsonNode inputs,
            JsonNode adapter,
            Boolean normalize,
            @Nullable Boolean truncate,
            @JsonProperty("truncation_direction") String truncationDirection) {}

    /**
     * The body of {@code /v1/embeddings}.
     *
     * @param input a text, or a list of texts
     * @param model a model's name; may be absent if there is one model
     * @param encoding {@code float}, or {@code base64} of little-endian 32-bit numbers
     * @param dimensions must be absent: vectors have the width of the base model
     * @param user is not used
     */
    record OpenAi(
            JsonNode input,
            @Nullable String model,
            @JsonProperty("encoding_format") @Nullable String encoding,
            @Nullable Integer dimensions,
            @Nullable String user) {}

    /** The answer of {@code /v1/embeddings}. */
    record Listing(String object, List<Item> data, String model, Usage usage) {}

    /** A text's vector, as numbers or in base64. */
    record Item(String object, int index, Object embedding) {}

    /** How many tokens were read. */
    record Usage(
            @JsonProperty("prompt_tokens") int prompt,
            @JsonProperty("total_tokens") int total) {}

    void embed(Context request) {
        Embed body = bodies.read(request, Embed.class);
        TextRoutes.requireRight(body.truncationDirection());
        Texts texts = texts("inputs", body.inputs());
        List<ServedModel> chosen = texts.models(body.adapter(), models);
        boolean normalized = !Boolean.FALSE.equals(body.normalize());
        asking.answer(
                request,
                asking.rows(texts, chosen, TextRoutes.cuts(body.truncate())),
                results -> bodies.write(
                        request,
                        IntStream.range(0, results.size())
                                .mapToObj(i -> vector(chosen.get(i), results.get(i), normalized))
                                .toList()));
    }

    void openAi(Context request) {
        OpenAi body = bodies.read(request, OpenAi.class);
        if (body.dimensions() != null) {
            throw Problem.wrong(
                    "'dimensions' cannot be chosen: vectors have the width of the base model; leave it out");
        }
        if (body.encoding() != null && !ENCODINGS.contains(body.encoding())) {
            throw Problem.wrong("'encoding_format' must be " + String.join(" or ", ENCODINGS));
        }
        Texts texts = texts("input", body.input());
        ServedModel model = body.model() == null ? models.only() : models.named(body.model());
        List<Batches.Row> rows =
                asking.rows(texts, texts.examples().stream().map(each -> model).toList(), true);
        int tokens = rows.stream().mapToInt(Batches.Row::tokens).sum();
        asking.answer(request, rows, results -> {
            List<Item> items = IntStream.range(0, results.size())
                    .mapToObj(i -> {
                        float[] vector = vector(model, results.get(i), true);
                        return new Item("embedding", i, BASE64.equals(body.encoding()) ? base64(vector) : vector);
                    })
                    .toList();
            bodies.write(request, new Listing("list", items, model.name(), new Usage(tokens, tokens)));
        });
    }

    private Texts texts(String field, JsonNode given) {
        String form = "'" + field + "' must be a text, or a list of texts";
        if (given == null || given.isNull()) {
            throw Problem.wrong("'" + field + "' is missing; give a text");
        }
        if (given.isTextual()) {
            return new Texts(List.of(Texts.example(List.of(given.textValue()), "'" + field + "'", limits)), false);
        }
        if (!given.isArray() || StreamSupport.stream(given.spliterator(), false).anyMatch(each -> !each.isTextual())) {
            throw Problem.wrong(form);
        }
        if (given.isEmpty()) {
            throw Problem.empty("'" + field + "' is empty; give a text");
        }
        Texts.requireFew(field, given.size(), limits);
        List<Example> examples = IntStream.range(0, given.size())
                .mapToObj(
                        i -> Texts.example(List.of(given.get(i).textValue()), "'" + field + "' at place " + i, limits))
                .toList();
        return new Texts(examples, true);
    }

    private static float[] vector(ServedModel model, MixedBatch.Result result, boolean normalized) {
        float[] vector = result.head()
                .orElseThrow(
                        () -> Problem.failed("the model '" + model.name() + "' has no vector of a text: it predicts "
                                + model.card().labels().describe()))
                .vector();
        return normalized ? normalized(vector) : vector;
    }

    private static float[] normalized(float... vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        // A vector of zeros has no direction, and stays.
        double length = squares == 0 ? 1 : Math.sqrt(squares);
        float[] normalized = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            normalized[i] = (float) (vector[i] / length);
        }
        return normalized;
    }

    private static String base64(float... vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : vector) {
            bytes.putFloat(value);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}

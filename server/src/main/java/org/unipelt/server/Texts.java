package org.unipelt.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.Example;

/**
 * The texts of a request.
 *
 * @param examples the texts or pairs
 * @param batch whether they came as a batch, and the answer is a list of lists
 */
record Texts(List<Example> examples, boolean batch) {
    private static final String FORMS =
            "'inputs' must be a text, a pair [\"text\", \"text\"], or a batch [[\"text\"], [\"text\", \"text\"]]";

    /**
     * Reads {@code inputs} of {@code /predict}.
     *
     * @throws Problem if it has another form, or more than the limits allow
     */
    static Texts of(JsonNode inputs, ServerSettings.Limits limits) {
        if (inputs == null || inputs.isNull()) {
            throw Problem.wrong("'inputs' is missing; give a text");
        }
        if (inputs.isTextual()) {
            return new Texts(List.of(example(List.of(inputs.textValue()), "'inputs'", limits)), false);
        }
        if (!inputs.isArray()) {
            throw Problem.wrong(FORMS);
        }
        if (inputs.isEmpty()) {
            throw Problem.empty("'inputs' is empty; give a text");
        }
        if (!inputs.get(0).isArray()) {
            return new Texts(List.of(example(strings(inputs), "'inputs'", limits)), false);
        }
        requireFew("inputs", inputs.size(), limits);
        List<Example> examples = new ArrayList<>();
        for (JsonNode each : inputs) {
            if (!each.isArray()) {
                throw Problem.wrong(FORMS);
            }
            examples.add(example(strings(each), "'inputs' at place " + examples.size(), limits));
        }
        return new Texts(examples, true);
    }

    private static List<String> strings(JsonNode array) {
        if (array.size() < 1
                || array.size() > 2
                || StreamSupport.stream(array.spliterator(), false).anyMatch(each -> !each.isTextual())) {
            throw Problem.wrong(FORMS);
        }
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    /**
     * Checks the number of texts.
     *
     * @throws Problem if it is too large (413)
     */
    static void requireFew(String field, int number, ServerSettings.Limits limits) {
        if (number > limits.texts()) {
            throw Problem.tooLarge(
                    "'" + field + "' has " + number + " texts, and " + limits.texts() + " are the most; ask in parts");
        }
    }

    /**
     * Returns a text or a pair as an example.
     *
     * @param where its place for messages
     * @throws Problem if it is too long (413), blank, or not whole characters (422)
     */
    static Example example(List<String> texts, String where, ServerSettings.Limits limits) {
        int characters = texts.stream().mapToInt(String::length).sum();
        if (characters > limits.characters()) {
            throw Problem.tooLarge(where + " has " + characters + " characters, and " + limits.characters()
                    + " are the most; send a shorter text");
        }
        if (texts.stream().flatMapToInt(String::chars).anyMatch(c -> Character.isSurrogate((char) c))
                && texts.stream()
                        .flatMapToInt(String::codePoints)
                        .anyMatch(c -> c <= Character.MAX_VALUE && Character.isSurrogate((char) c))) {
            throw Problem.wrong(where + " has half a character, a lone surrogate; send whole characters");
        }
        try {
            return texts.size() == 1 ? Example.of(texts.get(0)) : Example.ofPair(texts.get(0), texts.get(1));
        } catch (InputException e) {
            throw Problem.wrong(where + ": " + e.getMessage());
        }
    }

    /**
     * Returns the model of each text.
     *
     * @param adapter a name, or a list of names parallel to the texts; null for the only model
     * @throws Problem if a name is unknown (404), or the form is another one (422)
     */
    List<ServedModel> models(@Nullable JsonNode adapter, Models models) {
        if (adapter == null || adapter.isNull()) {
            return Collections.nCopies(examples.size(), models.only());
        }
        if (adapter.isTextual()) {
            return Collections.nCopies(examples.size(), models.named(adapter.textValue()));
        }
        if (!adapter.isArray()
                || StreamSupport.stream(adapter.spliterator(), false).anyMatch(name -> !name.isTextual())) {
            throw Problem.wrong("'adapter' must be the name of a model, or a list of names, one for each text");
        }
        if (adapter.size() != examples.size()) {
            throw Problem.wrong("'adapter' has " + adapter.size() + " names for " + examples.size()
                    + " texts; give one for each text, or one name for all");
        }
        return StreamSupport.stream(adapter.spliterator(), false)
                .map(name -> models.named(name.textValue()))
                .toList();
    }

    /** Checks that each model reads what it is given: texts, or pairs. */
    void requireFit(List<ServedModel> models) {
        IntStream.range(0, examples.size()).forEach(i -> {
            Optional<String> pair = examples.get(i).pair();
            ServedModel model = models.get(i);
            if (pair.isPresent() != model.card().pairs()) {
                throw Problem.wrong("the model '" + model.name() + "' reads "
                        + (model.card().pairs() ? "pairs of texts; give two" : "single texts; give one")
                        + (batch ? " at place " + i : ""));
            }
        });
    }
}

package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.bart.BartFamily;
import org.unipelt.backbone.bert.BertFamily;
import org.unipelt.backbone.t5.T5Family;

/** The supported model families, one line each. */
public final class Families {
    private static final List<Family> ALL = Stream.<Family[]>of(
                    BertFamily.values(), //
                    BartFamily.values(),
                    T5Family.values())
            .flatMap(Stream::of)
            .toList();

    private Families() {}

    /** All of them. */
    public static List<Family> all() {
        return ALL;
    }

    /**
     * The family of a model.
     *
     * @param config what {@code config.json} says
     * @param model the model's name, for messages
     * @throws InputException if {@code model_type} is missing or unknown
     */
    public static Family of(JsonNode config, String model) {
        String type = config.path("model_type").asText("");
        return ALL.stream()
                .filter(family -> family.modelType().equals(type))
                .findFirst()
                .orElseThrow(() -> unknown(type, model, config.hasNonNull("auto_map")));
    }

    private static InputException unknown(String type, String model, boolean ownProgram) {
        String known = ALL.stream().map(Family::modelType).collect(Collectors.joining(", "));
        // No hint at a near name: roformer is not a misspelt roberta.
        return new InputException(model + ": "
                + (type.isEmpty()
                        ? "config.json has no model_type; supported: " + known
                        : "unknown model_type '" + type.replaceAll("\\R", " ") + "' in config.json; known: " + known)
                + (ownProgram
                        ? "; this model needs its own program (auto_map in config.json), and programs of models are"
                                + " never run"
                        : ""));
    }
}

package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.bart.BartFamily;
import org.unipelt.backbone.bert.BertFamily;
import org.unipelt.backbone.deberta.DebertaFamily;
import org.unipelt.backbone.modernbert.ModernBertFamily;
import org.unipelt.backbone.nomicbert.NomicBertFamily;
import org.unipelt.backbone.t5.T5Family;

/** The supported model families, one line each. */
public final class Families {
    private static final List<Family> ALL = Stream.<Family[]>of(
                    BertFamily.values(), //
                    DebertaFamily.values(),
                    ModernBertFamily.values(),
                    NomicBertFamily.values(),
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
        List<String> known = ALL.stream().map(Family::modelType).toList();
        String list = String.join(", ", known);
        // No hint at a near name: roformer is not a misspelt roberta.
        String refusal = type.isEmpty()
                ? "config.json has no model_type; supported: " + list
                : OtherArchitectures.about(type, known)
                        .map(what -> "model_type '" + type + "' in config.json is " + what + "; known: " + list)
                        .orElseGet(() -> "unknown model_type '" + type.replaceAll("\\R", " ")
                                + "' in config.json; known: " + list);
        return new InputException(model + ": " + refusal
                + (ownProgram
                        ? "; this model needs its own program (auto_map in config.json), and programs of models are"
                                + " never run"
                        : ""));
    }
}

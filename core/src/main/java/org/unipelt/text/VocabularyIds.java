package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/** Every token of a {@code tokenizer.json} with its id, whichever of the format's two ways it lists them. */
final class VocabularyIds {
    private VocabularyIds() {}

    /** Tokens and ids; empty if the JSON is of another kind. */
    static Map<String, Integer> of(JsonNode tokenizer) {
        Map<String, Integer> ids = new HashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        // Unigram models: a list of [token, score], the id is the place.
        for (int i = 0; vocabulary.isArray() && i < vocabulary.size(); i++) {
            ids.put(vocabulary.get(i).path(0).asText(), i);
        }
        // All others: token to id.
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            if (entry.getValue().isInt()) {
                ids.put(entry.getKey(), entry.getValue().intValue());
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            if (added.path("id").isInt()) {
                ids.put(added.path("content").asText(), added.path("id").intValue());
            }
        }
        return ids;
    }
}

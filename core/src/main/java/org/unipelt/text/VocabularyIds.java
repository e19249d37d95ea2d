package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Every token of a {@code tokenizer.json} with its id, whichever of the format's two ways it lists them. */
final class VocabularyIds {
    private VocabularyIds() {}

    /** Tokens and ids in the file's order; empty if the JSON is of another kind. */
    static Map<String, Integer> of(JsonNode tokenizer) {
        Map<String, Integer> ids = new LinkedHashMap<>();
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

    /** The tokens that are named beside the vocabulary: special ones, language codes. */
    static Set<String> added(JsonNode tokenizer) {
        Set<String> tokens = new LinkedHashSet<>();
        for (JsonNode added : tokenizer.path("added_tokens")) {
            tokens.add(added.path("content").asText());
        }
        return tokens;
    }
}

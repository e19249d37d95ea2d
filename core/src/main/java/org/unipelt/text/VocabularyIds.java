package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;

/** Reads every token of a {@code tokenizer.json} with its id, in either of the format's two layouts. */
final class VocabularyIds {
    private VocabularyIds() {}

    /** Returns tokens and ids in the file's order; empty if the JSON is of another kind. */
    static Map<String, Integer> of(JsonNode tokenizer) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        // Unigram models: a list of [token, score]; the id is the index.
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

    /**
     * Returns the largest number in place of an id in a {@code tokenizer.json}, valid or not; -1 if there is none.
     *
     * @param part the whole file, or its {@code post_processor}
     */
    static double largest(JsonNode part) {
        DoubleStream.Builder ids = DoubleStream.builder().add(-1);
        part.path("model").path("vocab").forEach(id -> ids.add(id.asDouble(-1)));
        part.path("added_tokens").forEach(token -> ids.add(token.path("id").asDouble(-1)));
        part.path("special_tokens").forEach(token -> token.path("ids").forEach(id -> ids.add(id.asDouble(-1))));
        ids.add(part.path("sep").path(1).asDouble(-1))
                .add(part.path("cls").path(1).asDouble(-1));
        part.path("processors").forEach(processor -> ids.add(largest(processor)));
        return ids.build().max().orElseThrow();
    }

    /** Returns one more than the largest token type in a {@code post_processor}'s templates; at least 1. */
    static long tokenTypes(JsonNode postProcessor) {
        return 1
                + postProcessor.findValues("type_id").stream()
                        .mapToLong(JsonNode::asLong)
                        .max()
                        .orElse(0);
    }

    /** Returns the tokens listed in addition to the vocabulary: special tokens, language codes. */
    static Set<String> added(JsonNode tokenizer) {
        Set<String> tokens = new LinkedHashSet<>();
        for (JsonNode added : tokenizer.path("added_tokens")) {
            tokens.add(added.path("content").asText());
        }
        return tokens;
    }
}

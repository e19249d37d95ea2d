package org.unipelt.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.unipelt.InputException;
import org.unipelt.tensor.StrictJson;
import org.unipelt.tensor.WholeFile;

/** What the older vocabularies share on their way to a {@code tokenizer.json}: its frame, and the files beside them. */
final class TokenizerJson {
    private static final String CONFIG_FILE = "tokenizer_config.json";
    private static final JsonMapper MAPPER = StrictJson.mapper().build();

    private TokenizerJson() {}

    /** A tokenizer without parts: neither truncation nor padding, no token added. */
    static ObjectNode empty() {
        ObjectNode root = object();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        root.putArray("added_tokens");
        root.putNull("normalizer");
        return root;
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * Adds a token that is never cut and that decoding leaves out.
     *
     * @param takesSpace whether the blanks before it belong to it
     */
    static void addSpecial(ObjectNode root, String token, int id, boolean takesSpace) {
        ArrayNode added = root.withArray("added_tokens");
        added.addObject()
                .put("id", id)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", takesSpace)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    static byte[] bytes(JsonNode root) {
        try {
            return MAPPER.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON can be written", e);
        }
    }

    /** A text file's lines. */
    static List<String> lines(Path file) {
        return WholeFile.text(file, WholeFile.LIST).lines().toList();
    }

    /** What {@code tokenizer_config.json} says; an empty object if the folder has none. */
    static JsonNode config(Path folder) {
        Path file = folder.resolve(CONFIG_FILE);
        return Files.exists(file) ? StrictJson.read(file, WholeFile.SETTINGS) : object();
    }

    /** A switch of {@code tokenizer_config.json}; {@code absent} if it is null or not there. */
    static Boolean flag(Path folder, JsonNode config, String name, Boolean absent) {
        JsonNode value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new InputException(
                    folder.resolve(CONFIG_FILE) + ": " + name + " is " + value + "; it must be true, false or null");
        }
        return value.booleanValue();
    }
}

package org.unipelt.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/** Builds the parts of a {@code tokenizer.json} for older vocabulary files. */
final class TokenizerJson {
    /** A text's position in a template, and its token type. */
    private static final String TEXT = "[AB]:[01]";

    private static final JsonMapper MAPPER = StrictJson.mapper().build();

    private TokenizerJson() {}

    /** Creates a tokenizer without parts: no truncation, no padding, no added tokens. */
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
     * Creates a post-processor that puts special tokens around one text and around two.
     *
     * @param single tokens, and the text as {@code A:0}: its letter and its token type
     * @param pair the same with {@code B:1}; a special token has the type of the text before it
     */
    static ObjectNode template(List<String> single, List<String> pair, Map<String, Integer> ids) {
        ObjectNode template = object().put("type", "TemplateProcessing");
        pieces(template.putArray("single"), single);
        pieces(template.putArray("pair"), pair);
        ObjectNode specials = template.putObject("special_tokens");
        for (String token : pair) {
            if (!token.matches(TEXT)) {
                ObjectNode special = specials.putObject(token).put("id", token);
                special.putArray("ids").add(ids.get(token));
                special.putArray("tokens").add(token);
            }
        }
        return template;
    }

    private static void pieces(ArrayNode into, List<String> pieces) {
        int type = 0;
        for (String piece : pieces) {
            boolean text = piece.matches(TEXT);
            type = text ? piece.charAt(2) - '0' : type;
            into.addObject()
                    .putObject(text ? "Sequence" : "SpecialToken")
                    .put("id", text ? piece.substring(0, 1) : piece)
                    .put("type_id", type);
        }
    }

    static byte[] bytes(JsonNode root) {
        try {
            return MAPPER.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON can be written", e);
        }
    }

    /**
     * Computes SHA-256 of a tokenizer's behaviour. Leaves out truncation and padding, which every call sets.
     *
     * @param rest behaviour that the JSON does not describe
     */
    static String digest(JsonNode root, String rest) {
        ObjectNode definition = root.deepCopy();
        definition.remove(List.of("version", "truncation", "padding"));
        // Their order has no effect.
        List<JsonNode> added = new ArrayList<>();
        definition.path("added_tokens").forEach(added::add);
        added.sort(Comparator.comparing(token -> token.path("id").asInt()));
        definition.putArray("added_tokens").addAll(added);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(MAPPER.writer()
                    .with(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
                    .writeValueAsBytes(definition));
            digest.update(rest.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON can be written", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Reads a text file's lines. */
    static List<String> lines(Path file) {
        return WholeFile.text(file, WholeFile.LIST).lines().toList();
    }

    /** Returns the value of a boolean key; {@code absent} if it is null or missing. */
    static boolean flag(Path file, JsonNode object, FolderKey key, boolean absent) {
        return flag(file, object, key).orElse(absent);
    }

    /** Returns the value of a boolean key; empty if it is null or missing. */
    static Optional<Boolean> flag(Path file, JsonNode object, FolderKey key) {
        Optional<JsonNode> given = key.in(object);
        given.filter(value -> !value.isBoolean()).ifPresent(value -> {
            throw new InputException(file + ": " + key.key() + " is " + value + "; it must be true, false or null");
        });
        return given.map(JsonNode::booleanValue);
    }

    /** Returns the value of a key that counts something, from 0 to a limit; {@code absent} if it is null or missing. */
    static int count(Path file, JsonNode object, FolderKey key, int absent, int most) {
        JsonNode value = key.in(object).orElse(null);
        if (value == null) {
            return absent;
        }
        if (!value.isIntegralNumber() || value.asLong() < 0 || value.asLong() > most) {
            throw new InputException(
                    file + ": " + key.key() + " is " + value + "; it must be a whole number from 0 to " + most);
        }
        return value.intValue();
    }
}

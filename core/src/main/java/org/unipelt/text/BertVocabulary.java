package org.unipelt.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;

/**
 * A BERT's {@code vocab.txt}, one token a line, rewritten as the {@code tokenizer.json} that means the same: BERT's
 * normaliser and word splitter, WordPiece with {@code ##}, and {@code [CLS] A [SEP] B [SEP]}. The older files know no
 * other way, so nothing is guessed.
 */
final class BertVocabulary {
    private static final String CONFIG_FILE = "tokenizer_config.json";
    private static final List<String> NEEDED = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");
    private static final String MASK = "[MASK]";
    private static final JsonMapper MAPPER = new JsonMapper();

    private BertVocabulary() {}

    /** The bytes of a {@code tokenizer.json} for the folder's {@code vocab.txt} and {@code tokenizer_config.json}. */
    static byte[] tokenizerJson(Path folder) {
        Path file = folder.resolve(Tokenizer.VOCABULARY_FILE);
        Map<String, Integer> ids = read(file);
        for (String token : NEEDED) {
            if (!ids.containsKey(token)) {
                throw new InputException(
                        file + " has no line " + token + "; a BERT vocabulary with " + NEEDED + " is needed");
            }
        }
        ObjectNode root = MAPPER.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        NEEDED.forEach(token -> addSpecial(added, token, ids.get(token)));
        if (ids.containsKey(MASK)) {
            addSpecial(added, MASK, ids.get(MASK));
        }
        root.set("normalizer", normalizer(folder.resolve(CONFIG_FILE)));
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        root.set("post_processor", template(ids));
        root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        ObjectNode model = root.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", "[UNK]")
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100);
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        try {
            return MAPPER.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON can be written", e);
        }
    }

    /** Line number from 0 by token; of a token that stands twice the last line counts, as in Python. */
    private static Map<String, Integer> read(Path file) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                ids.put(lines.get(i), i);
            }
        } catch (CharacterCodingException e) {
            throw new InputException(file + " is not UTF-8; fetch it again", e);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + e.getMessage() + "; check the file", e);
        }
        return ids;
    }

    private static ObjectNode normalizer(Path configFile) {
        JsonNode config = MAPPER.createObjectNode();
        if (Files.exists(configFile)) {
            try {
                config = MAPPER.readTree(Files.readAllBytes(configFile));
            } catch (JsonProcessingException e) {
                throw new InputException(
                        configFile + " is not valid JSON: " + e.getOriginalMessage() + "; fetch it again", e);
            } catch (IOException e) {
                throw new InputException("cannot read " + configFile + ": " + e.getMessage() + "; check the file", e);
            }
        }
        ObjectNode normalizer = MAPPER.createObjectNode();
        normalizer.put("type", "BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put("handle_chinese_chars", flag(configFile, config, "tokenize_chinese_chars", true));
        // null: accents go where capitals go.
        normalizer.put("strip_accents", flag(configFile, config, "strip_accents", null));
        normalizer.put("lowercase", flag(configFile, config, "do_lower_case", true));
        return normalizer;
    }

    private static Boolean flag(Path file, JsonNode config, String name, Boolean absent) {
        JsonNode value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw new InputException(file + ": " + name + " is " + value + "; it must be true, false or null");
        }
        return value.booleanValue();
    }

    private static ObjectNode template(Map<String, Integer> ids) {
        ObjectNode template = MAPPER.createObjectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        special(single, "[CLS]", 0);
        sequence(single, "A", 0);
        special(single, "[SEP]", 0);
        ArrayNode pair = template.putArray("pair");
        pair.addAll(single);
        sequence(pair, "B", 1);
        special(pair, "[SEP]", 1);
        ObjectNode specials = template.putObject("special_tokens");
        for (String token : List.of("[CLS]", "[SEP]")) {
            ObjectNode special = specials.putObject(token).put("id", token);
            special.putArray("ids").add(ids.get(token));
            special.putArray("tokens").add(token);
        }
        return template;
    }

    private static void special(ArrayNode template, String token, int type) {
        template.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
    }

    private static void sequence(ArrayNode template, String name, int type) {
        template.addObject().putObject("Sequence").put("id", name).put("type_id", type);
    }

    private static void addSpecial(ArrayNode added, String token, int id) {
        added.addObject()
                .put("id", id)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }
}

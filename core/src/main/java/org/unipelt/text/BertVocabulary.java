package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
    static final String FILE = "vocab.txt";

    private static final List<String> NEEDED = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");
    private static final String MASK = "[MASK]";

    private BertVocabulary() {}

    /** The bytes of a {@code tokenizer.json} for the folder's {@code vocab.txt} and {@code tokenizer_config.json}. */
    static byte[] tokenizerJson(Path folder) {
        Path file = folder.resolve(FILE);
        Map<String, Integer> ids = read(file);
        for (String token : NEEDED) {
            if (!ids.containsKey(token)) {
                throw new InputException(
                        file + " has no line " + token + "; a BERT vocabulary with " + NEEDED + " is needed");
            }
        }
        ObjectNode root = TokenizerJson.empty();
        NEEDED.forEach(token -> TokenizerJson.addSpecial(root, token, ids.get(token), false));
        if (ids.containsKey(MASK)) {
            TokenizerJson.addSpecial(root, MASK, ids.get(MASK), false);
        }
        root.set("normalizer", normalizer(folder));
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
        return TokenizerJson.bytes(root);
    }

    /** Line number from 0 by token; of a token that stands twice the last line counts, as in Python. */
    private static Map<String, Integer> read(Path file) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        List<String> lines = TokenizerJson.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            ids.put(lines.get(i), i);
        }
        return ids;
    }

    private static ObjectNode normalizer(Path folder) {
        JsonNode config = TokenizerJson.config(folder);
        ObjectNode normalizer = TokenizerJson.object();
        normalizer.put("type", "BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put("handle_chinese_chars", TokenizerJson.flag(folder, config, "tokenize_chinese_chars", true));
        // null: accents go where capitals go.
        normalizer.put("strip_accents", TokenizerJson.flag(folder, config, "strip_accents", null));
        normalizer.put("lowercase", TokenizerJson.flag(folder, config, "do_lower_case", true));
        return normalizer;
    }

    private static ObjectNode template(Map<String, Integer> ids) {
        ObjectNode template = TokenizerJson.object().put("type", "TemplateProcessing");
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
}

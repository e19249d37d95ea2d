package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * Makes a whole tokenizer from a RoBERTa or BART vocabulary, from {@code vocab.json} and {@code merges.txt} or from
 * {@code tokenizer.json}: byte-level byte-pair encoding (Radford et al. 2019, Section 2.2), {@code <s> A </s>} for one
 * text and {@code <s> A </s></s> B </s>} for two.
 *
 * <pre>
 *   " parcel" -> Ġ p a r c e l -> the highest merge of merges.txt, repeatedly -> Ġpar cel -> ids of vocab.json
 * </pre>
 */
final class BytePairVocabulary {
    static final String VOCABULARY_FILE = "vocab.json";
    static final String MERGES_FILE = "merges.txt";

    /** The class's default special tokens, in the order in which missing ones get their ids. */
    private static final Map<FolderKey, String> USUAL = new EnumMap<>(Map.of(
            FolderKey.BOS_TOKEN, "<s>",
            FolderKey.EOS_TOKEN, "</s>",
            FolderKey.UNK_TOKEN, "<unk>",
            FolderKey.SEP_TOKEN, "</s>",
            FolderKey.PAD_TOKEN, "<pad>",
            FolderKey.CLS_TOKEN, "<s>",
            FolderKey.MASK_TOKEN, "<mask>"));
    /** The start of the first line of {@code merges.txt}, which is not a merge. */
    private static final String VERSION = "#version";

    private BytePairVocabulary() {}

    /** Returns whether the folder has one of the two files, and so should have both. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(VOCABULARY_FILE)) || Files.exists(folder.resolve(MERGES_FILE));
    }

    /** Makes the {@code tokenizer.json} for the folder's two files. */
    static ObjectNode tokenizer(Path folder, ObjectNode config, AddedTokens tokens) {
        Path vocabularyFile = needed(folder, VOCABULARY_FILE, MERGES_FILE);
        Path mergesFile = needed(folder, MERGES_FILE, VOCABULARY_FILE);
        Map<String, Integer> ids = vocabulary(vocabularyFile);
        for (FolderKey role :
                List.of(FolderKey.CLS_TOKEN, FolderKey.PAD_TOKEN, FolderKey.SEP_TOKEN, FolderKey.UNK_TOKEN)) {
            String token = USUAL.get(role);
            if (!ids.containsKey(token) && tokens.named(role).isEmpty()) {
                throw new InputException(vocabularyFile + " has no token " + token
                        + "; use a RoBERTa or BART vocabulary with [<s>, <pad>, </s>, <unk>]");
            }
        }
        ObjectNode vocabulary = TokenizerJson.object();
        ids.forEach(vocabulary::put);
        ArrayNode merges = TokenizerJson.object().putArray("merges");
        merges(mergesFile, vocabularyFile, ids, merges);
        return tokenizer(folder, config, vocabulary, merges, tokens);
    }

    /**
     * Makes the {@code tokenizer.json} for a vocabulary.
     *
     * @param config the content of {@code tokenizer_config.json}
     * @param vocabulary ids by token
     * @param merges pairs of tokens, each a list or separated by a space
     */
    static ObjectNode tokenizer(
            Path folder, ObjectNode config, JsonNode vocabulary, JsonNode merges, AddedTokens tokens) {
        ObjectNode root = TokenizerJson.empty();
        boolean prefixSpace = TokenizerJson.flag(
                folder.resolve(FolderKey.ADD_PREFIX_SPACE.file()), config, FolderKey.ADD_PREFIX_SPACE, false);
        root.set("pre_tokenizer", byteLevel(prefixSpace));
        root.set("decoder", byteLevel(prefixSpace));
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout");
        // A byte that the vocabulary lacks is dropped, as in Python.
        model.putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
        model.set("vocab", vocabulary);
        ArrayNode pairs = model.putArray("merges");
        for (JsonNode merge : merges) {
            String[] parts = merge.isArray()
                    ? new String[] {merge.path(0).asText(), merge.path(1).asText()}
                    : merge.asText().split(" ", 2);
            pairs.addArray().add(parts[0]).add(parts[parts.length - 1]);
        }
        List<AddedTokens.Token> usual = USUAL.entrySet().stream()
                .filter(entry -> tokens.named(entry.getKey()).isEmpty() && !tokens.lacks(entry.getKey()))
                .map(entry -> AddedTokens.Token.special(entry.getValue()))
                .toList();
        Map<String, Integer> ids = tokens.addTo(root, usual, List.of());
        String first = tokens.named(FolderKey.CLS_TOKEN).orElse(USUAL.get(FolderKey.CLS_TOKEN));
        String last = tokens.named(FolderKey.SEP_TOKEN).orElse(USUAL.get(FolderKey.SEP_TOKEN));
        for (String token : List.of(first, last)) {
            if (!ids.containsKey(token)) {
                throw new InputException(folder + ": " + token + " is not in the vocabulary, but starts or ends every"
                        + " text; use files of one model");
            }
        }
        ObjectNode processor = TokenizerJson.object().put("type", "RobertaProcessing");
        processor.putArray("sep").add(last).add(ids.get(last));
        processor.putArray("cls").add(first).add(ids.get(first));
        root.set("post_processor", processor.put("trim_offsets", true).put("add_prefix_space", prefixSpace));
        return root;
    }

    private static Path needed(Path folder, String name, String other) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            throw new InputException(
                    "no " + name + " in " + folder + " beside its " + other + "; both are needed, download " + name);
        }
        return file;
    }

    private static Map<String, Integer> vocabulary(Path file) {
        JsonNode json = StrictJson.read(file, WholeFile.LIST);
        if (!json.isObject()) {
            throw new InputException(file + " is not a JSON object of tokens and their ids; download it again");
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.intValue() < 0) {
                throw new InputException(file + ": the id of '" + entry.getKey() + "' is " + id
                        + "; it must be a whole number of at least 0; download the file again");
            }
            ids.put(entry.getKey(), id.intValue());
        }
        return ids;
    }

    private static void merges(Path file, Path vocabularyFile, Map<String, Integer> ids, ArrayNode into) {
        List<String> lines = TokenizerJson.lines(file);
        int end = lines.size();
        while (end > 0 && lines.get(end - 1).isEmpty()) {
            end--;
        }
        int first = end > 0 && lines.get(0).startsWith(VERSION) ? 1 : 0;
        for (int i = first; i < end; i++) {
            String[] pair = lines.get(i).split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw new InputException(file + " line " + (i + 1) + ": '" + lines.get(i)
                        + "' is not two tokens with a space between them; download the file again");
            }
            for (String token : List.of(pair[0], pair[1], pair[0] + pair[1])) {
                if (!ids.containsKey(token)) {
                    throw new InputException(file + " line " + (i + 1) + ": '" + token + "' of the merge '"
                            + lines.get(i) + "' is not in " + vocabularyFile
                            + "; use both files of one model");
                }
            }
            into.addArray().add(pair[0]).add(pair[1]);
        }
    }

    private static ObjectNode byteLevel(boolean prefixSpace) {
        return TokenizerJson.object()
                .put("type", "ByteLevel")
                .put("add_prefix_space", prefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }
}

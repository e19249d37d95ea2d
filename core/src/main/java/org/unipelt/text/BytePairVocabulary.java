package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.tensor.StrictJson;
import org.unipelt.tensor.WholeFile;

/**
 * RoBERTa's and BART's {@code vocab.json} and {@code merges.txt} rewritten as the {@code tokenizer.json} that means the
 * same: byte-level byte-pair encoding (Radford et al. 2019, Section 2.2), {@code <s> A </s>} for one text and
 * {@code <s> A </s></s> B </s>} for two.
 *
 * <pre>
 *   " parcel" -> Ġ p a r c e l -> the merge highest in merges.txt, again and again -> Ġpar cel -> ids of vocab.json
 * </pre>
 */
final class BytePairVocabulary {
    static final String VOCABULARY_FILE = "vocab.json";
    static final String MERGES_FILE = "merges.txt";

    private static final String BEGIN = "<s>";
    private static final String END = "</s>";
    private static final String MASK = "<mask>";
    private static final List<String> NEEDED = List.of(BEGIN, "<pad>", END, "<unk>");
    /** How {@code merges.txt} begins; a line of the format, not a merge. */
    private static final String VERSION = "#version";

    private BytePairVocabulary() {}

    /** Whether the folder has one of the two files, and so means to have both. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(VOCABULARY_FILE)) || Files.exists(folder.resolve(MERGES_FILE));
    }

    /** The bytes of a {@code tokenizer.json} for the folder's two files and {@code tokenizer_config.json}. */
    static byte[] tokenizerJson(Path folder) {
        Path vocabularyFile = needed(folder, VOCABULARY_FILE, MERGES_FILE);
        Path mergesFile = needed(folder, MERGES_FILE, VOCABULARY_FILE);
        Map<String, Integer> ids = vocabulary(vocabularyFile);
        ObjectNode root = TokenizerJson.empty();
        NEEDED.forEach(token -> TokenizerJson.addSpecial(root, token, ids.get(token), false));
        if (ids.containsKey(MASK)) {
            TokenizerJson.addSpecial(root, MASK, ids.get(MASK), true);
        }
        boolean prefixSpace =
                TokenizerJson.flag(folder, TokenizerJson.config(folder), "add_prefix_space", Boolean.FALSE);
        root.set("pre_tokenizer", byteLevel(prefixSpace));
        root.set("post_processor", postProcessor(ids, prefixSpace));
        root.set("decoder", byteLevel(prefixSpace));
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout");
        // A byte that the vocabulary lacks is left out, as Python leaves it out.
        model.putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        merges(mergesFile, vocabularyFile, ids, model.putArray("merges"));
        return TokenizerJson.bytes(root);
    }

    private static Path needed(Path folder, String name, String other) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            throw new InputException(
                    "no " + name + " in " + folder + " beside its " + other + "; both are needed, fetch " + name);
        }
        return file;
    }

    private static Map<String, Integer> vocabulary(Path file) {
        JsonNode json = StrictJson.read(file, WholeFile.LIST);
        if (!json.isObject()) {
            throw new InputException(file + " is not a JSON object of tokens and their ids; fetch it again");
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.intValue() < 0) {
                throw new InputException(file + ": the id of '" + entry.getKey() + "' is " + id
                        + "; it must be a whole number from 0, fetch the file again");
            }
            ids.put(entry.getKey(), id.intValue());
        }
        for (String token : NEEDED) {
            if (!ids.containsKey(token)) {
                throw new InputException(file + " has no token " + token + "; a RoBERTa or BART vocabulary with "
                        + NEEDED + " is needed");
            }
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
                        + "' is not two tokens with a space between them; fetch the file again");
            }
            for (String token : List.of(pair[0], pair[1], pair[0] + pair[1])) {
                if (!ids.containsKey(token)) {
                    throw new InputException(file + " line " + (i + 1) + ": '" + token + "' of the merge '"
                            + lines.get(i) + "' is not in " + vocabularyFile
                            + "; fetch both files of one model");
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

    private static ObjectNode postProcessor(Map<String, Integer> ids, boolean prefixSpace) {
        ObjectNode processor = TokenizerJson.object().put("type", "RobertaProcessing");
        processor.putArray("sep").add(END).add(ids.get(END));
        processor.putArray("cls").add(BEGIN).add(ids.get(BEGIN));
        return processor.put("trim_offsets", true).put("add_prefix_space", prefixSpace);
    }
}

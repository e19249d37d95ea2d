package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * Makes a whole tokenizer from a vocabulary of WordPiece, from {@code vocab.txt} with one token per line or from {@code
 * tokenizer.json}: BERT's normalizer and word splitter, then pieces with {@code ##}. The classes have different special
 * tokens.
 */
enum WordPieceVocabulary {
    /** {@code [CLS] A [SEP] B [SEP]}. */
    BERT,
    /** {@code <s> A </s></s> B </s>}, as RoBERTa has it. */
    MPNET;

    static final String FILE = "vocab.txt";

    /** The class's special tokens by default, in the order in which missing ones get their ids. */
    private List<FolderKey> roles() {
        List<FolderKey> inner = List.of(
                FolderKey.UNK_TOKEN,
                FolderKey.SEP_TOKEN,
                FolderKey.PAD_TOKEN,
                FolderKey.CLS_TOKEN,
                FolderKey.MASK_TOKEN);
        return this == BERT
                ? inner
                : Stream.concat(Stream.of(FolderKey.BOS_TOKEN, FolderKey.EOS_TOKEN), inner.stream())
                        .toList();
    }

    /** Makes the {@code tokenizer.json} for the folder's {@code vocab.txt}. */
    ObjectNode tokenizer(Path folder, ObjectNode config, AddedTokens tokens) {
        Path file = folder.resolve(FILE);
        Map<String, Integer> ids = read(file);
        ObjectNode vocabulary = TokenizerJson.object();
        ids.forEach(vocabulary::put);
        for (FolderKey role :
                List.of(FolderKey.PAD_TOKEN, FolderKey.UNK_TOKEN, FolderKey.CLS_TOKEN, FolderKey.SEP_TOKEN)) {
            String token = tokens.named(role).orElse(usual(role));
            if (!ids.containsKey(token) && tokens.named(role).isEmpty()) {
                throw new InputException(file + " has no line " + token + "; use a "
                        + (this == BERT
                                ? "BERT vocabulary with [[PAD], [UNK], [CLS], [SEP]]"
                                : "MPNet vocabulary with [<pad>, [UNK], <s>, </s>]"));
            }
        }
        return tokenizer(folder, config, vocabulary, tokens);
    }

    /**
     * Makes the {@code tokenizer.json} for a vocabulary.
     *
     * @param config the content of {@code tokenizer_config.json}
     * @param vocabulary ids by token
     */
    ObjectNode tokenizer(Path folder, ObjectNode config, JsonNode vocabulary, AddedTokens tokens) {
        String unknown = tokens.named(FolderKey.UNK_TOKEN).orElse(usual(FolderKey.UNK_TOKEN));
        if (!vocabulary.has(unknown)) {
            throw new InputException(
                    folder + ": the unk_token " + unknown + " is not in the vocabulary; use files of one model");
        }
        ObjectNode root = TokenizerJson.empty();
        root.set("normalizer", normalizer(folder.resolve(FolderKey.DO_LOWER_CASE.file()), config));
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        root.putObject("model")
                .put("type", "WordPiece")
                .put("unk_token", unknown)
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100)
                .set("vocab", vocabulary);
        List<AddedTokens.Token> usual = roles().stream()
                .filter(role -> tokens.named(role).isEmpty() && !tokens.lacks(role))
                .map(role -> new AddedTokens.Token(
                        usual(role), false, this == MPNET && role == FolderKey.MASK_TOKEN, false, false, true))
                .toList();
        Map<String, Integer> ids = tokens.addTo(root, usual, List.of());
        String first = tokens.named(FolderKey.CLS_TOKEN).orElse(usual(FolderKey.CLS_TOKEN));
        String last = tokens.named(FolderKey.SEP_TOKEN).orElse(usual(FolderKey.SEP_TOKEN));
        for (String token : List.of(first, last)) {
            if (!ids.containsKey(token)) {
                throw new InputException(folder + ": " + token + " is not in the vocabulary, but starts or ends every"
                        + " text; use files of one model");
            }
        }
        root.set(
                "post_processor",
                TokenizerJson.template(
                        List.of(first, "A:0", last),
                        this == BERT
                                ? List.of(first, "A:0", last, "B:1", last)
                                : List.of(first, "A:0", last, last, "B:0", last),
                        ids));
        return root;
    }

    /** Returns the class's name of a special token. */
    String usual(FolderKey role) {
        if (this == MPNET && role != FolderKey.UNK_TOKEN) {
            return switch (role) {
                case BOS_TOKEN, CLS_TOKEN -> "<s>";
                case EOS_TOKEN, SEP_TOKEN -> "</s>";
                case PAD_TOKEN -> "<pad>";
                default -> "<mask>";
            };
        }
        return "[" + role.key().substring(0, role.key().indexOf('_')).toUpperCase(Locale.ROOT) + "]";
    }

    /** Returns line numbers from 0 by token; the last line counts for a repeated token, as in Python. */
    private static Map<String, Integer> read(Path file) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        List<String> lines = TokenizerJson.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            ids.put(lines.get(i), i);
        }
        return ids;
    }

    private static ObjectNode normalizer(Path file, ObjectNode config) {
        ObjectNode normalizer = TokenizerJson.object();
        normalizer.put("type", "BertNormalizer");
        normalizer.put("clean_text", true);
        normalizer.put(
                "handle_chinese_chars", TokenizerJson.flag(file, config, FolderKey.TOKENIZE_CHINESE_CHARS, true));
        // null: accents are removed if and only if capitals are lowered.
        normalizer.put(
                "strip_accents",
                TokenizerJson.flag(file, config, FolderKey.STRIP_ACCENTS).orElse(null));
        normalizer.put("lowercase", TokenizerJson.flag(file, config, FolderKey.DO_LOWER_CASE, true));
        return normalizer;
    }
}

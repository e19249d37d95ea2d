package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.files.WholeFile;

/**
 * Makes a whole tokenizer from a vocabulary of fastBPE (Sennrich et al. 2016), as BERTweet and PhoBERT have it: a token
 * and its count in each line of {@code vocab.txt}, a merge and its count in each line of {@code bpe.codes}. Around the
 * texts stand {@code <s> A </s>} and {@code <s> A </s></s> B </s>}.
 *
 * <pre>
 *   parcel -> p a r c e l&lt;/w> -> the highest merge of bpe.codes, repeatedly -> par cel&lt;/w> -> ids of par@@ and cel
 * </pre>
 *
 * <p>The pieces of a word, here called symbols, are not the tokens of the vocabulary: {@code par@@} is a symbol that
 * does not end its word. Merges may also need symbols that the vocabulary lacks. Those have ids of their own in the
 * JSON, which {@link Symbols} translates.
 */
final class FastBytePairVocabulary {
    static final String VOCABULARY_FILE = WordPieceVocabulary.FILE;
    static final String MERGES_FILE = "bpe.codes";

    /** Ends a symbol that ends its word. */
    private static final String END = "</w>";
    /** Ends a token that does not end its word. */
    private static final String JOIN = "@@";
    /** What separates words in Python. */
    private static final String SPACES = "\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

    private static final Pattern AROUND = Pattern.compile("^[" + SPACES + "]+|[" + SPACES + "]+$");
    private static final Pattern BETWEEN = Pattern.compile("[" + SPACES + "]+");
    private static final String VERSION = "#version";

    /** The special tokens, in the order in which missing ones get their ids. */
    private static final List<FolderKey> ROLES = List.of(
            FolderKey.BOS_TOKEN,
            FolderKey.EOS_TOKEN,
            FolderKey.UNK_TOKEN,
            FolderKey.SEP_TOKEN,
            FolderKey.PAD_TOKEN,
            FolderKey.CLS_TOKEN,
            FolderKey.MASK_TOKEN);

    /**
     * A tokenizer with symbols in place of tokens.
     *
     * @param json the {@code tokenizer.json}
     * @param symbols what its ids mean
     */
    record Made(ObjectNode json, Symbols symbols) {}

    private FastBytePairVocabulary() {}

    /** Returns whether the folder has both files. */
    static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(VOCABULARY_FILE)) && Files.exists(folder.resolve(MERGES_FILE));
    }

    /** Makes the {@code tokenizer.json} for the folder's two files. */
    static Made tokenizer(Path folder, ObjectNode config, AddedTokens tokens) {
        Path configFile = folder.resolve(FolderKey.NORMALIZATION.file());
        if (FolderKey.flag(configFile, config, FolderKey.NORMALIZATION)) {
            throw new InputException(
                    configFile + ": " + FolderKey.NORMALIZATION.key() + " is true, but tweets are not"
                            + " normalized here (users, links and emojis as words); set it to false, and normalize texts first");
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        // In the order of their ids.
        for (FolderKey role :
                List.of(FolderKey.BOS_TOKEN, FolderKey.PAD_TOKEN, FolderKey.EOS_TOKEN, FolderKey.UNK_TOKEN)) {
            ids.put(special(role, tokens), ids.size());
        }
        read(folder.resolve(VOCABULARY_FILE), ids);
        List<AddedTokens.Token> usual = ROLES.stream()
                .filter(role -> role != FolderKey.MASK_TOKEN || !tokens.lacks(role))
                .map(role -> AddedTokens.Token.special(special(role, tokens)))
                .toList();
        if (!tokens.haveIds()) {
            // Before other added tokens, whereas tokens with ids of their own come first.
            usual.forEach(token -> ids.putIfAbsent(token.content(), ids.size()));
        }
        Set<List<String>> merges = merges(folder.resolve(MERGES_FILE));

        ObjectNode root = TokenizerJson.empty();
        ObjectNode words = root.putObject("model").putObject("vocab");
        ids.forEach(words::put);
        Map<String, Integer> all = tokens.addTo(root, List.of(), usual);
        Set<String> added = VocabularyIds.added(root);
        checkFlags(configFile, config, root);
        Names names = new Names(all, added, Objects.requireNonNull(all.get(special(FolderKey.UNK_TOKEN, tokens))));
        merges.forEach(names::addMerge);
        for (String token : added) {
            names.addWhole(token, folder);
        }

        ObjectNode splitter = root.putObject("pre_tokenizer").put("type", "Split");
        // A line's last word keeps the end of its line, as in Python.
        splitter.putObject("pattern").put("Regex", "[^" + SPACES + "]+\n?");
        splitter.put("behavior", "Removed").put("invert", true);
        root.putObject("decoder").put("type", "BPEDecoder").put("suffix", END);
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout").put("unk_token", special(FolderKey.UNK_TOKEN, tokens));
        model.putNull("continuing_subword_prefix")
                .put("end_of_word_suffix", END)
                .put("fuse_unk", false);
        ObjectNode vocabulary = model.putObject("vocab");
        names.bySymbol.forEach(vocabulary::put);
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(merge -> pairs.addArray().add(merge.get(0)).add(merge.get(1)));
        String first = special(FolderKey.CLS_TOKEN, tokens);
        String last = special(FolderKey.SEP_TOKEN, tokens);
        root.set(
                "post_processor",
                TokenizerJson.template(
                        List.of(first, "A:0", last), List.of(first, "A:0", last, last, "B:0", last), all));
        return new Made(root, new Symbols(all, names.meanings));
    }

    /** Returns a special token of the class. */
    private static String special(FolderKey role, AddedTokens tokens) {
        if (role != FolderKey.MASK_TOKEN && tokens.lacks(role)) {
            throw new InputException(role.file() + ": " + role.key() + " is null; name the token, or leave it out");
        }
        return tokens.named(role)
                .orElse(
                        switch (role) {
                            case BOS_TOKEN, CLS_TOKEN -> "<s>";
                            case EOS_TOKEN, SEP_TOKEN -> "</s>";
                            case UNK_TOKEN -> "<unk>";
                            case PAD_TOKEN -> "<pad>";
                            case MASK_TOKEN -> "<mask>";
                            default -> throw new IllegalArgumentException(role + " is not a special token");
                        });
    }

    /** Adds the tokens of a file. As in Python, a repeated one moves to the number of tokens so far. */
    private static void read(Path file, Map<String, Integer> ids) {
        List<String> lines = TokenizerJson.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = AROUND.matcher(lines.get(i)).replaceAll("");
            int space = line.lastIndexOf(' ');
            if (space < 0) {
                throw new InputException(file + " line " + (i + 1) + ": '" + line + "' is not a token and its count;"
                        + " download the file again");
            }
            ids.put(line.substring(0, space), ids.size());
        }
    }

    /** Returns the pairs of symbols, highest first. As in Python, text after the last line's end is ignored. */
    private static Set<List<String>> merges(Path file) {
        String text = WholeFile.text(file, WholeFile.LIST);
        List<String> lines = text.lines().toList();
        int end = text.endsWith("\n") || text.endsWith("\r") ? lines.size() : lines.size() - 1;
        Set<List<String>> merges = new LinkedHashSet<>();
        for (int i = 0; i < end; i++) {
            String line = AROUND.matcher(lines.get(i)).replaceAll("");
            if (line.isEmpty() || (i == 0 && line.startsWith(VERSION))) {
                continue;
            }
            List<String> parts = List.of(BETWEEN.split(line));
            if (parts.size() != 3) {
                throw new InputException(file + " line " + (i + 1) + ": '" + line + "' is not two tokens and a count;"
                        + " download the file again");
            }
            // The last place of a repeated pair counts.
            merges.remove(parts.subList(0, 2));
            merges.add(parts.subList(0, 2));
        }
        return merges;
    }

    /** Only {@code added_tokens_decoder} may say that a token takes the spaces beside it; {@code single_word} differs. */
    private static void checkFlags(Path configFile, ObjectNode config, ObjectNode root) {
        boolean decoder = FolderKey.ADDED_TOKENS_DECODER.in(config).isPresent();
        for (JsonNode token : root.path("added_tokens")) {
            if (token.path("single_word").asBoolean()) {
                throw new InputException(
                        configFile + ": the token '" + token.path("content").asText()
                                + "' has single_word, which is not supported here; leave it out");
            }
            if (!decoder && token instanceof ObjectNode flags) {
                flags.put("lstrip", false).put("rstrip", false);
            }
        }
    }

    /** Gives every symbol an id, and every id of another symbol a meaning. */
    private static final class Names {
        private final Map<String, Integer> bySymbol = new LinkedHashMap<>();
        private final Map<Integer, Integer> meanings = new HashMap<>();
        private final Map<String, Integer> tokens;
        private final int unknown;
        private final Set<Integer> taken = new HashSet<>();
        private int next;

        Names(Map<String, Integer> tokens, Set<String> added, int unknown) {
            this.tokens = tokens;
            this.unknown = unknown;
            next = tokens.values().stream().mapToInt(id -> id + 1).max().orElse(0);
            List<String> words = new ArrayList<>(tokens.keySet());
            words.removeAll(added);
            for (String token : words) {
                int stem = token.length() - JOIN.length();
                add(token.endsWith(JOIN) && stem > 0 ? token.substring(0, stem) : token + END);
            }
        }

        void addMerge(List<String> pair) {
            add(pair.get(0));
            add(pair.get(1));
            add(pair.get(0) + pair.get(1));
        }

        private void add(String symbol) {
            if (bySymbol.containsKey(symbol)) {
                return;
            }
            String token = symbol.endsWith(END) ? symbol.substring(0, symbol.length() - END.length()) : symbol + JOIN;
            int meaning = tokens.getOrDefault(token, unknown);
            // Merges find symbols by their ids, so no two may have the same.
            boolean free = tokens.containsKey(token) && taken.add(meaning);
            int id = free ? meaning : next++;
            bySymbol.put(symbol, id);
            if (!free) {
                meanings.put(id, meaning);
            }
        }

        /** Adds a token that is found in texts before they are split into words. */
        void addWhole(String token, Path folder) {
            if (bySymbol.putIfAbsent(token, tokens.get(token)) != null) {
                throw new InputException(
                        folder + ": '" + token + "' is an added token and also a part of words, which is"
                                + " not supported; leave it out of the added tokens");
            }
        }
    }
}

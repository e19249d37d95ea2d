package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.unipelt.InputException;

/**
 * The tokens that a folder's files name in addition to the vocabulary: special tokens, which are never split, and other
 * added ones. The files' precedence is that of transformers 5.18: only {@code added_tokens_decoder} of {@code
 * tokenizer_config.json} if it exists; otherwise {@code special_tokens_map.json} before {@code tokenizer_config.json},
 * and {@code tokenizer.json} before {@code added_tokens.json}.
 */
final class AddedTokens {
    static final String MAP = "special_tokens_map.json";
    static final String ADDED = "added_tokens.json";
    private static final String OTHER = "_token";

    /** The special tokens that have their own key, in the order in which missing ones get their ids. */
    private static final List<FolderKey> NAMED = List.of(
            FolderKey.BOS_TOKEN,
            FolderKey.EOS_TOKEN,
            FolderKey.UNK_TOKEN,
            FolderKey.SEP_TOKEN,
            FolderKey.PAD_TOKEN,
            FolderKey.CLS_TOKEN,
            FolderKey.MASK_TOKEN);

    /** A token as {@code tokenizer.json} describes it, without its id. */
    record Token(
            String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {
        static Token special(String content) {
            return new Token(content, false, false, false, false, true);
        }

        Token asSpecial() {
            return new Token(content, singleWord, lstrip, rstrip, normalized, true);
        }
    }

    /** A token, and the file that gives it an id. */
    private record Numbered(Token token, String where) {}

    private final Path configFile;
    /** The content of {@code tokenizer_config.json}, with the valid part of {@code special_tokens_map.json}. */
    private final ObjectNode keys;
    /** By id. */
    private final Map<Integer, Numbered> numbered = new TreeMap<>();

    private AddedTokens(Path configFile, ObjectNode keys) {
        this.configFile = configFile;
        this.keys = keys;
    }

    /**
     * Reads a folder's files.
     *
     * @param config the content of {@code tokenizer_config.json}
     * @param tokenizer the content of {@code tokenizer.json}, if it exists
     */
    static AddedTokens read(Path folder, ObjectNode config, Optional<JsonNode> tokenizer) {
        Path configFile = folder.resolve(FolderKey.ADDED_TOKENS_DECODER.file());
        AddedTokens tokens = new AddedTokens(configFile, config.deepCopy());
        Optional<JsonNode> decoder = FolderKey.ADDED_TOKENS_DECODER.in(config);
        if (decoder.isPresent()) {
            for (Map.Entry<String, JsonNode> entry : decoder.get().properties()) {
                int id = tokens.id(entry.getKey(), configFile);
                tokens.numbered.put(
                        id,
                        new Numbered(
                                tokens.token(entry.getValue(), false, configFile),
                                configFile + ": added_tokens_decoder"));
            }
            return tokens;
        }
        // Before reading the map, which may have either key.
        if (tokens.extra().isEmpty()) {
            FolderKey.ADDITIONAL_SPECIAL_TOKENS
                    .in(config)
                    .ifPresent(value -> tokens.keys.set(FolderKey.EXTRA_SPECIAL_TOKENS.key(), value));
            tokens.keys.remove(FolderKey.ADDITIONAL_SPECIAL_TOKENS.key());
        }
        tokens.takeMap(folder.resolve(MAP));
        Set<String> specials = tokens.specials().keySet();
        Path added = folder.resolve(ADDED);
        for (Map.Entry<String, JsonNode> entry : FolderKey.read(added).properties()) {
            boolean special = specials.contains(entry.getKey());
            tokens.numbered.put(
                    tokens.id(entry.getValue().asText(), added),
                    new Numbered(new Token(entry.getKey(), false, false, false, !special, special), added.toString()));
        }
        Path file = folder.resolve(Tokenizer.JSON_FILE);
        for (JsonNode entry : tokenizer.map(root -> root.path("added_tokens")).orElse(TokenizerJson.object())) {
            tokens.numbered.put(
                    tokens.id(entry.path("id").asText(), file),
                    new Numbered(tokens.token(entry, false, file), file + ": added_tokens"));
        }
        return tokens;
    }

    /** Takes the content of {@code special_tokens_map.json}; its objects are special even without saying so. */
    private void takeMap(Path file) {
        for (Map.Entry<String, JsonNode> entry : FolderKey.read(file).properties()) {
            JsonNode value = entry.getValue();
            boolean extra = entry.getKey().equals(FolderKey.EXTRA_SPECIAL_TOKENS.key());
            if (extra && value.isArray()) {
                ArrayNode all = keys.withArray(entry.getKey());
                value.forEach(all::add);
            } else {
                keys.set(
                        entry.getKey(),
                        !extra && value instanceof ObjectNode token ? token.put("special", true) : value);
            }
        }
    }

    /** Returns the text of a named special token; empty if no file names it. */
    Optional<String> named(FolderKey role) {
        return role.in(keys).map(value -> token(value, true, configFile).content());
    }

    /** Returns these tokens with one more, unless a file names its role or says that there is none. */
    AddedTokens or(FolderKey role, String content) {
        if (named(role).isPresent() || lacks(role)) {
            return this;
        }
        AddedTokens more = new AddedTokens(configFile, keys.deepCopy());
        more.keys.put(role.key(), content);
        more.numbered.putAll(numbered);
        return more;
    }

    /** Returns whether a file gives ids to added tokens. */
    boolean haveIds() {
        return !numbered.isEmpty();
    }

    /** Returns whether a file says that there is no such special token. */
    boolean lacks(FolderKey role) {
        return keys.path(role.key()).isNull();
    }

    /** Returns whether a file lists more special tokens than those that have a name. */
    boolean namesExtra() {
        return extra().isPresent()
                || FolderKey.ADDITIONAL_SPECIAL_TOKENS
                        .in(keys)
                        .filter(extra -> !extra.isEmpty())
                        .isPresent();
    }

    /** Returns every token that the keys name, by its text. */
    private Map<String, Token> specials() {
        Map<String, Token> specials = new LinkedHashMap<>();
        List<JsonNode> values = new ArrayList<>();
        NAMED.forEach(role -> role.in(keys).ifPresent(values::add));
        for (Map.Entry<String, JsonNode> entry : keys.properties()) {
            boolean other = NAMED.stream().noneMatch(role -> role.key().equals(entry.getKey()));
            if (other
                    && entry.getKey().endsWith(OTHER)
                    && (entry.getValue().isTextual() || isToken(entry.getValue()))) {
                values.add(entry.getValue());
            }
        }
        // A list, or an object of named tokens.
        extra().or(() -> FolderKey.ADDITIONAL_SPECIAL_TOKENS.in(keys)).ifPresent(extra -> extra.forEach(values::add));
        for (JsonNode value : values) {
            Token token = token(value, true, configFile);
            specials.putIfAbsent(token.content(), token);
        }
        return specials;
    }

    private Optional<JsonNode> extra() {
        return FolderKey.EXTRA_SPECIAL_TOKENS.in(keys).filter(extra -> !extra.isEmpty());
    }

    private static boolean isToken(JsonNode value) {
        return value.path("content").isTextual();
    }

    private Token token(JsonNode value, boolean special, Path file) {
        if (value.isTextual()) {
            return new Token(value.asText(), false, false, false, !special, special);
        }
        if (!isToken(value)) {
            throw new InputException(file + ": " + value.toString().replace('"', '\'')
                    + " is not a token; use a token's text, or an object with its content");
        }
        boolean markedSpecial = value.path("special").asBoolean();
        return new Token(
                value.path("content").asText(),
                value.path("single_word").asBoolean(),
                value.path("lstrip").asBoolean(),
                value.path("rstrip").asBoolean(),
                value.path("normalized").asBoolean(!markedSpecial),
                special || markedSpecial);
    }

    private int id(String text, Path file) {
        try {
            int id = Integer.parseInt(text);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new InputException(file + ": '" + text + "' is not a token id; download the file again");
    }

    /**
     * Adds the tokens to a {@code tokenizer.json}. A token that the vocabulary lacks gets the next free id, as in
     * Python.
     *
     * @param root the JSON with {@code model.vocab} and already added tokens
     * @param usual special tokens of the class; added only if the vocabulary has them
     * @param more tokens that the vocabulary's file names; always added
     * @return the ids of all tokens
     * @throws InputException if a file gives a token a different id
     */
    Map<String, Integer> addTo(ObjectNode root, List<Token> usual, List<Token> more) {
        Map<String, Integer> ids = VocabularyIds.of(root);
        int vocabulary = root.path("model").path("vocab").size();
        Set<String> present = VocabularyIds.added(root);
        int last = present.stream().mapToInt(ids::get).max().orElse(-1);
        Map<String, Token> specials = specials();
        Map<String, Token> wanted = new LinkedHashMap<>();
        numbered.values().forEach(entry -> wanted.put(entry.token().content(), entry.token()));
        specials.forEach(wanted::putIfAbsent);
        usual.stream().filter(token -> ids.containsKey(token.content())).forEach(token -> {
            wanted.putIfAbsent(token.content(), token);
            specials.putIfAbsent(token.content(), token);
        });
        for (Token token : more) {
            wanted.putIfAbsent(token.content(), token);
            specials.putIfAbsent(token.content(), token);
        }
        for (Token token : wanted.values()) {
            if (token.content().isEmpty() || present.contains(token.content())) {
                continue;
            }
            Integer known = ids.get(token.content());
            int id = known != null ? known : Math.max(last + 1, vocabulary);
            last = Math.max(last, id);
            ids.put(token.content(), id);
            write(root, id, specials.containsKey(token.content()) ? token.asSpecial() : token);
        }
        numbered.forEach((id, entry) -> {
            Integer got = ids.get(entry.token().content());
            if (got != null && !got.equals(id)) {
                throw new InputException(entry.where() + ": '" + entry.token().content() + "' has the id " + id
                        + ", but in the vocabulary its id is " + got + "; use files of one model");
            }
        });
        return ids;
    }

    private static void write(ObjectNode root, int id, Token token) {
        root.withArray("added_tokens")
                .addObject()
                .put("id", id)
                .put("content", token.content())
                .put("single_word", token.singleWord())
                .put("lstrip", token.lstrip())
                .put("rstrip", token.rstrip())
                .put("normalized", token.normalized())
                .put("special", token.special());
    }
}

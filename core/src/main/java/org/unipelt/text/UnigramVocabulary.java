package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.text.SentencePieceModel.Piece;

/**
 * Makes a whole tokenizer from SentencePiece's unigrams (Kudo 2018), from a model file or from {@code tokenizer.json}.
 * The class adds special tokens to the pieces and says what stands around a text.
 *
 * <pre>
 *   "Ｔhe parcel" -> characters replaced: The parcel -> ▁The ▁parcel -> the most probable pieces: ▁The ▁par cel -> ids
 * </pre>
 */
enum UnigramVocabulary {
    /** {@code <s> A </s>} and {@code <s> A </s></s> B </s>}. */
    XLM_ROBERTA("sentencepiece.bpe.model"),
    /** The same around texts; the vocabulary also has its own forms of {@code <s>}, {@code </s>} and {@code <unk>}. */
    CAMEMBERT("sentencepiece.bpe.model"),
    /** {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}; by default without capitals and accents. */
    ALBERT("spiece.model"),
    /**
     * {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}; {@code [MASK]} comes after the vocabulary, which does
     * not have it.
     */
    DEBERTA("spm.model");

    private static final String SPACE = "▁";
    /** SentencePiece's own tokens at the start of a file, which fairseq's vocabulary replaces. */
    private static final int XLM_ROBERTA_UNKNOWN = 3;

    private static final int ALBERT_UNKNOWN = 1;

    /** DeBERTa's, of which transformers' class has this default. */
    private static final int DEBERTA_UNKNOWN = 1;

    /**
     * What a tokenizer is made of, wherever it comes from.
     *
     * @param unknown the id for what no piece covers, if the vocabulary does not show it
     */
    private record Parts(
            ArrayNode vocabulary, Optional<String> characters, Optional<JsonNode> postProcessor, int unknown) {}

    private final String file;

    UnigramVocabulary(String file) {
        this.file = file;
    }

    /** Returns the name of the model file. */
    String file() {
        return file;
    }

    /** Returns the class's name of a special token. */
    String usual(FolderKey role) {
        return switch (role) {
            case BOS_TOKEN, CLS_TOKEN -> bracketed() ? "[CLS]" : "<s>";
            case EOS_TOKEN, SEP_TOKEN -> bracketed() ? "[SEP]" : "</s>";
            case MASK_TOKEN -> bracketed() ? "[MASK]" : "<mask>";
            case UNK_TOKEN -> this == DEBERTA ? "[UNK]" : "<unk>";
            case PAD_TOKEN -> this == DEBERTA ? "[PAD]" : "<pad>";
            default -> throw new IllegalArgumentException(role + " is not a special token");
        };
    }

    /** Whether the tokens around texts are BERT's. */
    private boolean bracketed() {
        return this == ALBERT || this == DEBERTA;
    }

    private String token(FolderKey role, AddedTokens tokens) {
        return tokens.named(role).orElse(usual(role));
    }

    /** Makes the {@code tokenizer.json} for the folder's model file. */
    ObjectNode tokenizer(Path folder, ObjectNode config, AddedTokens tokens) {
        Path path = folder.resolve(file);
        SentencePieceModel model = SentencePieceModel.read(path);
        ArrayNode vocabulary = TokenizerJson.object().putArray("vocab");
        switch (this) {
            case XLM_ROBERTA -> {
                for (FolderKey role :
                        List.of(FolderKey.BOS_TOKEN, FolderKey.PAD_TOKEN, FolderKey.EOS_TOKEN, FolderKey.UNK_TOKEN)) {
                    vocabulary.addArray().add(token(role, tokens)).add(0.0);
                }
                addPieces(vocabulary, model, XLM_ROBERTA_UNKNOWN, path);
                vocabulary.addArray().add(token(FolderKey.MASK_TOKEN, tokens)).add(0.0);
            }
            case CAMEMBERT -> {
                vocabulary.addArray().add("<s>NOTUSED").add(0.0);
                vocabulary.addArray().add(token(FolderKey.PAD_TOKEN, tokens)).add(0.0);
                vocabulary.addArray().add("</s>NOTUSED").add(0.0);
                vocabulary.addArray().add(token(FolderKey.UNK_TOKEN, tokens)).add(0.0);
                vocabulary.addArray().add("<unk>NOTUSED").add(-100.0);
                addPieces(vocabulary, model, 1, path);
                vocabulary.addArray().add(token(FolderKey.MASK_TOKEN, tokens)).add(0.0);
            }
            case ALBERT, DEBERTA -> addPieces(vocabulary, model, 0, path);
        }
        Optional<String> characters = Optional.of(model.characters())
                .filter(bytes -> bytes.length > 0)
                .map(Base64.getEncoder()::encodeToString);
        List<AddedTokens.Token> added = model.pieces().stream()
                .filter(Piece::isAdded)
                .map(piece -> AddedTokens.Token.special(piece.text()))
                .toList();
        return tokenizer(
                path, config, new Parts(vocabulary, characters, Optional.empty(), model.unknown()), tokens, added);
    }

    private static void addPieces(ArrayNode vocabulary, SentencePieceModel model, int from, Path path) {
        if (model.pieces().size() <= from) {
            throw new InputException(path + " holds only " + model.pieces().size() + " pieces; download it again");
        }
        for (Piece piece : model.pieces().subList(from, model.pieces().size())) {
            vocabulary.addArray().add(piece.text()).add((double) piece.score());
        }
    }

    /**
     * Makes the {@code tokenizer.json} for the vocabulary of another one.
     *
     * @param given the other one's content
     */
    ObjectNode tokenizer(Path path, ObjectNode config, ObjectNode given, AddedTokens tokens) {
        if (!(given.path("model").path("vocab") instanceof ArrayNode vocabulary)) {
            throw new InputException(path + " holds no list of pieces and scores in model.vocab; download it again");
        }
        Optional<JsonNode> postProcessor =
                Optional.of(given.path("post_processor")).filter(processor -> this == ALBERT && processor.isObject());
        int unknown = this == DEBERTA ? unknownBySettings(path, config) : 0;
        Parts parts = new Parts(vocabulary, characters(given), postProcessor, unknown);
        return tokenizer(path, config, parts, tokens, List.of());
    }

    /** Returns the table of character replacements in a {@code tokenizer.json}. */
    private static Optional<String> characters(ObjectNode given) {
        List<JsonNode> normalizers = new ArrayList<>();
        JsonNode normalizer = given.path("normalizer");
        if (normalizer.path("type").asText().equals("Sequence")) {
            normalizer.path("normalizers").forEach(normalizers::add);
        } else {
            normalizers.add(normalizer);
        }
        return normalizers.stream()
                .filter(each -> each.path("type").asText().equals("Precompiled"))
                .map(each -> each.path("precompiled_charsmap").asText())
                .findFirst();
    }

    private ObjectNode tokenizer(
            Path path, ObjectNode config, Parts parts, AddedTokens named, List<AddedTokens.Token> added) {
        AddedTokens tokens = this == DEBERTA ? named.or(FolderKey.MASK_TOKEN, usual(FolderKey.MASK_TOKEN)) : named;
        Path configFile = path.resolveSibling(FolderKey.ADD_PREFIX_SPACE.file());
        boolean prefixSpace = TokenizerJson.flag(configFile, config, FolderKey.ADD_PREFIX_SPACE, true);
        ObjectNode root = TokenizerJson.empty();
        root.set("normalizer", normalizer(configFile, config, parts.characters()));
        ObjectNode splitters = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = splitters.putArray("pretokenizers");
        if (this != DEBERTA) {
            steps.addObject().put("type", "WhitespaceSplit");
        } else if (TokenizerJson.flag(configFile, config, FolderKey.SPLIT_BY_PUNCT, false)) {
            steps.addObject().put("type", "Punctuation").put("behavior", "Isolated");
        }
        steps.add(metaspace(prefixSpace));
        root.set("decoder", metaspace(prefixSpace));
        int unknown = unknown(parts, tokens);
        if (unknown < 0 || unknown >= parts.vocabulary().size()) {
            throw new InputException(path + ": the unknown piece has the id " + unknown
                    + ", but the vocabulary ends at " + (parts.vocabulary().size() - 1) + "; use files of one model");
        }
        root.putObject("model")
                .put("type", "Unigram")
                .put("unk_id", unknown)
                .put("byte_fallback", false)
                .set("vocab", parts.vocabulary());
        Map<String, Integer> ids = tokens.addTo(root, usual(tokens, added.isEmpty()), added);
        String first = token(bracketed() ? FolderKey.CLS_TOKEN : FolderKey.BOS_TOKEN, tokens);
        String last = token(bracketed() ? FolderKey.SEP_TOKEN : FolderKey.EOS_TOKEN, tokens);
        if (parts.postProcessor().isPresent()) {
            root.set("post_processor", parts.postProcessor().get());
            return root;
        }
        for (String token : List.of(first, last)) {
            if (!ids.containsKey(token)) {
                throw new InputException(path + ": " + token + " is not in the vocabulary, but starts or ends every"
                        + " text; use files of one model");
            }
        }
        root.set(
                "post_processor",
                bracketed()
                        ? TokenizerJson.template(
                                List.of(first, "A:0", last), List.of(first, "A:0", last, "B:1", last), ids)
                        : TokenizerJson.template(
                                List.of(first, "A:0", last), List.of(first, "A:0", last, last, "B:0", last), ids));
        return root;
    }

    /**
     * Returns the tokens that are special if the vocabulary has them.
     *
     * @param alone whether the vocabulary's file names no special tokens
     */
    private List<AddedTokens.Token> usual(AddedTokens tokens, boolean alone) {
        List<AddedTokens.Token> usual = new ArrayList<>();
        for (FolderKey role : List.of(
                FolderKey.BOS_TOKEN,
                FolderKey.EOS_TOKEN,
                FolderKey.UNK_TOKEN,
                FolderKey.SEP_TOKEN,
                FolderKey.PAD_TOKEN,
                FolderKey.CLS_TOKEN,
                FolderKey.MASK_TOKEN)) {
            if (tokens.named(role).isEmpty() && !tokens.lacks(role)) {
                boolean stripsLeft = this == CAMEMBERT && role == FolderKey.MASK_TOKEN;
                usual.add(new AddedTokens.Token(usual(role), false, stripsLeft, false, false, true));
            }
        }
        if (this == CAMEMBERT && alone) {
            List.of("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED")
                    .forEach(token -> usual.add(AddedTokens.Token.special(token)));
        }
        return usual;
    }

    private int unknown(Parts parts, AddedTokens tokens) {
        String unknown = token(FolderKey.UNK_TOKEN, tokens);
        return switch (this) {
            case XLM_ROBERTA -> XLM_ROBERTA_UNKNOWN;
            case ALBERT -> ALBERT_UNKNOWN;
            case CAMEMBERT ->
                first(parts.vocabulary(), piece -> piece.path(0).asText().equals(unknown))
                        .orElse(0);
            case DEBERTA ->
                first(
                                parts.vocabulary(),
                                piece -> piece.path(0).asText().equals(unknown)
                                        && piece.path(1).asDouble() == 0)
                        .orElse(parts.unknown());
        };
    }

    private static int unknownBySettings(Path path, ObjectNode config) {
        Optional<JsonNode> id = FolderKey.UNK_ID.in(config);
        if (id.isPresent() && !(id.get().isIntegralNumber() && id.get().canConvertToInt())) {
            throw new InputException(path.resolveSibling(FolderKey.UNK_ID.file()) + ": unk_id is " + id.get()
                    + ", which is not a token id; download the file again");
        }
        return id.map(JsonNode::asInt).orElse(DEBERTA_UNKNOWN);
    }

    private static OptionalInt first(ArrayNode vocabulary, Predicate<JsonNode> wanted) {
        return IntStream.range(0, vocabulary.size())
                .filter(id -> wanted.test(vocabulary.get(id)))
                .findFirst();
    }

    private JsonNode normalizer(Path configFile, ObjectNode config, Optional<String> characters) {
        Optional<ObjectNode> precompiled = characters.map(
                table -> TokenizerJson.object().put("type", "Precompiled").put("precompiled_charsmap", table));
        if (this == DEBERTA) {
            return debertaNormalizer(configFile, config);
        }
        if (this != ALBERT) {
            return precompiled
                    .<JsonNode>map(table -> table)
                    .orElse(TokenizerJson.object().nullNode());
        }
        ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        for (String quotes : List.of("``", "''")) {
            steps.addObject()
                    .put("type", "Replace")
                    .put("content", "\"")
                    .putObject("pattern")
                    .put("String", quotes);
        }
        if (!TokenizerJson.flag(configFile, config, FolderKey.KEEP_ACCENTS, false)) {
            steps.addObject().put("type", "NFKD");
            steps.addObject().put("type", "StripAccents");
        }
        if (TokenizerJson.flag(configFile, config, FolderKey.DO_LOWER_CASE, true)) {
            steps.addObject().put("type", "Lowercase");
        }
        precompiled.ifPresent(steps::add);
        return sequence;
    }

    /** As transformers 5.18 has it: without the file's character replacements. */
    private static JsonNode debertaNormalizer(Path configFile, ObjectNode config) {
        ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        if (TokenizerJson.flag(configFile, config, FolderKey.DO_LOWER_CASE, false)) {
            steps.addObject().put("type", "Lowercase");
        }
        steps.addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("Regex", "\\s{2,}|[\\n\\r\\t]");
        steps.addObject().put("type", "NFC");
        steps.addObject().put("type", "Strip").put("strip_left", false).put("strip_right", true);
        return sequence;
    }

    private ObjectNode metaspace(boolean prefixSpace) {
        String without = this == DEBERTA ? "first" : "never";
        return TokenizerJson.object()
                .put("type", "Metaspace")
                .put("replacement", SPACE)
                .put("prepend_scheme", prefixSpace ? "always" : without)
                .put("split", true);
    }
}

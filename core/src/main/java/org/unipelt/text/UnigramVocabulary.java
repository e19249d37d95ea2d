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
    ALBERT("spiece.model");

    private static final String SPACE = "▁";
    /** SentencePiece's own tokens at the start of a file, which fairseq's vocabulary replaces. */
    private static final int XLM_ROBERTA_UNKNOWN = 3;

    private static final int ALBERT_UNKNOWN = 1;

    /** What a tokenizer is made of, wherever it comes from. */
    private record Parts(ArrayNode vocabulary, Optional<String> characters, Optional<JsonNode> postProcessor) {}

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
        boolean albert = this == ALBERT;
        return switch (role) {
            case BOS_TOKEN, CLS_TOKEN -> albert ? "[CLS]" : "<s>";
            case EOS_TOKEN, SEP_TOKEN -> albert ? "[SEP]" : "</s>";
            case MASK_TOKEN -> albert ? "[MASK]" : "<mask>";
            case UNK_TOKEN -> "<unk>";
            case PAD_TOKEN -> "<pad>";
            default -> throw new IllegalArgumentException(role + " is not a special token");
        };
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
            case ALBERT -> addPieces(vocabulary, model, 0, path);
        }
        Optional<String> characters = Optional.of(model.characters())
                .filter(bytes -> bytes.length > 0)
                .map(Base64.getEncoder()::encodeToString);
        List<AddedTokens.Token> added = model.pieces().stream()
                .filter(Piece::isAdded)
                .map(piece -> AddedTokens.Token.special(piece.text()))
                .toList();
        return tokenizer(path, config, new Parts(vocabulary, characters, Optional.empty()), tokens, added);
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
        return tokenizer(path, config, new Parts(vocabulary, characters(given), postProcessor), tokens, List.of());
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
            Path path, ObjectNode config, Parts parts, AddedTokens tokens, List<AddedTokens.Token> added) {
        Path configFile = path.resolveSibling(FolderKey.ADD_PREFIX_SPACE.file());
        boolean prefixSpace = TokenizerJson.flag(configFile, config, FolderKey.ADD_PREFIX_SPACE, true);
        ObjectNode root = TokenizerJson.empty();
        root.set("normalizer", normalizer(configFile, config, parts.characters()));
        ObjectNode splitters = root.putObject("pre_tokenizer").put("type", "Sequence");
        splitters.putArray("pretokenizers").addObject().put("type", "WhitespaceSplit");
        splitters.withArray("pretokenizers").add(metaspace(prefixSpace));
        root.set("decoder", metaspace(prefixSpace));
        root.putObject("model")
                .put("type", "Unigram")
                .put("unk_id", unknown(parts.vocabulary(), tokens))
                .put("byte_fallback", false)
                .set("vocab", parts.vocabulary());
        Map<String, Integer> ids = tokens.addTo(root, usual(tokens, added.isEmpty()), added);
        String first = token(this == ALBERT ? FolderKey.CLS_TOKEN : FolderKey.BOS_TOKEN, tokens);
        String last = token(this == ALBERT ? FolderKey.SEP_TOKEN : FolderKey.EOS_TOKEN, tokens);
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
                this == ALBERT
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

    private int unknown(ArrayNode vocabulary, AddedTokens tokens) {
        return switch (this) {
            case XLM_ROBERTA -> XLM_ROBERTA_UNKNOWN;
            case ALBERT -> ALBERT_UNKNOWN;
            case CAMEMBERT -> {
                String unknown = token(FolderKey.UNK_TOKEN, tokens);
                for (int i = 0; i < vocabulary.size(); i++) {
                    if (vocabulary.get(i).path(0).asText().equals(unknown)) {
                        yield i;
                    }
                }
                yield 0;
            }
        };
    }

    private JsonNode normalizer(Path configFile, ObjectNode config, Optional<String> characters) {
        Optional<ObjectNode> precompiled = characters.map(
                table -> TokenizerJson.object().put("type", "Precompiled").put("precompiled_charsmap", table));
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

    private static ObjectNode metaspace(boolean prefixSpace) {
        return TokenizerJson.object()
                .put("type", "Metaspace")
                .put("replacement", SPACE)
                .put("prepend_scheme", prefixSpace ? "always" : "never")
                .put("split", true);
    }
}

package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
    DEBERTA("spm.model"),
    /** {@code A </s>} and {@code A </s> B </s>}; {@code <extra_id_0>} and so on end the vocabulary, the last one first. */
    T5("spiece.model"),
    /** {@code A </s>} and {@code A B </s>}; tokens of its pretraining begin the vocabulary. */
    PEGASUS("spiece.model"),
    /** {@code A </s> en_XX} and {@code A B </s> en_XX}; 25 languages end the vocabulary. */
    MBART("sentencepiece.bpe.model"),
    /** {@code en_XX A </s>} and {@code en_XX A B </s>}; 52 languages end the vocabulary. */
    MBART50("sentencepiece.bpe.model");

    private static final String SPACE = "▁";
    /** SentencePiece's own tokens at the start of a file, which fairseq's vocabulary replaces. */
    private static final int XLM_ROBERTA_UNKNOWN = 3;

    private static final int ALBERT_UNKNOWN = 1;
    private static final int T5_UNKNOWN = 2;

    private static final int T5_EXTRA_IDS = 100;
    private static final int PEGASUS_OFFSET = 103;
    /** More tokens than any model adds. */
    private static final int MOST_ADDED = 100_000;

    /** In the order of their ids. */
    private static final List<String> MBART_LANGUAGES = List.of(
            ("ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP"
                            + " nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN")
                    .split(" "));

    private static final List<String> MBART50_LANGUAGES = Stream.concat(
                    MBART_LANGUAGES.stream(),
                    Stream.of(
                            ("af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF"
                                            + " pt_XX sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI")
                                    .split(" ")))
            .toList();

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
            case MASK_TOKEN -> bracketed() ? "[MASK]" : this == PEGASUS ? "<mask_2>" : "<mask>";
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
        Path configFile = path.resolveSibling(FolderKey.EXTRA_IDS.file());
        ArrayNode vocabulary = TokenizerJson.object().putArray("vocab");
        switch (this) {
            case XLM_ROBERTA, MBART, MBART50 -> {
                for (FolderKey role :
                        List.of(FolderKey.BOS_TOKEN, FolderKey.PAD_TOKEN, FolderKey.EOS_TOKEN, FolderKey.UNK_TOKEN)) {
                    add(vocabulary, token(role, tokens), 0);
                }
                addPieces(vocabulary, model, XLM_ROBERTA_UNKNOWN, path);
                languages().forEach(language -> add(vocabulary, language, 0));
                add(vocabulary, token(FolderKey.MASK_TOKEN, tokens), 0);
            }
            case CAMEMBERT -> {
                add(vocabulary, "<s>NOTUSED", 0);
                add(vocabulary, token(FolderKey.PAD_TOKEN, tokens), 0);
                add(vocabulary, "</s>NOTUSED", 0);
                add(vocabulary, token(FolderKey.UNK_TOKEN, tokens), 0);
                add(vocabulary, "<unk>NOTUSED", -100);
                addPieces(vocabulary, model, 1, path);
                add(vocabulary, token(FolderKey.MASK_TOKEN, tokens), 0);
            }
            case ALBERT, DEBERTA -> addPieces(vocabulary, model, 0, path);
            case T5 -> {
                addPieces(vocabulary, model, 0, path);
                List<String> extra = extraIds(configFile, config);
                for (int i = extra.size() - 1; i >= 0; i--) {
                    add(vocabulary, extra.get(i), 0);
                }
            }
            case PEGASUS -> {
                Set<String> first = new LinkedHashSet<>(
                        List.of(token(FolderKey.PAD_TOKEN, tokens), token(FolderKey.EOS_TOKEN, tokens)));
                // In transformers 5.18 each of the two has the other's usual text here.
                if (!tokens.lacks(FolderKey.MASK_TOKEN)) {
                    first.add(tokens.named(FolderKey.MASK_TOKEN).orElse("<mask_1>"));
                }
                if (!tokens.lacks(FolderKey.MASK_TOKEN_SENT)) {
                    first.add(tokens.named(FolderKey.MASK_TOKEN_SENT).orElse("<mask_2>"));
                }
                first.forEach(token -> add(vocabulary, token, 0));
                unused(configFile, config).forEach(token -> add(vocabulary, token, -100));
                addPieces(vocabulary, model, 2, path);
            }
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

    private static void add(ArrayNode vocabulary, String piece, double score) {
        vocabulary.addArray().add(piece).add(score);
    }

    private List<String> languages() {
        return switch (this) {
            case MBART -> MBART_LANGUAGES;
            case MBART50 -> MBART50_LANGUAGES;
            case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS -> List.of();
        };
    }

    private static List<String> extraIds(Path configFile, ObjectNode config) {
        int count = TokenizerJson.count(configFile, config, FolderKey.EXTRA_IDS, T5_EXTRA_IDS, MOST_ADDED);
        return IntStream.range(0, count).mapToObj(i -> "<extra_id_" + i + ">").toList();
    }

    private static List<String> unused(Path configFile, ObjectNode config) {
        int offset = TokenizerJson.count(configFile, config, FolderKey.OFFSET, PEGASUS_OFFSET, MOST_ADDED);
        return IntStream.range(2, offset).mapToObj(i -> "<unk_" + i + ">").toList();
    }

    private static void addPieces(ArrayNode vocabulary, SentencePieceModel model, int from, Path path) {
        if (model.pieces().size() <= from) {
            throw new InputException(path + " holds only " + model.pieces().size() + " pieces; download it again");
        }
        for (Piece piece : model.pieces().subList(from, model.pieces().size())) {
            add(vocabulary, piece.text(), piece.score());
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
        ObjectNode root = TokenizerJson.empty();
        root.set("normalizer", normalizer(configFile, config, parts.characters()));
        ObjectNode space = metaspace(prefixSpace(configFile, config));
        if (this == PEGASUS || this == MBART50) {
            root.set("pre_tokenizer", space);
        } else {
            ObjectNode splitters = root.putObject("pre_tokenizer").put("type", "Sequence");
            ArrayNode steps = splitters.putArray("pretokenizers");
            if (this != DEBERTA) {
                steps.addObject().put("type", "WhitespaceSplit");
            } else if (TokenizerJson.flag(configFile, config, FolderKey.SPLIT_BY_PUNCT, false)) {
                steps.addObject().put("type", "Punctuation").put("behavior", "Isolated");
            }
            steps.add(space);
        }
        root.set("decoder", space.deepCopy());
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
        List<AddedTokens.Token> usual = usual(tokens, added.isEmpty());
        if (!tokens.namesExtra()) {
            extra(configFile, config, tokens).forEach(token -> usual.add(AddedTokens.Token.special(token)));
        }
        Map<String, Integer> ids = tokens.addTo(root, usual, added);
        root.set("post_processor", parts.postProcessor().orElseGet(() -> template(path, config, tokens, ids)));
        return root;
    }

    /** Returns whether a text starts as if after a space. */
    private boolean prefixSpace(Path configFile, ObjectNode config) {
        return switch (this) {
            case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA ->
                TokenizerJson.flag(configFile, config, FolderKey.ADD_PREFIX_SPACE, true);
            case T5, PEGASUS, MBART, MBART50 -> true;
        };
    }

    /** Returns what stands around a text and around two. */
    private JsonNode template(Path path, ObjectNode config, AddedTokens tokens, Map<String, Integer> ids) {
        String first = token(bracketed() ? FolderKey.CLS_TOKEN : FolderKey.BOS_TOKEN, tokens);
        String last = token(bracketed() ? FolderKey.SEP_TOKEN : FolderKey.EOS_TOKEN, tokens);
        Optional<String> given = FolderKey.SRC_LANG.in(config).map(JsonNode::asText);
        if (!languages().isEmpty() && given.isPresent() && !ids.containsKey(given.get())) {
            throw new InputException(path.resolveSibling(FolderKey.SRC_LANG.file()) + ": src_lang is " + given.get()
                    + ", which is not in the vocabulary; use one of its languages");
        }
        String language = given.orElse("en_XX");
        List<String> single =
                switch (this) {
                    case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA -> List.of(first, "A:0", last);
                    case T5, PEGASUS -> List.of("A:0", last);
                    case MBART -> List.of("A:0", last, language);
                    case MBART50 -> List.of(language, "A:0", last);
                };
        List<String> pair =
                switch (this) {
                    case XLM_ROBERTA, CAMEMBERT -> List.of(first, "A:0", last, last, "B:0", last);
                    case ALBERT, DEBERTA -> List.of(first, "A:0", last, "B:1", last);
                    case T5 -> List.of("A:0", last, "B:0", last);
                    case PEGASUS -> List.of("A:0", "B:0", last);
                    case MBART -> List.of("A:0", "B:0", last, language);
                    case MBART50 -> List.of(language, "A:0", "B:0", last);
                };
        for (String token : single) {
            if (!token.equals("A:0") && !ids.containsKey(token)) {
                throw new InputException(path + ": " + token + " is not in the vocabulary, but starts or ends every"
                        + " text; use files of one model");
            }
        }
        return TokenizerJson.template(single, pair, ids);
    }

    /** Returns more special tokens of the class, which count unless a file names more of its own. */
    private List<String> extra(Path configFile, ObjectNode config, AddedTokens tokens) {
        return switch (this) {
            case T5 -> extraIds(configFile, config);
            case PEGASUS -> {
                List<String> extra = new ArrayList<>(unused(configFile, config));
                if (!tokens.lacks(FolderKey.MASK_TOKEN_SENT)) {
                    extra.add(tokens.named(FolderKey.MASK_TOKEN_SENT).orElse("<mask_1>"));
                }
                yield extra;
            }
            case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, MBART, MBART50 -> languages();
        };
    }

    /**
     * Returns the tokens that are special if the vocabulary has them.
     *
     * @param alone whether the vocabulary's file names no special tokens
     */
    private List<AddedTokens.Token> usual(AddedTokens tokens, boolean alone) {
        List<AddedTokens.Token> usual = new ArrayList<>();
        for (FolderKey role : roles()) {
            if (tokens.named(role).isEmpty() && !tokens.lacks(role)) {
                boolean stripsLeft = (this == CAMEMBERT || !languages().isEmpty()) && role == FolderKey.MASK_TOKEN;
                usual.add(new AddedTokens.Token(usual(role), false, stripsLeft, false, false, true));
            }
        }
        if (this == CAMEMBERT && alone) {
            List.of("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED")
                    .forEach(token -> usual.add(AddedTokens.Token.special(token)));
        }
        return usual;
    }

    /** Returns the named special tokens that the class has. */
    private List<FolderKey> roles() {
        return switch (this) {
            case T5 -> List.of(FolderKey.EOS_TOKEN, FolderKey.UNK_TOKEN, FolderKey.PAD_TOKEN);
            case PEGASUS ->
                List.of(FolderKey.EOS_TOKEN, FolderKey.UNK_TOKEN, FolderKey.PAD_TOKEN, FolderKey.MASK_TOKEN);
            case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, MBART, MBART50 ->
                List.of(
                        FolderKey.BOS_TOKEN,
                        FolderKey.EOS_TOKEN,
                        FolderKey.UNK_TOKEN,
                        FolderKey.SEP_TOKEN,
                        FolderKey.PAD_TOKEN,
                        FolderKey.CLS_TOKEN,
                        FolderKey.MASK_TOKEN);
        };
    }

    private int unknown(Parts parts, AddedTokens tokens) {
        String unknown = token(FolderKey.UNK_TOKEN, tokens);
        return switch (this) {
            case XLM_ROBERTA, MBART, MBART50 -> XLM_ROBERTA_UNKNOWN;
            case ALBERT -> ALBERT_UNKNOWN;
            case T5 -> T5_UNKNOWN;
            case CAMEMBERT, PEGASUS ->
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
        return switch (this) {
            case XLM_ROBERTA, CAMEMBERT, T5 ->
                precompiled
                        .<JsonNode>map(table -> table)
                        .orElse(TokenizerJson.object().nullNode());
            // As transformers 5.18: it reads the table and does not use it.
            case MBART -> TokenizerJson.object().nullNode();
            case MBART50 -> oneSpace(precompiled.stream().toList());
            case PEGASUS -> oneSpace(List.of(precompiled.orElse(replace("Regex", "\n", " "))));
            case ALBERT -> albert(configFile, config, precompiled);
            case DEBERTA -> deberta(configFile, config);
        };
    }

    /** Returns a normalizer that does these steps, then replaces several spaces by one. */
    private static ObjectNode oneSpace(List<ObjectNode> steps) {
        ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
        sequence.putArray("normalizers").addAll(steps).add(replace("Regex", " {2,}", " "));
        return sequence;
    }

    private static ObjectNode replace(String kind, String pattern, String by) {
        ObjectNode replace = TokenizerJson.object().put("type", "Replace").put("content", by);
        replace.putObject("pattern").put(kind, pattern);
        return replace;
    }

    private static ObjectNode albert(Path configFile, ObjectNode config, Optional<ObjectNode> precompiled) {
        ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        for (String quotes : List.of("``", "''")) {
            steps.add(replace("String", quotes, "\""));
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
    private static ObjectNode deberta(Path configFile, ObjectNode config) {
        ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        if (TokenizerJson.flag(configFile, config, FolderKey.DO_LOWER_CASE, false)) {
            steps.addObject().put("type", "Lowercase");
        }
        steps.add(replace("Regex", "\\s{2,}|[\\n\\r\\t]", " "));
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

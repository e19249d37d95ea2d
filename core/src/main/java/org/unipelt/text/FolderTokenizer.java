package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * A folder's tokenizer as one {@code tokenizer.json}, put together from all its files like {@code AutoTokenizer} of
 * transformers 5.18. A class that defines how words are split takes only the vocabulary from {@code tokenizer.json},
 * and the rest from {@code tokenizer_config.json}. Any other class uses {@code tokenizer.json} unchanged.
 *
 * @param json the tokenizer
 * @param origin the file with the vocabulary
 * @param tokenTypes whether the second text of a pair has its own token type
 * @param padding the padding token, if a file or the class names one
 * @param symbols what its ids mean; empty if they are the vocabulary's
 */
record FolderTokenizer(
        ObjectNode json, Path origin, boolean tokenTypes, Optional<String> padding, Optional<Symbols> symbols) {
    private static final String MODEL_CONFIG = "config.json";
    private static final String RESAVED =
            "; save that file (in Python:" + " AutoTokenizer.from_pretrained(folder).save_pretrained(folder))";

    /** The files that sentence-transformers looks for; the first existing one counts. */
    static final List<String> SENTENCE = List.of(
            FolderKey.SENTENCE_DO_LOWER_CASE.file(),
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_albert_config.json",
            "sentence_xlm-roberta_config.json",
            "sentence_xlnet_config.json");

    /** Names of classes that work with any vocabulary. */
    private static final Set<String> GENERAL = Set.of("", "PreTrainedTokenizer", "TokenizersBackend");

    /** The classes that transformers 5.18 computes in Python, from files other than {@code tokenizer.json}. */
    private static final Set<String> IN_PYTHON = Set.of(
            "BartphoTokenizer",
            "BertGenerationTokenizer",
            "BertJapaneseTokenizer",
            "BioGptTokenizer",
            "BlenderbotSmallTokenizer",
            "ByT5Tokenizer",
            "CTRLTokenizer",
            "CanineTokenizer",
            "CpmAntTokenizer",
            "CpmTokenizer",
            "EsmTokenizer",
            "FSMTTokenizer",
            "FlaubertTokenizer",
            "GPTNeoXJapaneseTokenizer",
            "GPTSw3Tokenizer",
            "M2M100Tokenizer",
            "MarianTokenizer",
            "MgpstrTokenizer",
            "MyT5Tokenizer",
            "PLBartTokenizer",
            "PerceiverTokenizer",
            "ProphetNetTokenizer",
            "RagTokenizer",
            "RoCBertTokenizer",
            "SiglipTokenizer",
            "Speech2TextTokenizer",
            "SpeechT5Tokenizer",
            "TapasTokenizer",
            "XLMTokenizer");

    private FolderTokenizer(ObjectNode json, Path origin, boolean tokenTypes, Optional<String> padding) {
        this(json, origin, tokenTypes, padding, Optional.empty());
    }

    /** How words are split. */
    private enum Kind {
        BERT,
        MPNET,
        BYTE_PAIR,
        FAST_BYTE_PAIR,
        MBART,
        XLM_ROBERTA,
        CAMEMBERT,
        ALBERT,
        DEBERTA,
        T5,
        PEGASUS,
        MBART50,
        /** As {@code tokenizer.json} says. */
        AS_IT_IS;

        static Kind ofClass(String name) {
            return switch (name) {
                case "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer" -> BERT;
                case "MPNetTokenizer" -> MPNET;
                case "RobertaTokenizer", "BartTokenizer" -> BYTE_PAIR;
                case "BertweetTokenizer", "PhobertTokenizer" -> FAST_BYTE_PAIR;
                case "MBartTokenizer" -> MBART;
                case "XLMRobertaTokenizer" -> XLM_ROBERTA;
                case "CamembertTokenizer" -> CAMEMBERT;
                case "AlbertTokenizer" -> ALBERT;
                case "DebertaV2Tokenizer" -> DEBERTA;
                case "T5Tokenizer" -> T5;
                case "PegasusTokenizer" -> PEGASUS;
                case "MBart50Tokenizer" -> MBART50;
                default -> AS_IT_IS;
            };
        }

        static Kind ofModel(String type) {
            return switch (type) {
                case "bert", "distilbert", "electra", "nomic_bert" -> BERT;
                case "mpnet" -> MPNET;
                case "roberta", "bart" -> BYTE_PAIR;
                case "mbart" -> MBART;
                case "xlm-roberta", "gte" -> XLM_ROBERTA;
                case "camembert" -> CAMEMBERT;
                case "albert" -> ALBERT;
                case "deberta-v2" -> DEBERTA;
                case "t5", "mt5" -> T5;
                case "pegasus" -> PEGASUS;
                default -> AS_IT_IS;
            };
        }

        /** Returns the kind whose vocabulary a folder has; for folders that do not name a class. */
        static Kind ofFiles(Path folder) {
            return Files.exists(folder.resolve(WordPieceVocabulary.FILE))
                    ? BERT
                    : BytePairVocabulary.isIn(folder) ? BYTE_PAIR : AS_IT_IS;
        }

        /** Returns the type of {@code model} in {@code tokenizer.json} whose vocabulary the class can use. */
        String model() {
            return switch (this) {
                case BERT, MPNET -> "WordPiece";
                case BYTE_PAIR -> "BPE";
                case MBART, XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 -> "Unigram";
                case FAST_BYTE_PAIR, AS_IT_IS -> "";
            };
        }

        /** Returns the file of a vocabulary without {@code tokenizer.json}; empty if that is not supported. */
        Optional<String> vocabulary() {
            return switch (this) {
                case BERT, MPNET -> Optional.of(WordPieceVocabulary.FILE);
                case BYTE_PAIR -> Optional.of(BytePairVocabulary.VOCABULARY_FILE);
                case MBART, XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 ->
                    Optional.of(unigrams().file());
                case FAST_BYTE_PAIR -> Optional.of(FastBytePairVocabulary.VOCABULARY_FILE);
                case AS_IT_IS -> Optional.empty();
            };
        }

        WordPieceVocabulary wordPieces() {
            return this == MPNET ? WordPieceVocabulary.MPNET : WordPieceVocabulary.BERT;
        }

        UnigramVocabulary unigrams() {
            return UnigramVocabulary.valueOf(name());
        }

        /** Returns the padding token that the class names; empty if it leaves that to the files. */
        Optional<String> padding() {
            return switch (this) {
                case BERT, MPNET -> Optional.of(wordPieces().usual(FolderKey.PAD_TOKEN));
                case BYTE_PAIR, FAST_BYTE_PAIR -> Optional.of("<pad>");
                case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 ->
                    Optional.of(unigrams().usual(FolderKey.PAD_TOKEN));
                case MBART, AS_IT_IS -> Optional.empty();
            };
        }
    }

    /**
     * Reads a folder.
     *
     * @throws InputException if it has no vocabulary, a file is damaged, or a key has an unsupported value
     */
    static FolderTokenizer read(Path folder) {
        Path configFile = folder.resolve(FolderKey.TOKENIZER_CLASS.file());
        ObjectNode config = FolderKey.read(configFile);
        FolderKey.refuse(FolderKey.TOKENIZER_CLASS.file(), config, configFile);
        ObjectNode model = FolderKey.read(folder.resolve(MODEL_CONFIG));
        String named = FolderKey.TOKENIZER_CLASS
                .in(config)
                .or(() -> FolderKey.TOKENIZER_CLASS.in(model))
                .map(JsonNode::asText)
                .orElse("")
                .replaceFirst("Fast$", "");
        if (IN_PYTHON.contains(named)) {
            throw new InputException(folder + ": the tokenizer_class " + named + " is not supported: it is a program in"
                    + " Python; use a model with another tokenizer");
        }
        Kind kind = named.isEmpty() ? Kind.ofModel(model.path("model_type").asText()) : Kind.ofClass(named);
        Path file = folder.resolve(Tokenizer.JSON_FILE);
        Optional<JsonNode> tokenizer =
                WholeFile.isThere(file) ? Optional.of(StrictJson.read(file, WholeFile.LIST)) : Optional.empty();
        AddedTokens tokens = AddedTokens.read(folder, config, tokenizer);
        FolderTokenizer read = kind == Kind.FAST_BYTE_PAIR
                ? ofFastBytePairs(folder, config, tokens, named)
                : tokenizer.isPresent()
                        ? ofJson(folder, tokenizer.get(), config, tokens, kind, named)
                        : ofOlder(folder, config, tokens, kind, named);
        lowerFirst(folder, read.json());
        return read;
    }

    /** Does not read {@code tokenizer.json}, which the classes do not know either. */
    private static FolderTokenizer ofFastBytePairs(Path folder, ObjectNode config, AddedTokens tokens, String named) {
        if (!FastBytePairVocabulary.isIn(folder)) {
            throw new InputException("no " + FastBytePairVocabulary.VOCABULARY_FILE + " with "
                    + FastBytePairVocabulary.MERGES_FILE + " in " + folder + "; the tokenizer_class " + named
                    + " needs both");
        }
        FastBytePairVocabulary.Made made = FastBytePairVocabulary.tokenizer(folder, config, tokens);
        return new FolderTokenizer(
                made.json(),
                folder.resolve(FastBytePairVocabulary.VOCABULARY_FILE),
                false,
                padding(tokens, Kind.FAST_BYTE_PAIR),
                Optional.of(made.symbols()));
    }

    private static FolderTokenizer ofJson(
            Path folder, JsonNode tokenizer, ObjectNode config, AddedTokens tokens, Kind kind, String named) {
        Path file = folder.resolve(Tokenizer.JSON_FILE);
        if (!(tokenizer instanceof ObjectNode given)) {
            throw new InputException(file + " holds no vocabulary; use a tokenizer.json with model.vocab");
        }
        for (FolderKey side : List.of(FolderKey.TRUNCATION_SIDE, FolderKey.PADDING_SIDE)) {
            String part = side == FolderKey.PADDING_SIDE ? "padding" : "truncation";
            if (side.in(config).isEmpty()
                    && given.path(part).path("direction").asText().equals("Left")) {
                throw new InputException(file + ": " + part + " has direction Left; only Right is supported");
            }
        }
        JsonNode model = given.path("model");
        String found = model.path("type").asText(model.has("merges") ? "BPE" : "WordPiece");
        // Whole words are pieces too, but only if a file names the class.
        boolean words = kind == Kind.BERT && found.equals("WordLevel") && !named.isEmpty();
        boolean fits = kind.model().equals(found) || words;
        if (!fits && kind != Kind.AS_IT_IS && !named.isEmpty()) {
            throw new InputException(file + " has the model " + found + ", but the tokenizer_class " + named
                    + " splits by " + kind.model() + "; use both files of one model");
        }
        ObjectNode root =
                switch (fits ? kind : Kind.AS_IT_IS) {
                    case BERT, MPNET -> kind.wordPieces().tokenizer(folder, config, model.path("vocab"), tokens);
                    case BYTE_PAIR ->
                        BytePairVocabulary.tokenizer(folder, config, model.path("vocab"), model.path("merges"), tokens);
                    case XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 ->
                        kind.unigrams().tokenizer(file, config, given, tokens);
                    case MBART -> {
                        ObjectNode own = given.deepCopy();
                        endInLanguage(own, config, tokens, tokens.addTo(own, List.of(), List.of()));
                        yield own;
                    }
                    case FAST_BYTE_PAIR, AS_IT_IS -> {
                        ObjectNode own = given.deepCopy();
                        tokens.addTo(own, List.of(), List.of());
                        yield own;
                    }
                };
        return new FolderTokenizer(
                root, file, tokenTypes(config, named, kind), padding(tokens, fits ? kind : Kind.AS_IT_IS));
    }

    private static Optional<String> padding(AddedTokens tokens, Kind kind) {
        return tokens.named(FolderKey.PAD_TOKEN).or(kind::padding);
    }

    private static FolderTokenizer ofOlder(
            Path folder, ObjectNode config, AddedTokens tokens, Kind kind, String named) {
        boolean general = GENERAL.contains(named);
        // Some BARTs have BERT's vocabulary and name no class.
        boolean byFile =
                switch (kind) {
                    case BERT, BYTE_PAIR, AS_IT_IS -> general;
                    case FAST_BYTE_PAIR, MPNET, MBART, XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 ->
                        false;
                };
        Kind own = byFile ? Kind.ofFiles(folder) : kind;
        if (own == Kind.AS_IT_IS && general) {
            throw new InputException("no " + Tokenizer.JSON_FILE + ", no " + WordPieceVocabulary.FILE + " and no "
                    + BytePairVocabulary.VOCABULARY_FILE + " with " + BytePairVocabulary.MERGES_FILE + " in " + folder
                    + "; a model folder needs one of them");
        }
        Path origin = folder.resolve(own.vocabulary()
                .orElseThrow(() -> new InputException(folder + ": "
                        + "the tokenizer_class " + named + " is not supported without "
                        + Tokenizer.JSON_FILE + RESAVED)));
        boolean there = own == Kind.BYTE_PAIR ? BytePairVocabulary.isIn(folder) : WholeFile.isThere(origin);
        if (!there) {
            throw new InputException("no " + Tokenizer.JSON_FILE + " and no "
                    + own.vocabulary().get()
                    + (own == Kind.BYTE_PAIR ? " with " + BytePairVocabulary.MERGES_FILE : "") + " in " + folder
                    + "; " + (general ? "its model_type" : "the tokenizer_class " + named) + " needs one of them");
        }
        ObjectNode root =
                switch (own) {
                    case BERT, MPNET -> own.wordPieces().tokenizer(folder, config, tokens);
                    case BYTE_PAIR -> BytePairVocabulary.tokenizer(folder, config, tokens);
                    case MBART, XLM_ROBERTA, CAMEMBERT, ALBERT, DEBERTA, T5, PEGASUS, MBART50 ->
                        own.unigrams().tokenizer(folder, config, tokens);
                    case FAST_BYTE_PAIR, AS_IT_IS ->
                        throw new IllegalStateException(own + " has no vocabulary of its own");
                };
        return new FolderTokenizer(root, origin, tokenTypes(config, general ? "" : named, own), padding(tokens, own));
    }

    /**
     * By default, BERT's and DeBERTa's own classes give the second text its own type; DistilBERT's and unknown ones do
     * not. ALBERT's does not either, although its model has two types.
     */
    private static boolean tokenTypes(ObjectNode config, String named, Kind kind) {
        boolean byDefault =
                switch (kind) {
                    case BERT -> !named.startsWith("Distil");
                    case BYTE_PAIR, MBART, AS_IT_IS -> named.isEmpty();
                    case DEBERTA -> true;
                    case FAST_BYTE_PAIR, MPNET, XLM_ROBERTA, CAMEMBERT, ALBERT, T5, PEGASUS, MBART50 -> false;
                };
        return FolderKey.MODEL_INPUT_NAMES
                .in(config)
                .map(names -> names.toString().contains("\"token_type_ids\""))
                .orElse(byDefault);
    }

    /** Makes texts end with {@code </s>} and the language's token, as mBART's do. */
    private static void endInLanguage(
            ObjectNode root, ObjectNode config, AddedTokens tokens, Map<String, Integer> ids) {
        String end = tokens.named(FolderKey.EOS_TOKEN).orElse("</s>");
        Optional<String> given = FolderKey.SRC_LANG.in(config).map(JsonNode::asText);
        String language = given.orElse("en_XX");
        if (given.isPresent() && !ids.containsKey(language)) {
            throw new InputException("tokenizer_config.json: src_lang " + language + " is not a token of "
                    + Tokenizer.JSON_FILE + "; use one of its languages");
        }
        if (ids.containsKey(language) && ids.containsKey(end)) {
            root.set(
                    "post_processor",
                    TokenizerJson.template(List.of("A:0", end, language), List.of("A:0", "B:0", end, language), ids));
        }
    }

    /** Applies sentence-transformers' own switch, which acts before the tokenizer. */
    private static void lowerFirst(Path folder, ObjectNode root) {
        String name = FolderKey.SENTENCE_DO_LOWER_CASE.file();
        for (String each : SENTENCE) {
            Path file = folder.resolve(each);
            if (!Files.exists(file)) {
                continue;
            }
            ObjectNode sentence = FolderKey.read(file);
            FolderKey.refuse(name, sentence, file);
            JsonNode normalizer = root.path("normalizer");
            boolean lowers = normalizer.path("type").asText().equals("Lowercase")
                    || normalizer.path("normalizers").findValuesAsText("type").contains("Lowercase");
            if (TokenizerJson.flag(file, sentence, FolderKey.SENTENCE_DO_LOWER_CASE, false) && !lowers) {
                ObjectNode sequence = TokenizerJson.object().put("type", "Sequence");
                sequence.putArray("normalizers").addObject().put("type", "Lowercase");
                if (normalizer.isObject()) {
                    sequence.withArray("normalizers").add(normalizer);
                }
                root.set("normalizer", sequence);
            }
            return;
        }
    }
}

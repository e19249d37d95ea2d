package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 */
record FolderTokenizer(ObjectNode json, Path origin, boolean tokenTypes, Optional<String> padding) {
    private static final String MODEL_CONFIG = "config.json";

    /** The files that sentence-transformers looks for; the first existing one counts. */
    static final List<String> SENTENCE = List.of(
            FolderKey.SENTENCE_DO_LOWER_CASE.file(),
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_albert_config.json",
            "sentence_xlm-roberta_config.json",
            "sentence_xlnet_config.json");

    /** How words are split. */
    private enum Kind {
        BERT,
        BYTE_PAIR,
        MBART,
        /** As {@code tokenizer.json} says. */
        AS_IT_IS;

        static Kind ofClass(String name) {
            return switch (name) {
                case "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer" -> BERT;
                case "RobertaTokenizer", "BartTokenizer" -> BYTE_PAIR;
                case "MBartTokenizer" -> MBART;
                default -> AS_IT_IS;
            };
        }

        static Kind ofModel(String type) {
            return switch (type) {
                case "bert", "distilbert", "electra" -> BERT;
                case "roberta", "bart" -> BYTE_PAIR;
                case "mbart" -> MBART;
                default -> AS_IT_IS;
            };
        }

        /** Returns the type of {@code model} in {@code tokenizer.json} whose vocabulary the class can use. */
        String model() {
            return switch (this) {
                case BERT -> "WordPiece";
                case BYTE_PAIR -> "BPE";
                case MBART -> "Unigram";
                case AS_IT_IS -> "";
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
        Kind kind = named.isEmpty() ? Kind.ofModel(model.path("model_type").asText()) : Kind.ofClass(named);
        Path file = folder.resolve(Tokenizer.JSON_FILE);
        Optional<JsonNode> tokenizer =
                Files.exists(file) ? Optional.of(StrictJson.read(file, WholeFile.LIST)) : Optional.empty();
        AddedTokens tokens = AddedTokens.read(folder, config, tokenizer);
        FolderTokenizer read = tokenizer.isPresent()
                ? ofJson(folder, tokenizer.get(), config, tokens, kind, named)
                : ofOlder(folder, config, tokens, kind, named);
        lowerFirst(folder, read.json());
        return read;
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
        boolean tokenTypes = tokenTypes(config, named, kind);
        if (fits && kind == Kind.BERT) {
            return new FolderTokenizer(
                    BertVocabulary.tokenizer(folder, config, model.path("vocab"), tokens),
                    file,
                    tokenTypes,
                    Optional.of(tokens.named(FolderKey.PAD_TOKEN).orElse("[PAD]")));
        }
        if (fits && kind == Kind.BYTE_PAIR) {
            return new FolderTokenizer(
                    BytePairVocabulary.tokenizer(folder, config, model.path("vocab"), model.path("merges"), tokens),
                    file,
                    tokenTypes,
                    Optional.of(tokens.named(FolderKey.PAD_TOKEN).orElse("<pad>")));
        }
        ObjectNode root = given.deepCopy();
        Map<String, Integer> ids = tokens.addTo(root, List.of());
        if (fits && kind == Kind.MBART) {
            endInLanguage(root, config, tokens, ids);
        }
        return new FolderTokenizer(root, file, tokenTypes, tokens.named(FolderKey.PAD_TOKEN));
    }

    private static FolderTokenizer ofOlder(
            Path folder, ObjectNode config, AddedTokens tokens, Kind kind, String named) {
        Path lines = folder.resolve(BertVocabulary.FILE);
        boolean bert = Files.exists(lines);
        if (!bert && !BytePairVocabulary.isIn(folder)) {
            throw new InputException("no " + Tokenizer.JSON_FILE + ", no " + BertVocabulary.FILE + " and no "
                    + BytePairVocabulary.VOCABULARY_FILE + " with " + BytePairVocabulary.MERGES_FILE + " in " + folder
                    + "; a model folder needs one of them");
        }
        Kind own = bert ? Kind.BERT : Kind.BYTE_PAIR;
        Path origin = bert ? lines : folder.resolve(BytePairVocabulary.VOCABULARY_FILE);
        boolean general =
                List.of("", "PreTrainedTokenizer", "TokenizersBackend").contains(named);
        if (!general && kind != own) {
            throw new InputException(origin + ": the tokenizer_class " + named
                    + " is not supported with this file; save " + Tokenizer.JSON_FILE
                    + " (in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder))");
        }
        return new FolderTokenizer(
                bert
                        ? BertVocabulary.tokenizer(folder, config, tokens)
                        : BytePairVocabulary.tokenizer(folder, config, tokens),
                origin,
                tokenTypes(config, general ? "" : named, own),
                Optional.of(tokens.named(FolderKey.PAD_TOKEN).orElse(bert ? "[PAD]" : "<pad>")));
    }

    /** By default, BERT's own classes give the second text its own type; DistilBERT's and unknown ones do not. */
    private static boolean tokenTypes(ObjectNode config, String named, Kind kind) {
        return FolderKey.MODEL_INPUT_NAMES
                .in(config)
                .map(names -> names.toString().contains("\"token_type_ids\""))
                .orElse(named.isEmpty() || kind == Kind.BERT && !named.startsWith("Distil"));
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

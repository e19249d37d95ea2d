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
 * A folder's tokenizer as one {@code tokenizer.json}, put together from all its files as {@code AutoTokenizer} of
 * transformers 5.18 does: a class that knows how it cuts words takes no more than the vocabulary from {@code
 * tokenizer.json}, and the rest from {@code tokenizer_config.json}; any other takes {@code tokenizer.json} as it is.
 *
 * @param json the tokenizer
 * @param origin the file with the vocabulary
 * @param tokenTypes whether the second text of a pair has a type of its own
 * @param padding the token that fills up a batch, if a file or the class names one
 */
record FolderTokenizer(ObjectNode json, Path origin, boolean tokenTypes, Optional<String> padding) {
    private static final String MODEL_CONFIG = "config.json";

    /** The files that sentence-transformers looks for, the first that is there. */
    private static final List<String> SENTENCE = List.of(
            FolderKey.SENTENCE_DO_LOWER_CASE.file(),
            "sentence_roberta_config.json",
            "sentence_distilbert_config.json",
            "sentence_camembert_config.json",
            "sentence_albert_config.json",
            "sentence_xlm-roberta_config.json",
            "sentence_xlnet_config.json");

    /** How words are cut. */
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

        /** The kind of {@code model} in {@code tokenizer.json} whose vocabulary the class can take. */
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
     * @throws InputException if it holds no vocabulary, a file is damaged, or a key cannot be heeded
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
        Optional<JsonNode> whole =
                Files.exists(file) ? Optional.of(StrictJson.read(file, WholeFile.LIST)) : Optional.empty();
        AddedTokens tokens = AddedTokens.read(folder, config, whole);
        FolderTokenizer read;
        if (whole.isPresent()) {
            read = ofJson(folder, whole.get(), config, tokens, kind, named);
        } else {
            read = ofOlder(folder, config, tokens, kind, named);
        }
        lowerFirst(folder, read.json());
        return read;
    }

    private static FolderTokenizer ofJson(
            Path folder, JsonNode whole, ObjectNode config, AddedTokens tokens, Kind kind, String named) {
        Path file = folder.resolve(Tokenizer.JSON_FILE);
        if (!(whole instanceof ObjectNode given)) {
            throw new InputException(file + " holds no vocabulary; a tokenizer.json with model.vocab is needed");
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
        // Whole words are pieces too; a class that no file names is not taken at its word there.
        boolean words = kind == Kind.BERT && found.equals("WordLevel") && !named.isEmpty();
        boolean fits = kind.model().equals(found) || words;
        if (!fits && kind != Kind.AS_IT_IS && !named.isEmpty()) {
            throw new InputException(file + " has the model " + found + ", but the tokenizer_class " + named
                    + " cuts by " + kind.model() + "; take both files from one model");
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

    /** BERT's own classes tell the second text from the first; DistilBERT's and those of no model do not. */
    private static boolean tokenTypes(ObjectNode config, String named, Kind kind) {
        return FolderKey.MODEL_INPUT_NAMES
                .in(config)
                .map(names -> names.toString().contains("\"token_type_ids\""))
                .orElse(named.isEmpty() || kind == Kind.BERT && !named.startsWith("Distil"));
    }

    /** mBART's texts end in {@code </s>} and their language's token. */
    private static void endInLanguage(
            ObjectNode root, ObjectNode config, AddedTokens tokens, Map<String, Integer> ids) {
        String end = tokens.named(FolderKey.EOS_TOKEN).orElse("</s>");
        Optional<String> said = FolderKey.SRC_LANG.in(config).map(JsonNode::asText);
        String language = said.orElse("en_XX");
        if (said.isPresent() && !ids.containsKey(language)) {
            throw new InputException("tokenizer_config.json: src_lang " + language + " is no token of "
                    + Tokenizer.JSON_FILE + "; take one of its languages");
        }
        if (ids.containsKey(language) && ids.containsKey(end)) {
            root.set(
                    "post_processor",
                    TokenizerJson.template(List.of("A:0", end, language), List.of("A:0", "B:0", end, language), ids));
        }
    }

    /** sentence-transformers' own switch, which works before all that the tokenizer does. */
    private static void lowerFirst(Path folder, ObjectNode root) {
        String name = FolderKey.SENTENCE_DO_LOWER_CASE.file();
        for (String each : SENTENCE) {
            Path file = folder.resolve(each);
            if (!Files.exists(file)) {
                continue;
            }
            ObjectNode said = FolderKey.read(file);
            FolderKey.refuse(name, said, file);
            JsonNode normalizer = root.path("normalizer");
            boolean there = normalizer.path("type").asText().equals("Lowercase")
                    || normalizer.path("normalizers").findValuesAsText("type").contains("Lowercase");
            if (TokenizerJson.flag(file, said, FolderKey.SENTENCE_DO_LOWER_CASE, false) && !there) {
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

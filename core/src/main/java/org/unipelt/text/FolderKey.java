package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * Every key in the files beside a model's weights that changes a text's ids or its vector. Each key is respected,
 * whichever file holds the vocabulary, or its unsupported values are refused here by name. No other key of these files
 * has an effect in transformers 5.18 and sentence-transformers 6.0, and none is read. {@code docs/trust.md} has the
 * same list.
 */
public enum FolderKey {
    /** How words are split, and whether the second text of a pair has its own token type. */
    TOKENIZER_CLASS(Constants.TOKENIZER, "tokenizer_class"),
    /** For the classes of BERT, MPNet, ALBERT and DeBERTa-v2. */
    DO_LOWER_CASE(Constants.TOKENIZER, "do_lower_case"),
    /** For the classes of BERT and MPNet; null means that accents are removed if and only if capitals are lowered. */
    STRIP_ACCENTS(Constants.TOKENIZER, "strip_accents"),
    /** For the classes of BERT and MPNet. */
    TOKENIZE_CHINESE_CHARS(Constants.TOKENIZER, "tokenize_chinese_chars"),
    /** For ALBERT's class; by default, accents are removed. */
    KEEP_ACCENTS(Constants.TOKENIZER, "keep_accents"),
    /** For the classes of RoBERTa, XLM-RoBERTa, CamemBERT, ALBERT and DeBERTa-v2. */
    ADD_PREFIX_SPACE(Constants.TOKENIZER, "add_prefix_space"),
    /** For DeBERTa-v2's class: whether each punctuation mark is a word. */
    SPLIT_BY_PUNCT(Constants.TOKENIZER, "split_by_punct"),
    /** For DeBERTa-v2's class: the id for what no piece covers, if {@code tokenizer.json} does not show it. */
    UNK_ID(Constants.TOKENIZER, "unk_id"),
    /** For BERTweet's class; true is not supported. */
    NORMALIZATION(Constants.TOKENIZER, "normalization"),
    /** For mBART's class: the language token that ends every text; for mBART-50's: the one that begins it. */
    SRC_LANG(Constants.TOKENIZER, "src_lang"),
    /** For T5's class: how many tokens {@code <extra_id_0>} and so on end the vocabulary. */
    EXTRA_IDS(Constants.TOKENIZER, "extra_ids"),
    /** For Pegasus's class: by how much its ids are larger than those of its SentencePiece model. */
    OFFSET(Constants.TOKENIZER, "offset"),
    /** Without {@code token_type_ids} in this list, both texts of a pair have type 0. */
    MODEL_INPUT_NAMES(Constants.TOKENIZER, "model_input_names"),
    /** A special token; {@code special_tokens_map.json} also has this key and the next ones. */
    BOS_TOKEN(Constants.TOKENIZER, "bos_token"),
    /** A special token. */
    EOS_TOKEN(Constants.TOKENIZER, "eos_token"),
    /** Replaces a word that the vocabulary lacks. */
    UNK_TOKEN(Constants.TOKENIZER, "unk_token"),
    /** Ends a text. */
    SEP_TOKEN(Constants.TOKENIZER, "sep_token"),
    /** Pads a batch. */
    PAD_TOKEN(Constants.TOKENIZER, "pad_token"),
    /** Starts a text. */
    CLS_TOKEN(Constants.TOKENIZER, "cls_token"),
    /** A special token. */
    MASK_TOKEN(Constants.TOKENIZER, "mask_token"),
    /** A special token of Pegasus's class. */
    MASK_TOKEN_SENT(Constants.TOKENIZER, "mask_token_sent"),
    /** More special tokens: a list, or an object of named ones. */
    EXTRA_SPECIAL_TOKENS(Constants.TOKENIZER, "extra_special_tokens"),
    /** The same key in older files. */
    ADDITIONAL_SPECIAL_TOKENS(Constants.TOKENIZER, "additional_special_tokens"),
    /** Added tokens by id; with it, {@code special_tokens_map.json} and {@code added_tokens.json} are ignored. */
    ADDED_TOKENS_DECODER(Constants.TOKENIZER, "added_tokens_decoder"),
    /** Only padding at the end is supported. */
    PADDING_SIDE(Constants.TOKENIZER, "padding_side", value -> !value.asText().equals("right"), "right"),
    /** Only truncation at the end is supported. */
    TRUNCATION_SIDE(
            Constants.TOKENIZER, "truncation_side", value -> !value.asText().equals("right"), "right"),
    /** Special tokens inside a text are recognized. */
    SPLIT_SPECIAL_TOKENS(Constants.TOKENIZER, "split_special_tokens", value -> !isFalse(value), "false"),
    /** The vocabulary must come from its own file. */
    VOCAB(Constants.TOKENIZER, "vocab", value -> true, "no value"),
    /** Merges must come from their own file. */
    MERGES(Constants.TOKENIZER, "merges", value -> true, "no value"),
    /** The vocabulary must come from its own file. */
    INIT_INPUTS(Constants.TOKENIZER, "init_inputs", value -> !value.isArray() || !value.isEmpty(), "[]"),
    /** In sentence-transformers' file: lowers capitals before anything else. */
    SENTENCE_DO_LOWER_CASE(Constants.SENTENCE, "do_lower_case"),
    /** Which of the model's outputs is pooled. */
    MODALITY_CONFIG(
            Constants.SENTENCE,
            "modality_config",
            value -> !value.at("/text/method_output_name")
                    .asText("last_hidden_state")
                    .equals("last_hidden_state"),
            "last_hidden_state for texts"),
    /** {@code cls} or {@code mean}; in newer files. */
    POOLING_MODE(Constants.POOLING, "pooling_mode"),
    /** Whether to pool by the first token; in older files. */
    POOLING_CLS(Constants.POOLING, "pooling_mode_cls_token"),
    /** Whether to pool by the mean; in older files. */
    POOLING_MEAN(Constants.POOLING, "pooling_mode_mean_tokens"),
    /** An unsupported pooling. */
    POOLING_MAX(Constants.POOLING, "pooling_mode_max_tokens", value -> !isFalse(value), "false"),
    /** An unsupported pooling. */
    POOLING_SQRT(Constants.POOLING, "pooling_mode_mean_sqrt_len_tokens", value -> !isFalse(value), "false"),
    /** An unsupported pooling. */
    POOLING_WEIGHTED(Constants.POOLING, "pooling_mode_weightedmean_tokens", value -> !isFalse(value), "false"),
    /** An unsupported pooling. */
    POOLING_LAST(Constants.POOLING, "pooling_mode_lasttoken", value -> !isFalse(value), "false"),
    /** A step of sentence-transformers; others, such as a dense layer, are unsupported. */
    MODULE_TYPE(Constants.MODULES, "type", value -> !value.asText().matches(Constants.COMPUTED), Constants.KINDS),
    /** The folder of a module's files; respected for the pooling. */
    MODULE_PATH(Constants.MODULES, "path");

    /** Constants that an enum cannot declare before its values. */
    private static final class Constants {
        static final String TOKENIZER = "tokenizer_config.json";
        static final String SENTENCE = "sentence_bert_config.json";
        static final String POOLING = "1_Pooling/config.json";
        static final String MODULES = "modules.json";
        static final String COMPUTED = "(.*\\.)?(Transformer|Pooling|Normalize|Dropout)";
        static final String KINDS = "Transformer, Pooling, Normalize or Dropout";
    }

    private final String file;
    private final String key;
    private final Predicate<JsonNode> refused;
    private final String supported;

    FolderKey(String file, String key) {
        this(file, key, value -> false, "");
    }

    FolderKey(String file, String key, Predicate<JsonNode> refused, String supported) {
        this.file = file;
        this.key = key;
        this.refused = refused;
        this.supported = supported;
    }

    /** Returns the file of the key, relative to the model's folder. */
    public String file() {
        return file;
    }

    /** Returns the key as the file spells it. */
    public String key() {
        return key;
    }

    /** Returns its value; empty if the file lacks it or it is null. */
    public Optional<JsonNode> in(JsonNode object) {
        return object.hasNonNull(key) ? Optional.of(object.get(key)) : Optional.empty();
    }

    /**
     * Reads a file.
     *
     * @return an empty object if there is no such file
     * @throws InputException if it is not a JSON object
     */
    public static ObjectNode read(Path file) {
        if (!WholeFile.isThere(file)) {
            return TokenizerJson.object();
        }
        if (StrictJson.read(file, WholeFile.SETTINGS) instanceof ObjectNode object) {
            return object;
        }
        throw new InputException(file + " is not a JSON object; download it again");
    }

    /**
     * Reads the objects that a file lists.
     *
     * @throws InputException if it is not a JSON list
     */
    public static JsonNode readList(Path file) {
        JsonNode list = StrictJson.read(file, WholeFile.SETTINGS);
        if (!list.isArray()) {
            throw new InputException(file + " is not a JSON list; download it again");
        }
        return list;
    }

    /**
     * Returns the value of a boolean key; false if it is null or missing.
     *
     * @param object the file's content
     * @throws InputException if it is neither true nor false
     */
    public static boolean flag(Path file, JsonNode object, FolderKey key) {
        return TokenizerJson.flag(file, object, key, false);
    }

    /**
     * Refuses keys with unsupported values.
     *
     * @param name the kind of file: the {@link #file()} of the keys to check
     * @param object the file's content
     * @param file the file for messages
     */
    public static void refuse(String name, JsonNode object, Path file) {
        for (FolderKey key : values()) {
            Optional<JsonNode> value = key.file.equals(name) ? key.in(object) : Optional.empty();
            if (value.filter(key.refused).isPresent()) {
                throw new InputException(file + ": " + key.key + " is " + shown(value.get()) + "; only " + key.supported
                        + " is supported");
            }
        }
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    private static boolean isFalse(JsonNode value) {
        return value.isBoolean() && !value.booleanValue();
    }
}

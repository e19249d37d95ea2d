package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * Every key of the files beside a model's weights that changes a text's ids or its vector. Each is heeded, whichever file
 * holds the vocabulary, or its values that cannot be heeded are refused here by name. Any other key of these files changes
 * neither in transformers 5.18 and sentence-transformers 6.0, and is not read. {@code docs/trust.md} has the same list.
 */
public enum FolderKey {
    /** How words are cut, and whether the second text of a pair has a type of its own. */
    TOKENIZER_CLASS(Constants.TOKENIZER, "tokenizer_class"),
    /** Of BERT's classes. */
    DO_LOWER_CASE(Constants.TOKENIZER, "do_lower_case"),
    /** Of BERT's classes; where it is null, accents go where capitals go. */
    STRIP_ACCENTS(Constants.TOKENIZER, "strip_accents"),
    /** Of BERT's classes. */
    TOKENIZE_CHINESE_CHARS(Constants.TOKENIZER, "tokenize_chinese_chars"),
    /** Of RoBERTa's classes. */
    ADD_PREFIX_SPACE(Constants.TOKENIZER, "add_prefix_space"),
    /** Of mBART's class: the language that ends every text. */
    SRC_LANG(Constants.TOKENIZER, "src_lang"),
    /** Without {@code token_type_ids} among them, both texts of a pair have the type 0. */
    MODEL_INPUT_NAMES(Constants.TOKENIZER, "model_input_names"),
    /** A special token; {@code special_tokens_map.json} has this key and the next ones too. */
    BOS_TOKEN(Constants.TOKENIZER, "bos_token"),
    /** A special token. */
    EOS_TOKEN(Constants.TOKENIZER, "eos_token"),
    /** What stands for a word that the vocabulary lacks. */
    UNK_TOKEN(Constants.TOKENIZER, "unk_token"),
    /** What ends a text. */
    SEP_TOKEN(Constants.TOKENIZER, "sep_token"),
    /** What fills up a batch. */
    PAD_TOKEN(Constants.TOKENIZER, "pad_token"),
    /** What begins a text. */
    CLS_TOKEN(Constants.TOKENIZER, "cls_token"),
    /** A special token. */
    MASK_TOKEN(Constants.TOKENIZER, "mask_token"),
    /** Further special tokens: a list, or an object of named ones. */
    EXTRA_SPECIAL_TOKENS(Constants.TOKENIZER, "extra_special_tokens"),
    /** The same key in older files. */
    ADDITIONAL_SPECIAL_TOKENS(Constants.TOKENIZER, "additional_special_tokens"),
    /** Added tokens by id; where it is, {@code special_tokens_map.json} and {@code added_tokens.json} say nothing. */
    ADDED_TOKENS_DECODER(Constants.TOKENIZER, "added_tokens_decoder"),
    /** Only padding at the end is computed. */
    PADDING_SIDE(Constants.TOKENIZER, "padding_side", value -> !value.asText().equals("right"), "right"),
    /** Only cutting at the end is computed. */
    TRUNCATION_SIDE(
            Constants.TOKENIZER, "truncation_side", value -> !value.asText().equals("right"), "right"),
    /** Special tokens that stand in a text are taken as such. */
    SPLIT_SPECIAL_TOKENS(Constants.TOKENIZER, "split_special_tokens", value -> !isFalse(value), "false"),
    /** A vocabulary comes from its own file. */
    VOCAB(Constants.TOKENIZER, "vocab", value -> true, "no value"),
    /** Merges come from their own file. */
    MERGES(Constants.TOKENIZER, "merges", value -> true, "no value"),
    /** A vocabulary comes from its own file. */
    INIT_INPUTS(Constants.TOKENIZER, "init_inputs", value -> !value.isArray() || !value.isEmpty(), "[]"),
    /** In sentence-transformers' file: capitals go before anything else is done. */
    SENTENCE_DO_LOWER_CASE(Constants.SENTENCE, "do_lower_case"),
    /** Which of the model's outputs is pooled. */
    MODALITY_CONFIG(
            Constants.SENTENCE,
            "modality_config",
            value -> !value.at("/text/method_output_name")
                    .asText("last_hidden_state")
                    .equals("last_hidden_state"),
            "last_hidden_state for texts"),
    /** {@code cls} or {@code mean}; today's files. */
    POOLING_MODE(Constants.POOLING, "pooling_mode"),
    /** Whether the first token is read; older files. */
    POOLING_CLS(Constants.POOLING, "pooling_mode_cls_token"),
    /** Whether the mean is read; older files. */
    POOLING_MEAN(Constants.POOLING, "pooling_mode_mean_tokens"),
    /** A pooling that is not computed. */
    POOLING_MAX(Constants.POOLING, "pooling_mode_max_tokens", value -> !isFalse(value), "false"),
    /** A pooling that is not computed. */
    POOLING_SQRT(Constants.POOLING, "pooling_mode_mean_sqrt_len_tokens", value -> !isFalse(value), "false"),
    /** A pooling that is not computed. */
    POOLING_WEIGHTED(Constants.POOLING, "pooling_mode_weightedmean_tokens", value -> !isFalse(value), "false"),
    /** A pooling that is not computed. */
    POOLING_LAST(Constants.POOLING, "pooling_mode_lasttoken", value -> !isFalse(value), "false"),
    /** What sentence-transformers computes after one another; a dense layer or the like is not computed. */
    MODULE_TYPE(Constants.MODULES, "type", value -> !value.asText().matches(Constants.COMPUTED), Constants.KINDS),
    /** Where a module's files lie; the pooling's is heeded. */
    MODULE_PATH(Constants.MODULES, "path");

    /** What an enumeration may not hold before its constants. */
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

    /** The file whose key it is, from the model's folder. */
    public String file() {
        return file;
    }

    /** The key as the file spells it. */
    public String key() {
        return key;
    }

    /** Its value; nothing where the file does not have it, or null. */
    public Optional<JsonNode> in(JsonNode object) {
        return object.hasNonNull(key) ? Optional.of(object.get(key)) : Optional.empty();
    }

    /**
     * What a file says.
     *
     * @return an empty object if there is no such file
     * @throws InputException if it is no JSON object, or a key has a value that cannot be heeded
     */
    public static ObjectNode read(Path file) {
        if (!Files.exists(file)) {
            return TokenizerJson.object();
        }
        if (StrictJson.read(file, WholeFile.SETTINGS) instanceof ObjectNode object) {
            return object;
        }
        throw new InputException(file + " is not a JSON object; fetch it again");
    }

    /**
     * The objects that a file lists.
     *
     * @throws InputException if it is no JSON list
     */
    public static JsonNode readList(Path file) {
        JsonNode list = StrictJson.read(file, WholeFile.SETTINGS);
        if (!list.isArray()) {
            throw new InputException(file + " is not a JSON list; fetch it again");
        }
        return list;
    }

    /**
     * A switch; false if it is null or not there.
     *
     * @param object what the file says
     * @throws InputException if it is neither true nor false
     */
    public static boolean flag(Path file, JsonNode object, FolderKey key) {
        return TokenizerJson.flag(file, object, key, false);
    }

    /**
     * Refuses keys of one kind of file whose values cannot be heeded.
     *
     * @param name {@link #file()} of the keys that are looked at
     * @param object what a file of that kind says
     * @param file for messages
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

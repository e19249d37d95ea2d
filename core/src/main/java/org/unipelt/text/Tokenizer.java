package org.unipelt.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.files.Sight;
import org.unipelt.files.StrictJson;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Lifetime;

/**
 * Cuts texts into the tokens of a model's vocabulary, by Hugging Face's own library and so with the same ids as Python.
 *
 * <p>Truncation and padding that a {@code tokenizer.json} asks for are set aside: every call says its own length, and
 * padding is {@link TokenBatch}'s. Safe for several threads at once; closing waits for their calls.
 */
public final class Tokenizer implements AutoCloseable {
    /**
     * The least length that any tokenizer takes: one token of each of two segments between BERT's three special ones.
     * What has more special tokens, as RoBERTa, needs more: {@link #minLength()}.
     */
    public static final int MIN_LENGTH = 5;

    /** The length of the UniPELT paper's experiments, and so the one most likely asked for. */
    private static final int USUAL_LENGTH = 128;

    /** Texts that one worker encodes at a time. */
    private static final int PIECE = 64;

    static final String JSON_FILE = "tokenizer.json";

    private static final List<String> PAD_TOKENS = List.of("[PAD]", "<pad>");

    private final byte[] json;
    private final String origin;
    /** Whether the second text of a pair has a type of its own. */
    private final boolean pairTypes;

    private final Map<String, Integer> ids;
    private final Set<String> addedTokens;
    private final int vocabularySize;
    private final int padId;
    private final long tokenTypes;
    private final int minLength;
    /** The native tokenizers hold their length as a setting; a run uses one or two different ones. */
    private final Map<Integer, HuggingFaceTokenizer> byLength = new ConcurrentHashMap<>();

    private final Lifetime lifetime = new Lifetime();

    private Tokenizer(byte[] json, String origin, boolean pairTypes, Optional<String> padding) {
        this.origin = origin;
        this.pairTypes = pairTypes;
        Sight.refuse(origin, json);
        JsonNode root = StrictJson.read(json, origin);
        // Before anything reads them: a stride longer than the length would end the process.
        if (root instanceof ObjectNode file && (file.hasNonNull("truncation") || file.hasNonNull("padding"))) {
            file.putNull("truncation").putNull("padding");
            this.json = TokenizerJson.bytes(file);
        } else {
            this.json = json.clone();
        }
        ids = VocabularyIds.of(root);
        addedTokens = VocabularyIds.added(root);
        if (ids.isEmpty()) {
            throw new InputException(origin + " holds no vocabulary; a tokenizer.json with model.vocab is needed");
        }
        int largest = Collections.max(ids.values());
        if (VocabularyIds.largest(root) >= Integer.MAX_VALUE) {
            throw new InputException(origin + " has a token with the id " + Math.round(VocabularyIds.largest(root))
                    + "; fetch it again");
        }
        JsonNode postProcessor = root.path("post_processor");
        if (VocabularyIds.largest(postProcessor) > largest) {
            throw new InputException(origin + ": its post_processor adds the id "
                    + Math.round(VocabularyIds.largest(postProcessor)) + ", but its vocabulary ends at " + largest
                    + "; fetch it again");
        }
        tokenTypes = pairTypes ? VocabularyIds.tokenTypes(postProcessor) : 1;
        vocabularySize = largest + 1;
        padId = Stream.concat(padding.stream(), PAD_TOKENS.stream())
                .filter(ids::containsKey)
                .findFirst()
                .map(ids::get)
                .orElseThrow(() -> new InputException(
                        origin + " has no padding token; one of " + String.join(", ", PAD_TOKENS) + " is needed"));
        TokenizerPreflight.refuse(root, origin);
        // Made at once, so that a bad file is found here and not at the first text.
        minLength = Math.max(MIN_LENGTH, specialsOfPair(usual()) + 2);
    }

    /**
     * The tokenizer that a {@code tokenizer.json} describes.
     *
     * @param json the file's bytes
     * @param origin where they come from, for messages
     * @throws InputException if it is no such file
     */
    public static Tokenizer fromJson(byte[] json, String origin) {
        Objects.requireNonNull(json, "json is null");
        Objects.requireNonNull(origin, "origin is null");
        NativeTokenizers.prepare();
        return new Tokenizer(json, origin, true, Optional.empty());
    }

    /** {@link #fromJson(byte[], String)} from a stream, which is read to its end and not closed. */
    public static Tokenizer fromJson(InputStream json, String origin) {
        try {
            return fromJson(json.readAllBytes(), origin);
        } catch (IOException e) {
            throw new InputException("cannot read " + origin + ": " + e.getMessage() + "; check the file", e);
        }
    }

    /**
     * The tokenizer of a model's folder, as all its files together describe it and with the ids that {@code AutoTokenizer}
     * of transformers 5.18 gives. The vocabulary is the first of these: {@value #JSON_FILE}; BERT's {@code vocab.txt};
     * RoBERTa's and BART's {@code vocab.json} with {@code merges.txt}. What the files beside it say is in {@link FolderKey}.
     *
     * @throws InputException if there is none, or what is there cannot be used
     */
    public static Tokenizer load(Path folder) {
        NativeTokenizers.prepare();
        FolderTokenizer read = FolderTokenizer.read(folder);
        return new Tokenizer(
                TokenizerJson.bytes(read.json()), read.origin().toString(), read.tokenTypes(), read.padding());
    }

    /**
     * Identifies what it does with texts, 64 hexadecimal digits: the same for the same definition, whatever files it came
     * from and however these are laid out.
     */
    public String fingerprint() {
        return TokenizerJson.digest(StrictJson.read(json, origin), pairTypes + " " + padId);
    }

    /** One more than the largest id: the number of embedding rows that the ids need. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** One more than the largest type that its templates give to tokens: the number of embeddings that types need. */
    public long tokenTypes() {
        return tokenTypes;
    }

    /** The id that fills a batch's shorter members. */
    public int padId() {
        return padId;
    }

    /**
     * The id of one token, as the vocabulary spells it: {@code "<s>"}, {@code "ro_RO"}, RoBERTa's {@code "Ġthe"}.
     *
     * @throws InputException if the vocabulary has no such token; names the nearest
     */
    public int id(String token) {
        Objects.requireNonNull(token, "token is null");
        Integer id = ids.get(token);
        if (id == null) {
            // Added tokens first, which is what is asked for by name; a vocabulary is too long to be listed.
            String hint = Suggestion.nearest(token, addedTokens)
                    .or(() -> Suggestion.nearest(token, ids.keySet()))
                    .map(near -> "did you mean '" + near + "'?")
                    .orElse("take one of its " + ids.size() + " tokens as they are spelt there");
            throw new InputException("unknown token '" + token + "' in " + origin + "; " + hint);
        }
        return id;
    }

    /**
     * The least length for {@link #encode}: one token of each of two segments between the special ones; 5 for BERT, 6
     * for RoBERTa and BART. Never less than {@link #MIN_LENGTH}.
     */
    public int minLength() {
        return minLength;
    }

    /**
     * Encodes one text or one pair, special tokens added. What is longer than {@code maxLength} tokens, special ones
     * included, is cut at its end; of a pair, the longer segment first, until both are equal. Of an odd number of places
     * the longer segment keeps the odd one, as in release 0.21 of {@code tokenizers}; later ones may choose the other.
     *
     * @param maxLength at least {@link #minLength()}
     * @throws InputException if {@code maxLength} is less, or the tokenizer has no token for a part of the text, not
     *     even one for the unknown
     */
    public Encoding encode(String text, Optional<String> pair, int maxLength) {
        try (Lifetime.Use use = use()) {
            return encode(withLength(maxLength), new Segments(text, pair));
        }
    }

    /** {@link #encode} of many, on all cores and so faster than one by one; the results are in the same order. */
    public List<Encoding> encodeAll(List<Segments> inputs, int maxLength) {
        Objects.requireNonNull(inputs, "inputs is null");
        try (Lifetime.Use use = use()) {
            HuggingFaceTokenizer tokenizer = withLength(maxLength);
            // Not by the library's own batches: those end the process where one text alone is a mistake that can be
            // said.
            List<Callable<List<Encoding>>> pieces = new ArrayList<>();
            for (int from = 0; from < inputs.size(); from += PIECE) {
                List<Segments> piece = inputs.subList(from, Math.min(from + PIECE, inputs.size()));
                pieces.add(() ->
                        piece.stream().map(input -> encode(tokenizer, input)).toList());
            }
            return Engine.workers().all(pieces).stream().flatMap(List::stream).toList();
        }
    }

    /**
     * The text of ids, special tokens left out: what Hugging Face's {@code decode(ids, skip_special_tokens=True)} gives
     * where {@code clean_up_tokenization_spaces} is false. Spaces are put and taken as the {@code tokenizer.json}'s own
     * decoder says and not otherwise. An id without a token, such as that of an embedding row that only fills up, is
     * left out too. Safe for several threads at once.
     *
     * @param ids rows of the vocabulary, {@code [length]}, at least 0; may be empty
     * @throws InputException if an id is negative
     */
    public String decode(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new InputException(
                        "id " + ids[i] + " at " + i + " is no token; take out what is no part of the text first");
            }
        }
        try (Lifetime.Use use = use()) {
            return usual().decode(Arrays.stream(ids).asLongStream().toArray(), true);
        }
    }

    private Encoding encode(HuggingFaceTokenizer tokenizer, Segments input) {
        ai.djl.huggingface.tokenizers.Encoding encoding = encodeRaw(tokenizer, input);
        if (encoding.getIds().length == 0) {
            throw new InputException("a text of no tokens: " + origin + " adds none of its own; give a text");
        }
        int[] found = ints(encoding.getIds());
        for (int id : found) {
            if (id >= vocabularySize) {
                throw new InputException(origin + " gives a text the id " + id + ", but its vocabulary ends at "
                        + (vocabularySize - 1) + "; fetch it again");
            }
        }
        return new Encoding(found, pairTypes ? ints(encoding.getTypeIds()) : new int[found.length]);
    }

    private ai.djl.huggingface.tokenizers.Encoding encodeRaw(HuggingFaceTokenizer tokenizer, Segments input) {
        try {
            return input.pair().isPresent()
                    ? tokenizer.encode(input.text(), input.pair().get())
                    : tokenizer.encode(input.text());
        } catch (RuntimeException e) {
            throw new InputException(
                    origin + " cannot encode a text, as it has no token for a part of it, not even one for the unknown;"
                            + " fetch it again",
                    e);
        }
    }

    private int specialsOfPair(HuggingFaceTokenizer tokenizer) {
        return (int) Arrays.stream(encodeRaw(tokenizer, Segments.of("", "")).getSpecialTokenMask())
                .sum();
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private HuggingFaceTokenizer withLength(int maxLength) {
        if (maxLength < minLength) {
            // Below that the native library stops truncating without a word.
            throw new InputException("length " + maxLength + " is too short; give at least " + minLength + " tokens");
        }
        return ofLength(maxLength);
    }

    private HuggingFaceTokenizer usual() {
        return ofLength(USUAL_LENGTH);
    }

    private HuggingFaceTokenizer ofLength(int maxLength) {
        return byLength.computeIfAbsent(maxLength, this::create);
    }

    private HuggingFaceTokenizer create(int maxLength) {
        String length = String.valueOf(maxLength);
        Map<String, String> settings = Map.of(
                "truncation", "LONGEST_FIRST",
                "maxLength", length,
                "modelMaxLength", length,
                "padding", "DO_NOT_PAD",
                "addSpecialTokens", "true");
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), settings);
        } catch (LinkageError e) {
            throw new InputException("the tokenizers' native library cannot be loaded here: " + e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new InputException(
                    origin
                            + " is not a tokenizer that can be read: it is damaged, or a newer release of tokenizers than"
                            + " 0.21 wrote it; fetch it again",
                    e);
        }
    }

    private Lifetime.Use use() {
        return lifetime.use("the tokenizer of " + origin);
    }

    /** Waits for calls under way and frees the native memory; a second call does nothing. */
    @Override
    public void close() {
        lifetime.close(() -> {
            byLength.values().forEach(HuggingFaceTokenizer::close);
            byLength.clear();
        });
    }
}

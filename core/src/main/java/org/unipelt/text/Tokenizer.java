package org.unipelt.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.PairList;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.unipelt.InputException;

/**
 * Cuts texts into the tokens of a model's vocabulary, by Hugging Face's own library and so with the same ids as Python.
 *
 * <p>Truncation and padding that a {@code tokenizer.json} asks for are set aside: every call says its own length, and
 * padding is {@link TokenBatch}'s. Safe for several threads at once; close it when none uses it any more.
 */
public final class Tokenizer implements AutoCloseable {
    /** The least length that holds one token of each of two segments between the special ones. */
    public static final int MIN_LENGTH = 5;

    /** The length of the UniPELT paper's experiments, and so the one most likely asked for. */
    private static final int USUAL_LENGTH = 128;

    static final String JSON_FILE = "tokenizer.json";
    static final String VOCABULARY_FILE = "vocab.txt";

    /** Texts per native call: keeps the memory of a large data set's spans and token strings, which nobody reads, small. */
    private static final int CHUNK = 1024;

    private static final List<String> PAD_TOKENS = List.of("[PAD]", "<pad>");
    private static final JsonMapper MAPPER = new JsonMapper();

    private final byte[] json;
    private final String origin;
    private final int vocabularySize;
    private final int padId;
    /** The native tokenizers hold their length as a setting; a run uses one or two different ones. */
    private final Map<Integer, HuggingFaceTokenizer> byLength = new ConcurrentHashMap<>();

    private volatile boolean closed;

    private Tokenizer(byte[] json, String origin) {
        this.json = json;
        this.origin = origin;
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new InputException(origin + " is not valid JSON: " + e.getOriginalMessage() + "; fetch it again", e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
        Map<String, Integer> ids = VocabularyIds.of(root);
        if (ids.isEmpty()) {
            throw new InputException(origin + " holds no vocabulary; a tokenizer.json with model.vocab is needed");
        }
        vocabularySize = ids.values().stream().mapToInt(Integer::intValue).max().getAsInt() + 1;
        padId = PAD_TOKENS.stream()
                .filter(ids::containsKey)
                .findFirst()
                .map(ids::get)
                .orElseThrow(() -> new InputException(
                        origin + " has no padding token; one of " + String.join(", ", PAD_TOKENS) + " is needed"));
    }

    /**
     * The tokenizer that a {@code tokenizer.json} describes.
     *
     * @param json the file's bytes
     * @param origin where they come from, for messages
     * @throws InputException if it is no such file
     */
    public static Tokenizer fromJson(byte[] json, String origin) {
        NativeTokenizers.prepare();
        Tokenizer tokenizer = new Tokenizer(json.clone(), origin);
        // A first one at once, so that a bad file is found here and not at the first text.
        tokenizer.withLength(USUAL_LENGTH);
        return tokenizer;
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
     * The tokenizer of a model's folder: {@value #JSON_FILE}, or else BERT's {@value #VOCABULARY_FILE} with what
     * {@code tokenizer_config.json} says of case and accents.
     *
     * @throws InputException if there is neither, or what is there cannot be used
     */
    public static Tokenizer load(Path folder) {
        Path file = folder.resolve(JSON_FILE);
        if (Files.exists(file)) {
            try {
                return fromJson(Files.readAllBytes(file), file.toString());
            } catch (IOException e) {
                throw new InputException("cannot read " + file + ": " + e.getMessage() + "; check the file", e);
            }
        }
        Path vocabulary = folder.resolve(VOCABULARY_FILE);
        if (Files.exists(vocabulary)) {
            return fromJson(BertVocabulary.tokenizerJson(folder), vocabulary.toString());
        }
        throw new InputException("no " + JSON_FILE + " and no " + VOCABULARY_FILE + " in " + folder
                + "; a model folder needs one of them");
    }

    /** One more than the largest id: the number of embedding rows that the ids need. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** The id that fills a batch's shorter members. */
    public int padId() {
        return padId;
    }

    /**
     * Encodes one text or one pair, special tokens added. What is longer than {@code maxLength} tokens, special ones
     * included, is cut at its end; of a pair, the longer segment first, until both are equal.
     *
     * @param maxLength at least {@value #MIN_LENGTH}
     * @throws InputException if {@code maxLength} is less
     */
    public Encoding encode(String text, Optional<String> pair, int maxLength) {
        return encodeAll(List.of(new Segments(text, pair)), maxLength).get(0);
    }

    /** {@link #encode} of many, on all cores and so faster than one by one; the results are in the same order. */
    public List<Encoding> encodeAll(List<Segments> inputs, int maxLength) {
        HuggingFaceTokenizer tokenizer = withLength(maxLength);
        Encoding[] encodings = new Encoding[inputs.size()];
        List<Integer> singles = new ArrayList<>();
        List<Integer> pairs = new ArrayList<>();
        for (int i = 0; i < encodings.length; i++) {
            (inputs.get(i).pair().isPresent() ? pairs : singles).add(i);
        }
        inChunks(
                encodings,
                singles,
                chunk -> tokenizer.batchEncode(
                        chunk.stream().map(i -> inputs.get(i).text()).toList()));
        inChunks(encodings, pairs, chunk -> {
            PairList<String, String> texts = new PairList<>(chunk.size());
            for (int i : chunk) {
                texts.add(inputs.get(i).text(), inputs.get(i).pair().orElseThrow());
            }
            return tokenizer.batchEncode(texts);
        });
        return List.of(encodings);
    }

    /** One native call. */
    @FunctionalInterface
    private interface Call {
        ai.djl.huggingface.tokenizers.Encoding[] on(List<Integer> indices);
    }

    private static void inChunks(Encoding[] into, List<Integer> indices, Call call) {
        for (int from = 0; from < indices.size(); from += CHUNK) {
            List<Integer> chunk = indices.subList(from, Math.min(indices.size(), from + CHUNK));
            ai.djl.huggingface.tokenizers.Encoding[] results = call.on(chunk);
            for (int k = 0; k < results.length; k++) {
                into[chunk.get(k)] = new Encoding(ints(results[k].getIds()), ints(results[k].getTypeIds()));
            }
        }
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private HuggingFaceTokenizer withLength(int maxLength) {
        if (closed) {
            throw new IllegalStateException("this tokenizer is closed");
        }
        if (maxLength < MIN_LENGTH) {
            // Below that the native library stops truncating without a word.
            throw new InputException("length " + maxLength + " is too short; give at least " + MIN_LENGTH + " tokens");
        }
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
                    origin + " is not a tokenizer that can be read: " + e.getMessage() + "; fetch it again", e);
        }
    }

    /** Frees the native memory; a second call does nothing. */
    @Override
    public void close() {
        closed = true;
        byLength.values().forEach(HuggingFaceTokenizer::close);
        byLength.clear();
    }
}

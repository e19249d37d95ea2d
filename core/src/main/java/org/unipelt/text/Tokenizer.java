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
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.files.Sight;
import org.unipelt.files.StrictJson;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Lifetime;

/**
 * Splits texts into the tokens of a model's vocabulary, with Hugging Face's own library and so with the same ids as
 * Python.
 *
 * <p>Ignores the truncation and padding that a {@code tokenizer.json} asks for: every call gives its length, and
 * {@link TokenBatch} pads. Thread safe; closing waits for running calls.
 */
public final class Tokenizer implements AutoCloseable {
    /**
     * The least length of any tokenizer: one token of each of two segments, and BERT's three special tokens. Tokenizers
     * with more special tokens, such as RoBERTa's, need more: {@link #minLength()}.
     */
    public static final int MIN_LENGTH = 5;

    /** The length in the UniPELT paper's experiments, and so the most likely one. */
    private static final int USUAL_LENGTH = 128;

    /** More tokens than any text has: nothing is cut. */
    private static final int WITHOUT_END = 1 << 30;

    /** The number of texts that one worker encodes at once. */
    private static final int PIECE = 64;

    static final String JSON_FILE = "tokenizer.json";

    /** Settings that transformers knows; others are of sentence-transformers. */
    private static final List<String> OWN_SETTINGS =
            List.of(FolderKey.TOKENIZER_CLASS.file(), AddedTokens.MAP, AddedTokens.ADDED);

    private static final List<String> PAD_TOKENS = List.of("[PAD]", "<pad>");

    private final byte[] json;
    private final String origin;
    /** Whether the second text of a pair has its own token type. */
    private final boolean pairTypes;

    private final Symbols symbols;
    private final Map<String, Integer> ids;
    private final Set<String> addedTokens;
    private final int vocabularySize;
    private final int padId;
    private final long tokenTypes;
    private final int minLength;
    /** A native tokenizer has a fixed length; a run uses one or two of them. */
    private final Map<Integer, HuggingFaceTokenizer> byLength = new ConcurrentHashMap<>();

    private final Lifetime lifetime = new Lifetime();

    private Tokenizer(
            byte[] json, String origin, boolean pairTypes, Optional<String> padding, Optional<Symbols> given) {
        this.origin = origin;
        this.pairTypes = pairTypes;
        Sight.refuse(origin, json);
        JsonNode root = StrictJson.read(json, origin);
        // Before the native library sees them: a stride longer than the length would end the process.
        if (root instanceof ObjectNode file && (file.hasNonNull("truncation") || file.hasNonNull("padding"))) {
            file.putNull("truncation").putNull("padding");
            this.json = TokenizerJson.bytes(file);
        } else {
            this.json = json.clone();
        }
        symbols = given.orElseGet(() -> Symbols.tokens(VocabularyIds.of(root)));
        ids = symbols.ids();
        addedTokens = VocabularyIds.added(root);
        if (ids.isEmpty()) {
            throw new InputException(origin + " holds no vocabulary; use a tokenizer.json with model.vocab");
        }
        int largest = Collections.max(ids.values());
        if (VocabularyIds.largest(root) >= Integer.MAX_VALUE) {
            throw new InputException(origin + " has a token with the id " + Math.round(VocabularyIds.largest(root))
                    + "; download it again");
        }
        JsonNode postProcessor = root.path("post_processor");
        if (VocabularyIds.largest(postProcessor) > largest) {
            throw new InputException(origin + ": its post_processor adds the id "
                    + Math.round(VocabularyIds.largest(postProcessor)) + ", but its vocabulary ends at " + largest
                    + "; download it again");
        }
        tokenTypes = pairTypes ? VocabularyIds.tokenTypes(postProcessor) : 1;
        vocabularySize = largest + 1;
        padId = Stream.concat(padding.stream(), PAD_TOKENS.stream())
                .filter(ids::containsKey)
                .findFirst()
                .map(ids::get)
                .orElseThrow(() -> new InputException(
                        origin + " has no padding token; it needs one of " + String.join(", ", PAD_TOKENS)));
        TokenizerPreflight.refuse(root, origin);
        // Created now, so that a bad file fails here and not at the first text.
        minLength = Math.max(MIN_LENGTH, specialsOfPair(usual()) + 2);
    }

    /**
     * Creates the tokenizer that a {@code tokenizer.json} describes.
     *
     * @param json the file's bytes
     * @param origin the file's name for messages
     * @throws InputException if it is not such a file
     */
    public static Tokenizer fromJson(byte[] json, String origin) {
        Objects.requireNonNull(json, "json is null");
        Objects.requireNonNull(origin, "origin is null");
        NativeTokenizers.prepare();
        return new Tokenizer(json, origin, true, Optional.empty(), Optional.empty());
    }

    /** Does the same as {@link #fromJson(byte[], String)} from a stream; reads it to its end and does not close it. */
    public static Tokenizer fromJson(InputStream json, String origin) {
        try {
            return fromJson(json.readAllBytes(), origin);
        } catch (IOException e) {
            throw new InputException("cannot read " + origin + ": " + e.getMessage() + "; check the file", e);
        }
    }

    /**
     * Loads the tokenizer of a model's folder as all its files together describe it, with the same ids as {@code
     * AutoTokenizer} of transformers 5.18. The vocabulary comes from {@value #JSON_FILE}, or else from the file of the
     * tokenizer's class: {@code vocab.txt} of BERT and MPNet; {@code vocab.txt} with {@code bpe.codes} of BERTweet and
     * PhoBERT, which count before {@value #JSON_FILE}; {@code vocab.json} with {@code merges.txt} of RoBERTa and
     * BART; SentencePiece's {@code sentencepiece.bpe.model} of XLM-RoBERTa, CamemBERT, mBART and mBART-50, {@code
     * spiece.model} of ALBERT, T5 and Pegasus, {@code spm.model} of DeBERTa-v2.
     * {@link FolderKey} lists the keys of the other files.
     *
     * @throws InputException if there is none, or it cannot be used
     */
    public static Tokenizer load(Path folder) {
        NativeTokenizers.prepare();
        FolderTokenizer read = FolderTokenizer.read(folder);
        return new Tokenizer(
                TokenizerJson.bytes(read.json()),
                read.origin().toString(),
                read.tokenTypes(),
                read.padding(),
                read.symbols());
    }

    /**
     * Returns the files of which {@link #load} needs one group for the vocabulary: the second if the tokenizer's class
     * asks for it, else the first if it is there, else the group of the class.
     */
    public static List<List<String>> vocabularyFiles() {
        return Stream.concat(
                        Stream.of(
                                List.of(JSON_FILE),
                                List.of(FastBytePairVocabulary.VOCABULARY_FILE, FastBytePairVocabulary.MERGES_FILE),
                                List.of(WordPieceVocabulary.FILE),
                                List.of(BytePairVocabulary.VOCABULARY_FILE, BytePairVocabulary.MERGES_FILE)),
                        Arrays.stream(UnigramVocabulary.values())
                                .map(UnigramVocabulary::file)
                                .distinct()
                                .map(List::of))
                .toList();
    }

    /** Returns the files that {@link #load} reads besides a vocabulary and {@code config.json}, if they are there. */
    public static List<String> settingsFiles() {
        return Stream.concat(OWN_SETTINGS.stream(), FolderTokenizer.SENTENCE.stream())
                .toList();
    }

    /** Returns the files that {@code AutoTokenizer} reads besides {@code config.json}, if they are there. */
    public static List<String> files() {
        return Stream.concat(OWN_SETTINGS.stream(), vocabularyFiles().stream().flatMap(List::stream))
                .distinct()
                .toList();
    }

    /**
     * Identifies the tokenizer's behaviour by 64 hexadecimal digits: the same definition gives the same digits,
     * whatever files it comes from and however they are laid out.
     */
    public String fingerprint() {
        Map<Integer, Integer> meanings = new TreeMap<>(symbols.meanings());
        return TokenizerJson.digest(
                StrictJson.read(json, origin), pairTypes + " " + padId + (meanings.isEmpty() ? "" : " " + meanings));
    }

    /** Returns one more than the largest id: the number of embedding rows that the ids need. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** Returns one more than the largest token type in its templates: the number of type embeddings needed. */
    public long tokenTypes() {
        return tokenTypes;
    }

    /** Returns the id that pads a batch's shorter members. */
    public int padId() {
        return padId;
    }

    /**
     * Returns the id of one token, as the vocabulary spells it: {@code "<s>"}, {@code "ro_RO"}, RoBERTa's {@code
     * "Ġthe"}.
     *
     * @throws InputException if the vocabulary has no such token; the message suggests the nearest
     */
    public int id(String token) {
        Objects.requireNonNull(token, "token is null");
        Integer id = ids.get(token);
        if (id == null) {
            // Added tokens first, which is what is asked for by name; a vocabulary is too long to be listed.
            String hint = Suggestion.nearest(token, addedTokens)
                    .or(() -> Suggestion.nearest(token, ids.keySet()))
                    .map(near -> "did you mean '" + near + "'?")
                    .orElse("use one of its " + ids.size() + " tokens, spelled as there");
            throw new InputException("unknown token '" + token + "' in " + origin + "; " + hint);
        }
        return id;
    }

    /**
     * Returns the least length for {@link #encode}: one token of each of two segments, and the special ones; 5 for
     * BERT, 6 for RoBERTa and BART. Never less than {@link #MIN_LENGTH}.
     */
    public int minLength() {
        return minLength;
    }

    /**
     * Encodes one text or one pair, with special tokens. Truncates at the end to {@code maxLength} tokens, special ones
     * included; of a pair, the longer segment first, until both are equal. If the number of free positions is odd, the
     * longer segment keeps one more, as in release 0.21 of {@code tokenizers}; later releases may differ.
     *
     * @param maxLength the most tokens, at least {@link #minLength()}
     * @throws InputException if {@code maxLength} is less, or the tokenizer has no token for a part of the text, not
     *     even an unknown token
     */
    public Encoding encode(String text, Optional<String> pair, int maxLength) {
        try (Lifetime.Use use = use()) {
            return encode(withLength(maxLength), new Segments(text, pair));
        }
    }

    /** Encodes many inputs on all cores, faster than one by one. Keeps their order; otherwise as {@link #encode}. */
    public List<Encoding> encodeAll(List<Segments> inputs, int maxLength) {
        Objects.requireNonNull(inputs, "inputs is null");
        try (Lifetime.Use use = use()) {
            HuggingFaceTokenizer tokenizer = withLength(maxLength);
            // Not with the library's batches: there, a bad text ends the process instead of throwing an exception.
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
     * Encodes whole texts, however long, with the place of every word; on all cores, in their order.
     *
     * @throws InputException as {@link #encode}
     */
    public List<WordEncoding> encodeWords(List<String> texts) {
        Objects.requireNonNull(texts, "texts is null");
        try (Lifetime.Use use = use()) {
            HuggingFaceTokenizer tokenizer = ofLength(WITHOUT_END);
            List<Callable<List<WordEncoding>>> pieces = new ArrayList<>();
            for (int from = 0; from < texts.size(); from += PIECE) {
                List<String> piece = texts.subList(from, Math.min(from + PIECE, texts.size()));
                pieces.add(() ->
                        piece.stream().map(text -> encodeWords(tokenizer, text)).toList());
            }
            return Engine.workers().all(pieces).stream().flatMap(List::stream).toList();
        }
    }

    private WordEncoding encodeWords(HuggingFaceTokenizer tokenizer, String text) {
        ai.djl.huggingface.tokenizers.Encoding read = encodeRaw(tokenizer, Segments.of(text));
        Encoding encoding = checked(read);
        long[] special = read.getSpecialTokenMask();
        int before = 0;
        while (before < special.length && special[before] == 1) {
            before++;
        }
        int after = 0;
        while (after < special.length - before && special[special.length - 1 - after] == 1) {
            after++;
        }
        int[] token = TokenPlaces.of(text, read.getCharTokenSpans(), before, special.length - after);
        List<WordSplit.Word> words = new ArrayList<>();
        int[] tokens = new int[token.length];
        for (WordSplit.Word word : WordSplit.of(text)) {
            // The first of its characters that the tokenizer keeps.
            int found = IntStream.range(word.start(), word.end())
                    .map(at -> token[at])
                    .filter(at -> at >= 0)
                    .findFirst()
                    .orElse(-1);
            int last = words.size() - 1;
            if (last >= 0 && found == tokens[last]) {
                words.set(last, new WordSplit.Word(words.get(last).start(), word.end()));
            } else if (found >= 0) {
                tokens[words.size()] = found;
                words.add(word);
            }
        }
        return new WordEncoding(encoding, before, after, words, Arrays.copyOf(tokens, words.size()));
    }

    /**
     * Converts ids to text without special tokens, like Hugging Face's {@code decode(ids, skip_special_tokens=True)}
     * with {@code clean_up_tokenization_spaces=False}. Only the {@code tokenizer.json}'s own decoder changes spaces.
     * Ids without a token, such as those of unused embedding rows, are skipped too. Thread safe.
     *
     * @param ids rows of the vocabulary, {@code [length]}, at least 0; may be empty
     * @throws InputException if an id is negative
     */
    public String decode(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new InputException(
                        "id " + ids[i] + " at " + i + " is not a token; remove what is not part of the text first");
            }
        }
        try (Lifetime.Use use = use()) {
            return usual().decode(Arrays.stream(ids).asLongStream().toArray(), true);
        }
    }

    private Encoding encode(HuggingFaceTokenizer tokenizer, Segments input) {
        return checked(encodeRaw(tokenizer, input));
    }

    private Encoding checked(ai.djl.huggingface.tokenizers.Encoding encoding) {
        if (encoding.getIds().length == 0) {
            throw new InputException("a text without tokens: " + origin + " adds none; give a text");
        }
        int[] found =
                Arrays.stream(ints(encoding.getIds())).map(symbols::meaning).toArray();
        for (int id : found) {
            if (id >= vocabularySize) {
                throw new InputException(origin + " gives a text the id " + id + ", but its vocabulary ends at "
                        + (vocabularySize - 1) + "; download it again");
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
                    origin + " cannot encode a text: it has no token for a part of it, not even an unknown token;"
                            + " download it again",
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
            // Below that the native library silently stops truncating.
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
                            + " is not a readable tokenizer: it is damaged, or a release of tokenizers newer than"
                            + " 0.21 wrote it; download it again",
                    e);
        }
    }

    private Lifetime.Use use() {
        return lifetime.use("the tokenizer of " + origin);
    }

    /** Waits for running calls and frees the native memory; a second call does nothing. */
    @Override
    public void close() {
        lifetime.close(() -> {
            byLength.values().forEach(HuggingFaceTokenizer::close);
            byLength.clear();
        });
    }
}

package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

class TokenizerTest {
    private static final int MAX_LENGTH = 128;
    private static Tokenizer minilm;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        minilm = Tokenizer.fromJson(TokenizerFixture.resource(TokenizerFixture.MINILM), "minilm");
    }

    @AfterAll
    static void close() {
        minilm.close();
    }

    @Test
    void equalsPythonOnMessages() throws IOException {
        equalsPython(TokenizerFixture.messages(), TokenizerFixture.JSON.get("messages"));
    }

    @Test
    @Tag("shared")
    void equalsPythonOnGlue() throws IOException {
        equalsPython(TokenizerFixture.glue(), TokenizerFixture.JSON.get("files"));
    }

    private static void equalsPython(Path folder, JsonNode files) throws IOException {
        assertThat(files).isNotEmpty();
        for (JsonNode file : files) {
            List<Encoding> encodings = minilm.encodeAll(
                    TokenizerFixture.texts(folder, file), file.get("max_length").asInt());
            assertThat(encodings.stream().mapToInt(Encoding::length).sum())
                    .isEqualTo(file.get("tokens").asInt());
            assertThat(TokenizerFixture.checksum(encodings))
                    .as(file.get("file").asText())
                    .isEqualTo(file.get("crc32").asLong());
        }
    }

    @Test
    void equalsPythonOnHardCases() {
        List<Segments> texts = TokenizerFixture.rowTexts();
        for (int i = 0; i < texts.size(); i++) {
            JsonNode row = TokenizerFixture.JSON.get("rows").get(i);
            Encoding encoding = minilm.encode(
                    texts.get(i).text(),
                    texts.get(i).pair(),
                    row.get("max_length").asInt());
            assertThat(encoding)
                    .as(row.get("text").asText())
                    .isEqualTo(new Encoding(ints(row.get("ids")), ints(row.get("types"))));
        }
    }

    @Test
    void equalsTheJsonsOwnTokenizerOnMessages() throws IOException {
        equalsTheJsonsOwnTokenizer(TokenizerFixture.messageTexts(), 40);
    }

    @Test
    @Tag("shared")
    void equalsTheJsonsOwnTokenizerOnGlue() throws IOException {
        equalsTheJsonsOwnTokenizer(TokenizerFixture.glueTexts(), MAX_LENGTH);
    }

    private void equalsTheJsonsOwnTokenizer(List<Segments> texts, int maxLength) throws IOException {
        Path file = Files.write(folder.resolve("tokenizer.json"), TokenizerFixture.resource(TokenizerFixture.MINILM));
        List<Encoding> expected = new ArrayList<>();
        try (HuggingFaceTokenizer raw = HuggingFaceTokenizer.builder()
                .optTokenizerPath(file)
                .optTruncation(true)
                .optMaxLength(maxLength)
                .optPadding(false)
                .build()) {
            for (Segments text : texts) {
                ai.djl.huggingface.tokenizers.Encoding encoding = text.pair().isPresent()
                        ? raw.encode(text.text(), text.pair().get())
                        : raw.encode(text.text());
                expected.add(new Encoding(ints(encoding.getIds()), ints(encoding.getTypeIds())));
            }
        }
        assertThat(expected.stream().filter(e -> e.length() == maxLength).count())
                .as("some are cut")
                .isGreaterThan(5);
        assertThat(minilm.encodeAll(texts, maxLength)).isEqualTo(expected);
        for (int i = 0; i < texts.size(); i += 97) {
            assertThat(minilm.encode(texts.get(i).text(), texts.get(i).pair(), maxLength))
                    .isEqualTo(expected.get(i));
        }
    }

    @Test
    void vocabularyFileMeansTheSame() throws IOException {
        vocabularyFileMeansTheSame(TokenizerFixture.rowTexts());
        vocabularyFileMeansTheSame(TokenizerFixture.messageTexts());
    }

    @Test
    @Tag("shared")
    void vocabularyFileMeansTheSameOnGlue() throws IOException {
        vocabularyFileMeansTheSame(TokenizerFixture.glueTexts());
    }

    private void vocabularyFileMeansTheSame(List<Segments> texts) throws IOException {
        writeVocabulary();
        try (Tokenizer fromVocabulary = Tokenizer.load(folder)) {
            assertThat(fromVocabulary.vocabularySize()).isEqualTo(minilm.vocabularySize());
            assertThat(fromVocabulary.encodeAll(texts, MAX_LENGTH)).isEqualTo(minilm.encodeAll(texts, MAX_LENGTH));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // What tokenizer_config.json says | the tokens of "Café 中文 cafe": [UNK] is 1.
                "{} | 5 6 7 5",
                "{\"do_lower_case\":false} | 8 6 7 5",
                "{\"do_lower_case\":false,\"strip_accents\":true} | 9 6 7 5",
                "{\"strip_accents\":false} | 10 6 7 5",
                "{\"tokenize_chinese_chars\":false} | 5 1 5",
                "{\"do_lower_case\":null,\"strip_accents\":null} | 5 6 7 5"
            })
    void tokenizerConfigIsHeeded(String config, String expected) throws IOException {
        Files.writeString(
                folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncafe\n中\n文\nCafé\nCafe\ncafé\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            int[] inner = Arrays.stream(expected.split(" "))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            int[] ids = IntStream.concat(IntStream.of(2), IntStream.concat(IntStream.of(inner), IntStream.of(3)))
                    .toArray();
            assertThat(tokenizer.encode("Café 中文 cafe", Optional.empty(), 16).ids())
                    .isEqualTo(ids);
            assertThat(tokenizer.vocabularySize()).isEqualTo(11);
        }
    }

    @Test
    void specialTokensHaveTheVocabularysOwnIds() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "a\nb\n[SEP]\n[UNK]\n[CLS]\n[PAD]\n");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.padId()).isEqualTo(5);
            assertThat(tokenizer.encode("a", Optional.of("b c"), 16))
                    .isEqualTo(new Encoding(new int[] {4, 0, 2, 1, 3, 2}, new int[] {0, 0, 0, 1, 1, 1}));
        }
    }

    @Test
    void sizesAreTheVocabularys() {
        assertThat(minilm.vocabularySize()).isEqualTo(30522);
        assertThat(minilm.padId()).isZero();
        assertThat(minilm.encodeAll(List.of(), 8)).isEmpty();
    }

    @Test
    void brokenSurrogatesDoNotCrash() {
        assertThat(minilm.encode("\ud800 lone \udc00", Optional.of("\ud83d"), 16)
                        .length())
                .isGreaterThan(3);
    }

    @Test
    void mistakesAreSaidInOneLine() throws IOException {
        refused(
                () -> Tokenizer.load(folder),
                "no tokenizer.json, no vocab.txt and no vocab.json with merges.txt in " + folder);
        refused(() -> minilm.encode("a", Optional.empty(), 4), "length 4 is too short; give at least 5 tokens");
        for (String json : List.of("", "{", "[]", "{}", "{\"model\":{\"vocab\":{}}}")) {
            refused(
                    () -> Tokenizer.fromJson(json.getBytes(StandardCharsets.UTF_8), "x/tokenizer.json"),
                    "x/tokenizer.json");
        }
        refused(
                () -> Tokenizer.fromJson(
                        "{\"model\":{\"vocab\":{\"[PAD]\":0}}}".getBytes(StandardCharsets.UTF_8), "tokenizer.json"),
                "not a readable tokenizer");
        refused(
                () -> Tokenizer.fromJson(
                        "{\"model\":{\"vocab\":{\"a\":0}}}".getBytes(StandardCharsets.UTF_8), "tokenizer.json"),
                "no padding token");
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[SEP]\na\n");
        refused(() -> Tokenizer.load(folder), "vocab.txt has no line [CLS]");
        Files.writeString(folder.resolve("vocab.txt"), "");
        refused(() -> Tokenizer.load(folder), "vocab.txt has no line [PAD]");
        Files.write(folder.resolve("vocab.txt"), new byte[] {'a', '\n', (byte) 0xff});
        refused(() -> Tokenizer.load(folder), "vocab.txt: is not UTF-8");
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\":\"yes\"}");
        refused(() -> Tokenizer.load(folder), "tokenizer_config.json: do_lower_case is \"yes\"");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{");
        refused(() -> Tokenizer.load(folder), "tokenizer_config.json is not valid JSON");
    }

    @Test
    void aClosedTokenizerSaysSo() {
        Tokenizer tokenizer = Tokenizer.fromJson(TokenizerFixture.resource(TokenizerFixture.MINILM), "minilm");
        tokenizer.encode("a", Optional.empty(), 8);
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a", Optional.empty(), 8)).isInstanceOf(IllegalStateException.class);
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String reason) {
        assertThatThrownBy(call)
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    /** The vocabulary of MiniLM's tokenizer.json as the older file. */
    private void writeVocabulary() throws IOException {
        JsonNode vocabulary = new JsonMapper()
                .readTree(TokenizerFixture.resource(TokenizerFixture.MINILM))
                .at("/model/vocab");
        String[] lines = new String[vocabulary.size()];
        vocabulary.properties().forEach(entry -> lines[entry.getValue().asInt()] = entry.getKey());
        Files.write(folder.resolve("vocab.txt"), List.of(lines));
    }

    private static int[] ints(JsonNode values) {
        return IntStream.range(0, values.size()).map(i -> values.get(i).asInt()).toArray();
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}

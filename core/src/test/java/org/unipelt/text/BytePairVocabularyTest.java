package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;

class BytePairVocabularyTest {
    private static final byte[] VOCABULARY = TokenizerFixture.resource("byte-pair/vocab.json");
    private static final byte[] MERGES = TokenizerFixture.resource("byte-pair/merges.txt");
    private static ExpectedIds expected;

    @TempDir
    Path folder;

    @BeforeAll
    static void read() throws IOException {
        expected = ExpectedIds.of("byte-pair");
    }

    @BeforeEach
    void write() throws IOException {
        Files.write(folder.resolve("vocab.json"), VOCABULARY);
        Files.write(folder.resolve("merges.txt"), MERGES);
    }

    @Test
    void equalsPythonOnHardCases() {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            expected.compareRows(tokenizer, "rows");
        }
    }

    @Test
    void equalsPythonOnMessages() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            expected.compareMessages(tokenizer);
        }
    }

    @ParameterizedTest
    @Tag("shared")
    @CsvSource({"false, files", "true, files_prefix_space"})
    void equalsPythonOnGlue(boolean prefixSpace, String files) throws IOException {
        config("{\"add_prefix_space\": " + prefixSpace + "}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            expected.compareGlue(tokenizer, files);
        }
    }

    @Test
    void prefixSpaceIsHeeded() throws IOException {
        config("{\"add_prefix_space\": true}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            expected.compareRows(tokenizer, "rows_prefix_space");
        }
        config("{\"add_prefix_space\": null}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            expected.compareRows(tokenizer, "rows");
        }
    }

    @Test
    void specialTokensStandWhereTheVocabularySays() {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.padId()).isEqualTo(1);
            assertThat(tokenizer.id("</s>")).isEqualTo(2);
            assertThat(tokenizer.id("<mask>")).isEqualTo(tokenizer.vocabularySize() - 1);
            int a = tokenizer.id("a");
            int b = tokenizer.id("b");
            assertThat(tokenizer.encode("a", Optional.of("b"), 8).ids()).containsExactly(0, a, 2, 2, b, 2);
        }
    }

    @Test
    void aPairIsCutToTheLeastLength() {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.minLength()).isEqualTo(6);
            int[] ids = tokenizer
                    .encode("where is it", Optional.of("that is here and there"), 6)
                    .ids();
            assertThat(ids).hasSize(6).startsWith(0).endsWith(2);
            assertThat(ids[2]).isEqualTo(2);
            assertThat(ids[3]).isEqualTo(2);
            refused(
                    () -> tokenizer.encode("where is it", Optional.of("that is here"), 5),
                    "length 5 is too short; give at least 6 tokens");
        }
    }

    @ParameterizedTest
    @CsvSource({"9,9,2,3", "9,7,3,2", "7,9,2,3", "9,1,4,1", "1,9,1,4"})
    void theLongerSegmentKeepsTheOddPlace(int first, int second, int firstKept, int secondKept) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            int[] ids = tokenizer
                    .encode(" b".repeat(first), Optional.of(" c".repeat(second)), 9)
                    .ids();
            assertThat(count(ids, tokenizer.id("Ġb"))).isEqualTo(firstKept);
            assertThat(count(ids, tokenizer.id("Ġc"))).isEqualTo(secondKept);
        }
    }

    private static long count(int[] ids, int id) {
        return Arrays.stream(ids).filter(i -> i == id).count();
    }

    @Test
    void mergesMayLackTheirFirstAndLastLineEnd() throws IOException {
        List<Segments> texts = expected.segments("rows");
        List<Encoding> usual;
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            usual = tokenizer.encodeAll(texts, 64);
        }
        String merges = new String(MERGES, StandardCharsets.UTF_8);
        assertThat(merges).startsWith("#version: 0.2\n").endsWith("\n");
        String bare = merges.substring(merges.indexOf('\n') + 1).stripTrailing();
        for (String variant : List.of(bare, merges + "\n\n", merges.replace("\n", "\r\n"))) {
            Files.writeString(folder.resolve("merges.txt"), variant);
            try (Tokenizer tokenizer = Tokenizer.load(folder)) {
                assertThat(tokenizer.encodeAll(texts, 64)).isEqualTo(usual);
            }
        }
    }

    @Test
    void aByteThatTheVocabularyLacksIsLeftOut() throws IOException {
        Files.writeString(
                folder.resolve("vocab.json"),
                "{\"a\":0,\"b\":1,\"ab\":2,\"<s>\":3,\"</s>\":4,\"<pad>\":5,\"<unk>\":6}");
        Files.writeString(folder.resolve("merges.txt"), "a b\n");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.encode("abzba", Optional.empty(), 8).ids()).containsExactly(3, 2, 1, 0, 4);
        }
    }

    @Test
    void otherFilesComeFirst() throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(5);
        }
        Files.write(folder.resolve("tokenizer.json"), TokenizerFixture.resource("unigram/tokenizer.json"));
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.id("ro_RO")).isPositive();
        }
    }

    @Test
    void threadsMayShareATokenizer() throws Exception {
        List<Segments> texts = expected.segments("rows");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            List<Encoding> alone = tokenizer.encodeAll(texts, 32);
            List<Future<List<Encoding>>> results = new ArrayList<>();
            List<Future<List<String>>> decoded = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(threads.submit(() -> texts.stream()
                        .map(text -> tokenizer.encode(text.text(), text.pair(), 32))
                        .toList()));
                decoded.add(threads.submit(() -> alone.stream()
                        .map(encoding -> tokenizer.decode(encoding.ids()))
                        .toList()));
            }
            for (Future<List<Encoding>> result : results) {
                assertThat(result.get()).isEqualTo(alone);
            }
            for (Future<List<String>> result : decoded) {
                assertThat(result.get()).isEqualTo(decoded.get(0).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void oneFileWithoutTheOtherIsNamed() throws IOException {
        Files.delete(folder.resolve("merges.txt"));
        refused(() -> Tokenizer.load(folder), "no merges.txt in " + folder + " beside its vocab.json");
        Files.write(folder.resolve("merges.txt"), MERGES);
        Files.delete(folder.resolve("vocab.json"));
        refused(() -> Tokenizer.load(folder), "no vocab.json in " + folder + " beside its merges.txt");
        Files.delete(folder.resolve("merges.txt"));
        refused(() -> Tokenizer.load(folder), "no vocab.json with merges.txt in " + folder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | it is empty",
                "[] | is not a JSON object",
                "{ | is not valid JSON",
                "{} {} | is not valid JSON",
                "{\"<s>\": \"0\"} | the id of '<s>' is \"0\"",
                "{\"<s>\": -1} | the id of '<s>' is -1",
                "{\"<s>\": 1.5} | the id of '<s>' is 1.5",
                "{\"<s>\": 3000000000} | the id of '<s>' is 3000000000",
                "{\"<s>\": 0, \"<pad>\": 1} | has no token </s>; use a RoBERTa or BART vocabulary",
            })
    void aWrongVocabularyIsNamed(String json, String reason) throws IOException {
        Files.writeString(folder.resolve("vocab.json"), json);
        refused(() -> Tokenizer.load(folder), folder.resolve("vocab.json") + "");
        refused(() -> Tokenizer.load(folder), reason);
    }

    @Test
    void anIdBeyondAllCountingIsNamed() throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode vocabulary = (ObjectNode) mapper.readTree(VOCABULARY);
        mapper.writeValue(folder.resolve("vocab.json").toFile(), vocabulary.put("<mask>", Integer.MAX_VALUE));
        refused(() -> Tokenizer.load(folder), "vocab.json has a token with the id 2147483647");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a|'a' is not two tokens",
                "a b c|'a b c' is not two tokens",
                "a |'a ' is not two tokens",
                "a  b|'a  b' is not two tokens",
                "a Ω|'Ω' of the merge 'a Ω' is not in",
                "z q|'zq' of the merge 'z q' is not in",
            })
    void aWrongMergeIsNamed(String line, String reason) throws IOException {
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\ne r\n" + line + "\n");
        refused(() -> Tokenizer.load(folder), "merges.txt line 3: " + reason);
    }

    @Test
    void otherWrongFilesAreNamed() throws IOException {
        Files.write(folder.resolve("merges.txt"), new byte[] {'a', ' ', (byte) 0xff});
        refused(() -> Tokenizer.load(folder), "merges.txt: is not UTF-8");
        Files.writeString(folder.resolve("merges.txt"), "e r\n\na n\n");
        refused(() -> Tokenizer.load(folder), "merges.txt line 2: '' is not two tokens");
        Files.write(folder.resolve("merges.txt"), MERGES);
        Files.write(folder.resolve("vocab.json"), new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        refused(() -> Tokenizer.load(folder), "vocab.json: is not UTF-8");
        Files.write(folder.resolve("vocab.json"), VOCABULARY);
        config("{\"add_prefix_space\": 1}");
        refused(() -> Tokenizer.load(folder), "tokenizer_config.json: add_prefix_space is 1");
    }

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String reason) {
        assertThatThrownBy(call)
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n")
                .hasMessageNotContaining("REDACTED");
    }
}

package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Words, the tokens that answer for them, and windows of long texts. */
class WordEncodingTest {
    @TempDir
    private Path folder;

    private static List<String> words(String text) {
        return WordSplit.of(text).stream()
                .map(word -> text.substring(word.start(), word.end()))
                .toList();
    }

    @Test
    void wordsAreRunsOfLettersOrOfDigitsOrSingleCharacters() {
        assertThat(words("O'Brien paid 5kg, 12/06 in Zürich."))
                .containsExactly("O", "'", "Brien", "paid", "5", "kg", ",", "12", "/", "06", "in", "Zürich", ".");
        assertThat(words("北京 Cafe\u0301\u00a0x")).containsExactly("北", "京", "Cafe\u0301", "x");
        assertThat(words("\ud83d\ude00!\ud83d\udc69\u200d\ud83d\ude80 \u0301"))
                .containsExactly("\ud83d\ude00", "!", "\ud83d\udc69\u200d", "\ud83d\ude80", "\u0301");
        assertThat(words(" \t")).isEmpty();
    }

    /**
     * The token of a word is the one that transformers' tokenizers have for its first character, with an emoji before it,
     * with accents, Chinese, ligatures and blanks that are no spaces.
     */
    @ParameterizedTest
    @ValueSource(strings = {"wordpieces", "bytes", "xlm-roberta", "albert", "deberta-v2", "t5"})
    void tokensOfWordsAreThoseOfTransformers(String family) throws IOException {
        JsonNode all;
        try (var in = WordEncodingTest.class.getResourceAsStream("/org/unipelt/task/token-classification.json")) {
            all = new JsonMapper().readTree(in).get("tokens");
        }
        JsonNode wanted = all.get("families").get(family);
        for (var file : wanted.get("files").properties()) {
            Files.write(folder.resolve(file.getValue().asText()), TokenizerFixture.resource(file.getKey()));
        }
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\":\"" + wanted.get("model").asText() + "\"}");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\":\"" + wanted.get("kind").asText() + "\"}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            int row = 0;
            for (JsonNode each : all.get("texts")) {
                String text = each.asText();
                JsonNode tokens = wanted.get("tokens").get(row++);
                WordEncoding encoded = tokenizer.encodeWords(List.of(text)).get(0);
                assertThat(encoded.encoding()).isEqualTo(tokenizer.encode(text, Optional.empty(), 500));
                List<Integer> found = new ArrayList<>();
                for (int word = 0; word < encoded.words().size(); word++) {
                    found.add(encoded.tokens()[word]);
                }
                // Our words by their tokens; one of which nothing is kept is none, and neighbours share a token.
                List<Integer> expected = new ArrayList<>();
                for (WordSplit.Word word : WordSplit.of(text)) {
                    int from = text.codePointCount(0, word.start());
                    int to = text.codePointCount(0, word.end());
                    int token = IntStream.range(from, to)
                            .map(at -> tokens.get(at).asInt())
                            .filter(at -> at >= 0)
                            .findFirst()
                            .orElse(-1);
                    if (token >= 0 && (expected.isEmpty() || expected.get(expected.size() - 1) != token)) {
                        expected.add(token);
                    }
                }
                assertThat(found).as(family + ": " + text).isEqualTo(expected);
            }
        }
    }

    /** Special tokens stand around every window; every word belongs to one, with context on both sides. */
    @Test
    void windowsOverlapAndEveryWordBelongsToOne() {
        int[] ids = IntStream.concat(IntStream.concat(IntStream.of(1), IntStream.range(100, 130)), IntStream.of(2, 3))
                .toArray();
        List<WordSplit.Word> words = IntStream.range(0, 30)
                .mapToObj(i -> new WordSplit.Word(2 * i, 2 * i + 1))
                .toList();
        WordEncoding text = new WordEncoding(
                new Encoding(ids, new int[ids.length]),
                1,
                2,
                words,
                IntStream.rangeClosed(1, 30).toArray());
        assertThat(text.isLongerThan(33)).isFalse();
        assertThat(text.windows(33)).hasSize(1);
        assertThat(text.windows(33).get(0).encoding()).isEqualTo(text.encoding());
        List<WordEncoding.Window> windows = text.windows(11);
        int[] seen = new int[30];
        for (WordEncoding.Window window : windows) {
            int[] all = window.encoding().ids();
            assertThat(all).hasSize(11).startsWith(1).endsWith(2, 3);
            for (int i = 0; i < window.words().length; i++) {
                int word = window.words()[i];
                seen[word]++;
                assertThat(all[window.tokens()[i]]).isEqualTo(100 + word);
                // At the ends of the text there is no more; elsewhere a quarter of eight is shared by two.
                boolean end = word < 2 || word > 27;
                int place = window.tokens()[i] - 1;
                assertThat(end || (place >= 1 && place <= 6)).as("word " + word).isTrue();
            }
        }
        assertThat(seen).containsOnly(1);
        assertThat(windows).hasSize(5);
        assertThat(Arrays.stream(windows.get(1).encoding().ids()).skip(1).findFirst())
                .hasValue(106);
    }
}

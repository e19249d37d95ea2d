package org.unipelt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;

/** mBART's kind of tokenizer.json: SentencePiece's unigrams, and {@code A </s> en_XX}. */
class UnigramTest {
    private static Tokenizer tokenizer;
    private static ExpectedIds expected;

    @BeforeAll
    static void open() throws IOException {
        tokenizer = Tokenizer.fromJson(TokenizerFixture.resource("unigram/tokenizer.json"), "unigram");
        expected = ExpectedIds.of("unigram");
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void equalsPythonOnHardCases() {
        expected.compareRows(tokenizer, "rows");
    }

    @Test
    void equalsPythonOnMessages() throws IOException {
        expected.compareMessages(tokenizer);
    }

    @Test
    @Tag("shared")
    void equalsPythonOnGlue() throws IOException {
        expected.compareGlue(tokenizer, "files");
    }

    @Test
    void endsWithTheLanguage() {
        int end = tokenizer.id("</s>");
        int english = tokenizer.id("en_XX");
        assertThat(tokenizer.padId()).isEqualTo(1);
        assertThat(tokenizer.encode("where is my order", Optional.empty(), 64).ids())
                .endsWith(end, english);
        assertThat(tokenizer.encode("", Optional.empty(), 64))
                .isEqualTo(new Encoding(new int[] {end, english}, new int[2]));
        assertThat(tokenizer.encode("where is my order", Optional.of("here"), 6).ids())
                .hasSize(6)
                .endsWith(end, english);
    }

    @Test
    void decodesWithoutSpecialTokens() {
        int[] ids = tokenizer.encode("where is my order", Optional.empty(), 64).ids();
        int[] generated = new int[ids.length + 2];
        generated[0] = tokenizer.id("ro_RO");
        System.arraycopy(ids, 0, generated, 1, ids.length);
        generated[ids.length + 1] = tokenizer.padId();
        assertThat(tokenizer.decode(generated)).isEqualTo("where is my order");
        assertThat(tokenizer.decode(new int[0])).isEmpty();
        assertThat(tokenizer.decode(new int[] {tokenizer.vocabularySize(), 1 << 30}))
                .isEmpty();
        assertThatThrownBy(() -> tokenizer.decode(new int[] {5, -100}))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("id -100 at 1 is not a token");
    }

    @Test
    void anUnknownTokenIsAnsweredWithTheNearest() {
        assertThat(tokenizer.id("ro_RO")).isEqualTo(tokenizer.id("en_XX") + 1);
        assertThatThrownBy(() -> tokenizer.id("ro_R0"))
                .isInstanceOf(InputException.class)
                .hasMessage("unknown token 'ro_R0' in unigram; did you mean 'ro_RO'?");
        assertThatThrownBy(() -> tokenizer.id("no token of this sort at all"))
                .isInstanceOf(InputException.class)
                .hasMessageMatching("unknown token '.*' in unigram; use one of its \\d+ tokens, spelled as there");
    }
}

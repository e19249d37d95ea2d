package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The judge is NLTK's stemmer in its default mode. */
final class PorterStemmerTest {
    /** The paper's own examples, and where NLTK departs from it. */
    @ParameterizedTest
    @CsvSource({
        "caresses, caress",
        "ponies, poni",
        "agreed, agre",
        "plastered, plaster",
        "sing, sing",
        "hopping, hop",
        "filing, file",
        "relational, relat",
        "triplicate, triplic",
        "adoption, adopt",
        "controll, control",
        "dies, die",
        "died, die",
        "flies, fli",
        "news, news",
        "skies, sky",
        "enjoy, enjoy",
        "happy, happi",
        "aged, age",
        "additionally, addit",
        "geology, geolog",
        "hopefully, hope",
        "is, is",
        "a, a",
    })
    void strips(String word, String stem) {
        assertThat(PorterStemmer.stem(word)).isEqualTo(stem);
    }

    @Test
    void equalsNltkForEveryRule() {
        for (JsonNode pair : GenerationFixture.JSON.get("stems")) {
            String word = pair.get(0).asText();
            assertThat(PorterStemmer.stem(word)).as(word).isEqualTo(pair.get(1).asText());
        }
    }

    /** Words of every beginning and every ending: over two thousand, in which one rule follows another. */
    @Test
    void equalsNltkForWordsNoOneWrote() {
        List<String> words = new ArrayList<>();
        for (JsonNode beginning : GenerationFixture.JSON.get("beginnings")) {
            for (JsonNode ending : GenerationFixture.JSON.get("endings")) {
                words.add(beginning.asText() + ending.asText());
            }
        }
        assertThat(words).hasSizeGreaterThan(2000);
        assertThat(checksum(words))
                .isEqualTo(GenerationFixture.JSON.get("made_words_crc32").asLong());
    }

    @Test
    void equalsNltkForEveryWordOfTheMessages() throws IOException {
        equalsNltkForEveryWord(GenerationFixture.messageArticles(), "message_words");
    }

    @Test
    @Tag("shared")
    void equalsNltkForEveryWordOfXsum() throws IOException {
        equalsNltkForEveryWord(GenerationFixture.xsum(), "xsum_words");
    }

    private static void equalsNltkForEveryWord(List<GenerationFixture.Article> articles, String recorded) {
        TreeSet<String> words = new TreeSet<>();
        for (GenerationFixture.Article article : articles) {
            for (String text : List.of(article.document(), article.summary())) {
                for (String word : text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+")) {
                    if (word.length() > 3) {
                        words.add(word);
                    }
                }
            }
        }
        JsonNode expected = GenerationFixture.JSON.get(recorded);
        assertThat(words).hasSize(expected.get("count").asInt());
        assertThat(checksum(words)).isEqualTo(expected.get("crc32").asLong());
    }

    private static long checksum(Collection<String> words) {
        CRC32 crc = new CRC32();
        for (String word : words) {
            crc.update((word + " " + PorterStemmer.stem(word) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return crc.getValue();
    }
}

package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.Version;

/** The judge is sacreBLEU. */
final class BleuTest {
    private static final Offset<Double> CLOSE = within(1e-10);

    @Test
    void perfectAndHopeless() {
        List<String> text = List.of("The cat sat on the mat.", "A second segment, no less.");
        assertThat(Bleu.of(text, text).score()).isCloseTo(100, CLOSE);
        Bleu none = Bleu.of(List.of("alpha beta"), List.of("gamma delta epsilon"));
        assertThat(none).isEqualTo(new Bleu(0, List.of(0.0, 0.0, 0.0, 0.0), Math.exp(-0.5), 2, 3));
    }

    /** Counts are of the corpus: one segment without any 4-gram in common does no harm. */
    @Test
    void countsAreOfTheCorpus() {
        Bleu bleu = Bleu.of(List.of("a b c d e", "x"), List.of("a b c d e", "y"));
        assertThat(bleu.precisions()).containsExactly(100.0 * 5 / 6, 100.0, 100.0, 100.0);
        assertThat(bleu.brevityPenalty()).isEqualTo(1);
        assertThat(bleu.score()).isCloseTo(100 * Math.pow(5.0 / 6, 0.25), CLOSE);
    }

    @Test
    void shortPredictionsArePenalised() {
        Bleu bleu = Bleu.of(List.of("a b c d"), List.of("a b c d e f g h"));
        assertThat(bleu.predictionLength()).isEqualTo(4);
        assertThat(bleu.referenceLength()).isEqualTo(8);
        assertThat(bleu.brevityPenalty()).isCloseTo(Math.exp(-1), CLOSE);
        assertThat(bleu.score()).isCloseTo(100 * Math.exp(-1), CLOSE);
    }

    /** Papineni's own example: a word counts no more often than the reference has it. */
    @Test
    void repeatedWordsAreClipped() {
        Bleu bleu = Bleu.of(List.of("the the the the the the the"), List.of("the cat is on the mat"));
        assertThat(bleu.precisions().get(0)).isCloseTo(100.0 * 2 / 7, CLOSE);
        // No pair, triple or quadruple: half of one of 6, a quarter of one of 5, an eighth of one of 4.
        assertThat(bleu.precisions().get(1)).isCloseTo(100.0 / 2 / 6, CLOSE);
        assertThat(bleu.precisions().get(2)).isCloseTo(100.0 / 4 / 5, CLOSE);
        assertThat(bleu.precisions().get(3)).isCloseTo(100.0 / 8 / 4, CLOSE);
    }

    @Test
    void emptyTexts() {
        assertThat(Bleu.of(List.of(""), List.of("something")))
                .isEqualTo(new Bleu(0, List.of(0.0, 0.0, 0.0, 0.0), 0, 0, 1));
        assertThat(Bleu.of(List.of("something"), List.of("")))
                .isEqualTo(new Bleu(0, List.of(0.0, 0.0, 0.0, 0.0), 1, 1, 0));
        assertThatThrownBy(() -> Bleu.of(List.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Bleu.of(List.of("a"), List.of("a", "b"))).isInstanceOf(IllegalArgumentException.class);
    }

    /** SacreBLEU's own words but for the version, which must not claim that sacreBLEU ran. */
    @Test
    void signature() {
        String sacrebleus = GenerationFixture.JSON.get("bleu_signature").asText();
        assertThat(Bleu.signature())
                .isEqualTo(sacrebleus.replaceFirst("version:.*", "version:unipelt-" + Version.text()));
        assertThat(sacrebleus).contains("version:2.");
    }

    @Test
    void equalsSacrebleuOnHardCases() {
        for (JsonNode row : GenerationFixture.JSON.get("bleu_rows")) {
            String prediction = row.get("prediction").asText();
            List<String> tokens = StreamSupport.stream(row.get("tokens").spliterator(), false)
                    .map(JsonNode::asText)
                    .toList();
            assertThat(Tokenizer13a.tokens(prediction)).isEqualTo(tokens);
            Bleu bleu =
                    Bleu.of(List.of(prediction), List.of(row.get("reference").asText()));
            assertNumbers(bleu, GenerationFixture.numbers(row.get("bleu"), 0), prediction);
        }
    }

    @Test
    void equalsSacrebleuOnMessages() throws IOException {
        equalsSacrebleu(GenerationFixture.messageSegments(), "message_bleu_corpora");
    }

    @Test
    @Tag("shared")
    void equalsSacrebleuOnWmt16() throws IOException {
        equalsSacrebleu(GenerationFixture.wmt16(), "bleu_corpora");
    }

    private static void equalsSacrebleu(List<GenerationFixture.Segment> segments, String recorded) {
        List<String> references =
                segments.stream().map(GenerationFixture.Segment::target).toList();
        JsonNode rows = GenerationFixture.JSON.get(recorded);
        assertThat(rows).hasSize(8);
        for (JsonNode row : rows) {
            String kind = row.get(0).asText();
            List<String> predictions = segments.stream()
                    .map(segment -> GenerationFixture.translation(kind, segment))
                    .toList();
            assertNumbers(Bleu.of(predictions, references), GenerationFixture.numbers(row, 1), kind);
        }
    }

    /** Each segment as a corpus of its own, so that smoothing and penalties are met often. */
    @Test
    void equalsSacrebleuOnSingleMessages() throws IOException {
        equalsSacrebleuOnEach(GenerationFixture.messageSegments(), "message_bleu_segments", 48);
    }

    /** Likewise. */
    @Test
    @Tag("shared")
    void equalsSacrebleuOnSegmentsOfWmt16() throws IOException {
        equalsSacrebleuOnEach(GenerationFixture.wmt16(), "bleu_segments", 252);
    }

    private static void equalsSacrebleuOnEach(List<GenerationFixture.Segment> segments, String recorded, int count) {
        List<String> kinds = new ArrayList<>();
        GenerationFixture.JSON
                .get("bleu_corpora")
                .forEach(row -> kinds.add(row.get(0).asText()));
        JsonNode rows = GenerationFixture.JSON.get(recorded);
        assertThat(rows).hasSize(count);
        for (int i = 0; i < rows.size(); i++) {
            GenerationFixture.Segment segment = segments.get(i);
            String prediction = GenerationFixture.translation(kinds.get(i % 6), segment);
            Bleu bleu = Bleu.of(List.of(prediction), List.of(segment.target()));
            assertNumbers(bleu, GenerationFixture.numbers(rows.get(i), 0), "segment " + i);
        }
    }

    private static void assertNumbers(Bleu bleu, double[] expected, String of) {
        List<Double> precisions = bleu.precisions();
        assertThat(new double[] {
                    bleu.score(),
                    precisions.get(0),
                    precisions.get(1),
                    precisions.get(2),
                    precisions.get(3),
                    bleu.brevityPenalty(),
                    bleu.predictionLength(),
                    bleu.referenceLength()
                })
                .as(of)
                .containsExactly(expected, CLOSE);
    }
}

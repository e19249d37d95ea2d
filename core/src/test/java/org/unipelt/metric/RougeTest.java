package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class RougeTest {
    private static final Offset<Double> CLOSE = within(1e-12);
    private static final Offset<Double> FIVE_DIGITS = within(5.0001e-6);

    /**
     * Lines of random letters with which google-research/rouge (Apache License 2.0) tests itself against Lin's own
     * program: testdata/pyrouge_files/target_multi.0.txt. The numbers below are those of rouge_scorer_test.py, that is, of
     * ROUGE-1.5.5.
     */
    private static final List<String> TARGETS = List.of(
            "ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr"
                    + " q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L",
            "KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing"
                    + " LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing"
                    + " c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN",
            "NhETebUbBk'er WOvoHMTjSRizKgH'vHiing Xu,hWxfs VkNE QhgKiLHE -HidivzoM.dO anhtion jbLQiSGDTCsuhREebUaKM"
                    + " dv J dVN tmbOT",
            "vMR HDm,xOAetion D,tion HJtodT.mHl UIv-p VjWH'BdyWjnfGU-OjT aEMdFICyLWfQMtion wEMfdOKing AwkeKbO"
                    + " 'DxqNOHBH qKtVvm OYJl mM");

    /** Likewise, prediction_multi.0.txt. */
    private static final List<String> PREDICTIONS = List.of(
            "rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi",
            "n cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed"
                    + " nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD",
            "xfs VkJE QhgKiLHE -HidivzoM.dO anhing jbLQiSGDTCsuhREebUaKM dv J",
            "VjWH'BdyWjnfGU-OjTNaEMdFICyLWfQMing wEMfdOKijg AwkeKbO 'DxqNO");

    @Test
    void equalsLinsProgram() {
        for (boolean stem : new boolean[] {true, false}) {
            Rouge first = Rouge.of(PREDICTIONS.get(0), TARGETS.get(0), stem);
            assertScore(first.rouge1(), 0.68750, 0.40741, 0.51163, FIVE_DIGITS);
            assertScore(first.rouge2(), 0.53333, 0.30769, 0.39024, FIVE_DIGITS);
            assertScore(first.rougeL(), 0.68750, 0.40741, 0.51163, FIVE_DIGITS);
            Rouge second = Rouge.of(PREDICTIONS.get(1), TARGETS.get(1), stem);
            assertScore(second.rouge2(), 0.48000, 0.29268, 0.36364, FIVE_DIGITS);
        }
        Rouge plain = Rouge.of(PREDICTIONS.get(1), TARGETS.get(1), false);
        assertScore(plain.rouge1(), 0.65385, 0.40476, 0.50000, FIVE_DIGITS);
        assertScore(plain.rougeL(), 0.65385, 0.40476, 0.50000, FIVE_DIGITS);
        assertScore(Rouge.of(PREDICTIONS.get(1), TARGETS.get(1)).rouge1(), 0.69231, 0.42857, 0.52941, FIVE_DIGITS);
        Rouge lines = Rouge.of(String.join("\n", PREDICTIONS) + "\n", String.join("\n", TARGETS) + "\n");
        assertScore(lines.rougeLsum(), 0.66667, 0.36538, 0.47205, FIVE_DIGITS);
    }

    /** Small cases of rouge_scorer_test.py. */
    @Test
    void smallCases() {
        assertScore(Rouge.of("testing", "testing one two", false).rouge1(), 1, 1.0 / 3, 0.5, CLOSE);
        Rouge start = Rouge.of("testing one", "testing one two", false);
        assertScore(start.rouge1(), 1, 2.0 / 3, 0.8, CLOSE);
        assertScore(start.rouge2(), 1, 0.5, 2.0 / 3, CLOSE);
        assertScore(start.rougeL(), 1, 2.0 / 3, 0.8, CLOSE);
        assertScore(Rouge.of("testing two", "testing one two", false).rougeL(), 1, 2.0 / 3, 0.8, CLOSE);
        // The paper's example in section 3.2.
        Rouge lines = Rouge.of("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5", false);
        assertScore(lines.rougeLsum(), 0.4, 0.8, 0.8 / 1.5, CLOSE);
    }

    @Test
    void nothingInCommonIsZero() {
        Rouge nothing = zero();
        assertThat(Rouge.of("", "testing one two")).isEqualTo(nothing);
        assertThat(Rouge.of("testing one two", "")).isEqualTo(nothing);
        assertThat(Rouge.of("", "")).isEqualTo(nothing);
        assertThat(Rouge.of("\n\n", "\n")).isEqualTo(nothing);
        assertThat(Rouge.of("/", "w1 w2")).isEqualTo(nothing);
        assertThat(Rouge.of("alpha beta", "gamma delta")).isEqualTo(nothing);
        // Letters beyond a-z are no words, not even where they are the same.
        assertThat(Rouge.of("请问我的包裹", "请问我的包裹")).isEqualTo(nothing);
    }

    @Test
    void aSingleWordHasNoPairs() {
        Rouge same = Rouge.of("word", "word");
        assertThat(same.rouge1().fMeasure()).isEqualTo(1);
        assertThat(same.rouge2().fMeasure()).isZero();
        assertThat(same.rougeLsum().fMeasure()).isEqualTo(1);
    }

    /** Letters with accents part words; the Kelvin sign and the dotted capital I have small letters within a-z. */
    @Test
    void unicode() {
        assertThat(Rouge.of("café crème", "caf cr me").rouge1().fMeasure()).isEqualTo(1);
        assertThat(Rouge.of("\u212Aelvin", "kelvin").rouge1().fMeasure()).isEqualTo(1);
        assertThat(Rouge.of("İstanbul", "i stanbul").rouge2().fMeasure()).isEqualTo(1);
        assertThat(Rouge.of("yes🙂no", "yes no").rouge2().fMeasure()).isEqualTo(1);
    }

    @Test
    void stemsOnlyIfAskedAndOnlyLongWords() {
        assertThat(Rouge.of("reported", "reports", false).rouge1().fMeasure()).isZero();
        assertThat(Rouge.of("reported", "reports", true).rouge1().fMeasure()).isEqualTo(1);
        assertThat(Rouge.of("reported", "reports").rouge1().fMeasure()).isEqualTo(1);
        assertThat(Rouge.of("was", "wa").rouge1().fMeasure()).isZero();
    }

    /** Both lines of the reference meet the one of the prediction, which can be counted only once. */
    @Test
    void lsumCountsATokenNoMoreOftenThanItIsPredicted() {
        Rouge rouge = Rouge.of("a b", "a b\na b", false);
        assertScore(rouge.rougeLsum(), 1, 0.5, 2.0 / 3, CLOSE);
        assertScore(rouge.rougeL(), 1, 0.5, 2.0 / 3, CLOSE);
        // Lines may be in another order for Lsum, and not for L.
        Rouge order = Rouge.of("c d\na b", "a b\nc d", false);
        assertThat(order.rougeLsum().fMeasure()).isEqualTo(1);
        assertThat(order.rougeL().fMeasure()).isEqualTo(0.5);
    }

    @Test
    void ofACorpusIsTheMean() {
        Rouge mean = Rouge.of(List.of("testing", ""), List.of("testing one two", "testing"), false);
        assertScore(mean.rouge1(), 0.5, 1.0 / 6, 0.25, CLOSE);
        assertThat(mean).isEqualTo(Rouge.mean(List.of(Rouge.of("testing", "testing one two"), zero())));
        assertThatThrownBy(() -> Rouge.of(List.of("a"), List.of(), true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Rouge.mean(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equalsTheReferenceOnMessages() throws IOException {
        equalsTheReference(GenerationFixture.messageArticles(), "message_rouge_pairs", 54);
    }

    @Test
    @Tag("shared")
    void equalsTheReferenceOnXsum() throws IOException {
        equalsTheReference(GenerationFixture.xsum(), "rouge_pairs", 270);
    }

    private static void equalsTheReference(List<GenerationFixture.Article> articles, String recorded, int count) {
        JsonNode rows = GenerationFixture.JSON.get(recorded);
        assertThat(rows).hasSize(count);
        for (int i = 0; i < rows.size(); i++) {
            GenerationFixture.Pair pair = GenerationFixture.summaryPair(articles, i);
            List<Double> found = new ArrayList<>();
            for (boolean stem : new boolean[] {true, false}) {
                scores(Rouge.of(pair.prediction(), pair.reference(), stem))
                        .forEach(score -> found.add(score.fMeasure()));
            }
            double[] expected = GenerationFixture.numbers(rows.get(i), 0);
            assertThat(found.stream().mapToDouble(f -> f).toArray())
                    .as("pair %d", i)
                    .containsExactly(expected, CLOSE);
        }
    }

    @Test
    void meanEqualsTheReferenceOnMessages() throws IOException {
        meanEqualsTheReference(GenerationFixture.messageArticles(), "message_rouge_means");
    }

    @Test
    @Tag("shared")
    void meanEqualsTheReferenceOnXsum() throws IOException {
        meanEqualsTheReference(GenerationFixture.xsum(), "rouge_means");
    }

    private static void meanEqualsTheReference(List<GenerationFixture.Article> articles, String recorded) {
        List<String> predictions = new ArrayList<>();
        List<String> references = new ArrayList<>();
        for (int i = 0; i < articles.size(); i++) {
            GenerationFixture.Pair pair = GenerationFixture.summaryPair(articles, i);
            predictions.add(pair.prediction());
            references.add(pair.reference());
        }
        for (JsonNode row : GenerationFixture.JSON.get(recorded)) {
            assertThat(articles).hasSize(row.get("pairs").asInt());
            List<Rouge.Score> means =
                    scores(Rouge.of(predictions, references, row.get("stem").asBoolean()));
            List<String> tokenTypes = List.of("rouge1", "rouge2", "rougeL", "rougeLsum");
            for (int t = 0; t < tokenTypes.size(); t++) {
                double[] expected = GenerationFixture.numbers(row.get(tokenTypes.get(t)), 0);
                assertScore(means.get(t), expected[0], expected[1], expected[2], CLOSE);
            }
        }
    }

    private static List<Rouge.Score> scores(Rouge rouge) {
        return List.of(rouge.rouge1(), rouge.rouge2(), rouge.rougeL(), rouge.rougeLsum());
    }

    private static Rouge zero() {
        Rouge.Score zero = new Rouge.Score(0, 0, 0);
        return new Rouge(zero, zero, zero, zero);
    }

    private static void assertScore(
            Rouge.Score score, double precision, double recall, double fMeasure, Offset<Double> offset) {
        assertThat(score.precision()).isCloseTo(precision, offset);
        assertThat(score.recall()).isCloseTo(recall, offset);
        assertThat(score.fMeasure()).isCloseTo(fMeasure, offset);
    }
}

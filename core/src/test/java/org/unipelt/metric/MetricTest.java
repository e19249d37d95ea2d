package org.unipelt.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;
import org.unipelt.task.Classification;
import org.unipelt.task.Regression;
import org.unipelt.task.Task;

/** Expected values are scikit-learn 1.9.1's and SciPy 1.17.1's, by the expression beside them. */
final class MetricTest {
    private static final Offset<Double> CLOSE = within(1e-12);

    @Test
    void twoClasses() {
        int[] gold = {0, 1, 1, 0, 1, 1, 0, 1};
        int[] predicted = {0, 1, 0, 1, 1, 1, 0, 0};
        // accuracy_score(gold, predicted)
        assertThat(Metric.ACCURACY.of(predicted, gold)).isEqualTo(0.625);
        // f1_score(gold, predicted)
        assertThat(Metric.F1.of(predicted, gold)).isCloseTo(0.6666666666666666, CLOSE);
        // f1_score(gold, predicted, average='macro')
        assertThat(Metric.MACRO_F1.of(predicted, gold)).isCloseTo(0.6190476190476191, CLOSE);
        // matthews_corrcoef(gold, predicted)
        assertThat(Metric.MATTHEWS.of(predicted, gold)).isCloseTo(0.2581988897471611, CLOSE);
    }

    @Test
    void threeClasses() {
        int[] gold = {0, 0, 0, 2, 2, 1, 1, 1, 2, 0};
        int[] predicted = {0, 2, 0, 2, 1, 1, 1, 0, 2, 0};
        assertThat(Metric.ACCURACY.of(predicted, gold)).isCloseTo(0.7, CLOSE);
        assertThat(Metric.MACRO_F1.of(predicted, gold)).isCloseTo(0.6944444444444443, CLOSE);
        assertThat(Metric.MATTHEWS.of(predicted, gold)).isCloseTo(0.5454545454545454, CLOSE);
        // matthews_corrcoef([0, 1, 2], [2, 0, 1])
        assertThat(Metric.MATTHEWS.of(new int[] {2, 0, 1}, new int[] {0, 1, 2})).isCloseTo(-0.5, CLOSE);
    }

    /** Class 2 neither occurs nor is predicted, class 1 is only predicted. */
    @Test
    void classesThatDoNotOccur() {
        int[] gold = {0, 0, 3, 3, 0};
        int[] predicted = {0, 1, 3, 3, 3};
        assertThat(Metric.MACRO_F1.of(predicted, gold)).isCloseTo(0.43333333333333335, CLOSE);
        assertThat(Metric.MATTHEWS.of(predicted, gold)).isCloseTo(0.4629100498862757, CLOSE);
    }

    @Test
    void constantClassesGiveZero() {
        int[] gold = {0, 0, 1};
        int[] predicted = {0, 0, 0};
        assertThat(Metric.F1.of(predicted, gold)).isZero();
        assertThat(Metric.MATTHEWS.of(predicted, gold)).isZero();
        assertThat(Metric.MACRO_F1.of(predicted, gold)).isCloseTo(0.4, CLOSE);
        assertThat(Metric.F1.of(new int[] {0, 0}, new int[] {0, 0})).isZero();
        assertThat(Metric.F1.of(new int[] {1, 1}, new int[] {1, 1})).isEqualTo(1);
    }

    /** The squares in Matthews' formula leave the range of int and long long before memory is short. */
    @Test
    void matthewsOfManyExamples() {
        int[] gold = new int[400_000];
        for (int i = 0; i < gold.length; i++) {
            gold[i] = i % 2;
        }
        assertThat(Metric.MATTHEWS.of(gold, gold)).isCloseTo(1, CLOSE);
    }

    @Test
    void scoresWithTies() {
        double[] gold = {0.0, 2.5, 2.5, 5.0, 3.75, 1.0, 4.2};
        double[] predicted = {0.3, 2.5, 1.9, 4.4, 4.4, 0.3, 2.5};
        // pearsonr(predicted, gold)[0], spearmanr(predicted, gold)[0]
        assertThat(Metric.PEARSON.of(predicted, gold)).isCloseTo(0.9008109216910697, CLOSE);
        assertThat(Metric.SPEARMAN.of(predicted, gold)).isCloseTo(0.8797804965597554, CLOSE);
    }

    @Test
    void scoresFarFromZero() {
        double[] gold = {1, 2, 3, 4, 5};
        double[] predicted = {1e6 + 1, 1e6 + 2, 1e6 + 3.5, 1e6 + 4, 1e6 - 5};
        assertThat(Metric.PEARSON.of(predicted, gold)).isCloseTo(-0.43768810953240855, within(1e-9));
        assertThat(Metric.SPEARMAN.of(predicted, gold)).isCloseTo(0, within(1e-7));
    }

    @Test
    void undefinedCorrelationsAreNaN() {
        double[] rising = {1, 2, 3};
        assertThat(Metric.PEARSON.of(new double[] {2.7, 2.7, 2.7}, rising)).isNaN();
        assertThat(Metric.SPEARMAN.of(rising, new double[] {0.1, 0.1, 0.1})).isNaN();
        assertThat(Metric.SPEARMAN.of(new double[] {1}, new double[] {2})).isNaN();
        assertThat(Metric.PEARSON.of(new double[] {1, Double.NaN, 2}, rising)).isNaN();
        assertThat(Metric.SPEARMAN.of(new double[] {1, Double.NaN, 2}, rising)).isNaN();
    }

    @Test
    void onlyMoreIsBetter() {
        assertThat(Metric.improves(0.5, 0.4)).isTrue();
        assertThat(Metric.improves(0.5, 0.5)).isFalse();
        assertThat(Metric.improves(Double.NaN, 0.5)).isFalse();
        assertThat(Metric.improves(Double.NaN, Double.NaN)).isFalse();
        assertThat(Metric.improves(-1, Double.NaN)).isTrue();
        assertThat(Metric.improves(Double.NaN, Double.NEGATIVE_INFINITY)).isFalse();
    }

    @Test
    void namesAreFoundOrSuggested() {
        for (Metric metric : Metric.values()) {
            assertThat(Metric.named(metric.text())).isEqualTo(metric);
        }
        assertThat(Metric.named("Macro-F1")).isEqualTo(Metric.MACRO_F1);
        assertThatThrownBy(() -> Metric.named("acuracy"))
                .isInstanceOf(InputException.class)
                .hasMessage("unknown metric 'acuracy'; did you mean 'accuracy'?");
    }

    @Test
    void metricsThatDoNotFitAreRefused() {
        Task three = new Classification(List.of("a", "b", "c"));
        Task two = new Classification(List.of("a", "b"));
        Task score = new Regression();
        two.requireFits(Metric.F1);
        score.requireFits(Metric.SPEARMAN);
        assertThatThrownBy(() -> three.requireFits(Metric.F1))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "metric f1 does not fit labels that are 3 classes; use one of: accuracy, macro-f1, matthews");
        assertThatThrownBy(() -> score.requireFits(Metric.ACCURACY))
                .isInstanceOf(InputException.class)
                .hasMessage("metric accuracy does not fit labels that are scores; use one of: spearman, pearson");
        assertThatThrownBy(() -> Metric.F1.of(new int[] {2}, new int[] {0}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("macro-f1");
        assertThatThrownBy(() -> Metric.ROUGE_1.of(new int[] {0}, new int[] {0}))
                .isInstanceOf(InputException.class)
                .hasMessage("metric rouge-1 compares texts; use accuracy, macro-f1 or matthews for classes");
        assertThatThrownBy(() -> Metric.PEARSON.of(new int[] {0}, new int[] {0}))
                .isInstanceOf(InputException.class);
        assertThatThrownBy(() -> Metric.F1.of(new double[] {0}, new double[] {0}))
                .isInstanceOf(InputException.class);
    }

    @Test
    void lengthsMustAgree() {
        assertThatThrownBy(() -> Metric.ACCURACY.of(new int[] {1}, new int[] {1, 0}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Metric.PEARSON.of(new double[] {1, 2}, new double[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 predictions for 3 examples");
        boolean[][] one = {{true}};
        boolean[][] two = {{true}, {false}};
        assertThatThrownBy(() -> Metric.MICRO_F1.of(one, two, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Metric.MICRO_F1.of(two, two, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Metric.MICRO_F1.of(new double[][] {{1}}, List.of(0.5), two))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Metric.ACCURACY.of(new int[0], new int[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

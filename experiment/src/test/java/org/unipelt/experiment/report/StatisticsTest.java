package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.unipelt.data.GlueTask;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.PairedBootstrap.Pair;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Rng;

class StatisticsTest {
    private static final List<GlueTask> KINDS = List.of(GlueTask.COLA, GlueTask.MRPC, GlueTask.MNLI, GlueTask.STSB);

    private static List<Result> results() {
        return MadeUpStudy.small(KINDS, List.of("adapter", "prefix")).results;
    }

    private static int[] once(int rows) {
        int[] times = new int[rows];
        java.util.Arrays.fill(times, 1);
        return times;
    }

    @Test
    void everyRowOnceGivesTheScoreOfTheResult() {
        for (Result result : results()) {
            Predictions predictions = Predictions.of(result);
            assertThat(predictions.score(once(predictions.rows())))
                    .as(result.run().describe())
                    .isCloseTo(Study.score(result), within(1e-9));
        }
    }

    @Test
    void rowsThatAreDrawnSeveralTimesCountAsThoughTheyStoodThereSoOften() {
        Rng random = new Rng(5);
        for (Result result : results()) {
            Predictions predictions = Predictions.of(result);
            int[] times = new int[predictions.rows()];
            List<Number> gold = new ArrayList<>();
            List<Number> predicted = new ArrayList<>();
            for (int i = 0; i < times.length; i++) {
                times[i] = random.nextInt(4);
                for (int j = 0; j < times[i]; j++) {
                    gold.add(result.test().gold().get(i));
                    predicted.add(result.test().predicted().get(i));
                }
            }
            double expected =
                    100 * MadeUpStudy.score(Metric.named(result.metric()), new Result.Answers(gold, predicted));
            assertThat(predictions.score(times)).isCloseTo(expected, within(1e-9));
        }
    }

    @Test
    void theBootstrapOfAccuraciesHasTheirStandardError() {
        Study study = MadeUpStudy.small(List.of(GlueTask.SST2), List.of("adapter", "prefix"))
                .study();
        Condition condition = study.results().stream()
                .map(result -> Condition.of(result.run()))
                .findFirst()
                .orElseThrow();
        Result ours = study.runs(condition, "adapter").firstEntry().getValue();
        Result theirs = study.runs(condition, "prefix").firstEntry().getValue();
        double[] samples = PairedBootstrap.differences(
                List.of(new Pair(Predictions.of(ours), Predictions.of(theirs))), new Rng(1));
        int rows = ours.test().gold().size();
        double[] perRow = new double[rows];
        for (int i = 0; i < rows; i++) {
            double gold = ours.test().gold().get(i).doubleValue();
            perRow[i] = 100.0
                    * ((ours.test().predicted().get(i).doubleValue() == gold ? 1 : 0)
                            - (theirs.test().predicted().get(i).doubleValue() == gold ? 1 : 0));
        }
        double error = new Sample(DoubleStream.of(perRow).boxed().toList()).sd() / Math.sqrt(rows);
        Sample drawn = new Sample(DoubleStream.of(samples).boxed().toList());
        assertThat(drawn.sd()).isCloseTo(error, within(0.06 * error));
        assertThat(drawn.mean()).isCloseTo(Study.score(ours) - Study.score(theirs), within(0.1 * error));
        Interval interval = Interval.of(samples);
        assertThat(interval.high() - interval.low()).isCloseTo(2 * 1.96 * error, within(0.3 * error));
    }

    @Test
    void theSameMethodTwiceDiffersByNothing() {
        Predictions predictions = Predictions.of(results().get(0));
        double[] samples = PairedBootstrap.differences(
                List.of(new Pair(predictions, predictions), new Pair(predictions, predictions)), new Rng(3));
        assertThat(samples).hasSize(PairedBootstrap.SAMPLES).containsOnly(0);
        assertThat(Interval.of(samples).excludesZero()).isFalse();
    }

    @Test
    void theSignedRankTestIsScipys() {
        // scipy.stats.wilcoxon(d, method="exact") and, for ties, zero_method="wilcox".
        assertThat(SignedRank.p(List.of(1.0, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)))
                .isCloseTo(0.0234375, within(1e-9));
        assertThat(SignedRank.p(List.of(1.0, 2.0, 3.0, 4.0, 5.0))).isCloseTo(0.0625, within(1e-9));
        assertThat(SignedRank.p(List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0))).isCloseTo(0.0625, within(1e-9));
        assertThat(SignedRank.p(List.of(0.0, 0.0))).isNaN();
        List<Double> many = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            many.add(i % 4 == 0 ? -(double) i : i);
        }
        // SciPy says 0.01065 by the normal distribution, 0.01086 with its correction for continuity, 0.00978 exactly.
        assertThat(SignedRank.p(many)).isCloseTo(0.01065, within(3e-4));
    }

    @Test
    void holmsProbabilitiesRiseInOrder() {
        assertThat(SignedRank.holm(List.of(0.01, 0.04, 0.03, Double.NaN)))
                .usingComparatorForType((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b), Double.class)
                .containsExactly(0.03, 0.06, 0.06, Double.NaN);
    }

    @Test
    void meanAndDeviation() {
        Sample sample = new Sample(List.of(1.0, 2.0, 4.0));
        assertThat(sample.mean()).isCloseTo(7 / 3.0, within(1e-12));
        assertThat(sample.sd()).isCloseTo(1.5275252316519465, within(1e-12));
        assertThat(new Sample(List.of(1.0)).sd()).isNaN();
    }
}

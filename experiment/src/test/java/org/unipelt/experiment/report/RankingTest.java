package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.GlueTask;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.Ranking.Behind;
import org.unipelt.experiment.report.Ranking.Standing;
import org.unipelt.training.LearningRate;

class RankingTest {
    private static final List<String> METHODS = List.of("prefix", "adapter", "full", "unipelt-apl");

    @TempDir
    Path folder;

    @Test
    void methodsStandByTheirMeansAndGapsAreThoseOfThePairs() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), METHODS);
        Study study = made.study();
        Ranking ranking = Ranking.of(made.write(folder), Map.of());
        assertThat(ranking.metric()).isEqualTo("accuracy");
        assertThat(ranking.testRows()).isEqualTo(120);
        assertThat(ranking.standings()).hasSize(4).isSortedAccordingTo((a, b) -> Double.compare(b.mean(), a.mean()));
        Standing best = ranking.standings().get(0);
        assertThat(best.behind()).isEmpty();
        Condition condition = Condition.of(study.results().get(0).run());
        for (Standing standing : ranking.standings()) {
            assertThat(standing.runs()).isEqualTo(3);
            assertThat(standing.mean())
                    .isEqualTo(
                            study.scores(condition, standing.method(), "test").mean());
            standing.behind().ifPresent(behind -> {
                assertThat(behind.mean()).isCloseTo(best.mean() - standing.mean(), within(1e-9));
                assertThat(behind.mean()).isBetween(behind.low(), behind.high());
            });
        }
        assertThat(ranking.mostFrequent().orElseThrow()).isBetween(33.0, 100.0);
        assertThat(Ranking.of(folder, Map.of()))
                .as("the same results, the same ranking")
                .isEqualTo(ranking);
    }

    @Test
    void oneOfEqualMethodsIsTheBestAndNotBehindItself() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), METHODS);
        made.results.replaceAll(result -> withAnswers(result, made.results.get(0)));
        Ranking ranking = Ranking.of(made.write(folder), Map.of());
        assertThat(ranking.standings().get(0).behind()).isEmpty();
        assertThat(ranking.standings().stream().skip(1))
                .allMatch(standing -> standing.behind().isPresent());
        String best = ranking.standings().get(0).title();
        assertThat(ranking.recommendation().substring(5 + best.length())).doesNotContain(best);
    }

    @Test
    void runsWithAnUndefinedScoreCountAsFailed() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.STSB), METHODS);
        double full = made.study()
                .scores(Condition.of(made.results.get(0).run()), "full", "test")
                .mean();
        made.results.replaceAll(result -> result.run().method().equals("adapter")
                        || (result.run().method().equals("prefix")
                                && result.run().dataSeed() == 222)
                ? withScores(result, Map.of("test", Map.of("spearman", Double.NaN)), result.test())
                : result);
        Ranking ranking = Ranking.of(made.write(folder), Map.of());
        assertThat(ranking.standings().stream().map(Standing::method))
                .containsExactlyInAnyOrder("full", "unipelt-apl", "prefix");
        assertThat(ranking.standings())
                .filteredOn(standing -> standing.method().equals("full"))
                .allMatch(standing -> standing.mean() == full);
        assertThat(ranking.standings())
                .filteredOn(standing -> standing.method().equals("prefix"))
                .allMatch(standing -> standing.runs() == 2 && standing.mean() > 20);
        assertThat(new Summary(made.study(), List.of()).lacking())
                .hasSize(4)
                .allMatch(line -> line.endsWith(
                        "its spearman is undefined, as its predictions or the right answers are all the same"));
    }

    /** A run that scored as another did. */
    private static Result withAnswers(Result run, Result other) {
        return withScores(run, other.scores(), other.test());
    }

    private static Result withScores(Result run, Map<String, Map<String, Double>> scores, Result.Answers test) {
        return new Result(
                run.run(),
                run.metric(),
                scores,
                run.failed(),
                run.epochs(),
                run.bestEpoch(),
                run.stoppedBy(),
                run.trainedParameters(),
                run.paperParameters(),
                run.backboneParameters(),
                run.curve(),
                run.gates(),
                test);
    }

    @Test
    void failedRunsDoNotCountAndAllFailedIsToldInOneLine() {
        Path some = MadeUpStudy.small(List.of(GlueTask.STSB), METHODS)
                .failing(run -> run.method().equals("full") || run.dataSeed() == 222)
                .write(folder.resolve("some"));
        Ranking ranking = Ranking.of(some, Map.of());
        assertThat(ranking.standings()).hasSize(3).allMatch(standing -> standing.runs() == 2);
        assertThat(ranking.mostFrequent()).isEmpty();
        Path all = MadeUpStudy.small(List.of(GlueTask.STSB), METHODS)
                .failing(run -> true)
                .write(folder.resolve("all"));
        assertThatThrownBy(() -> Ranking.of(all, Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("every run failed: ");
    }

    /** Nobody may be told to take a method because the others trained at worse rates, nor because it did at a better one. */
    @Test
    void onlyMethodsThatWereTunedAlikeAreRanked() {
        Path study = MadeUpStudy.small(List.of(GlueTask.SST2), List.of("prefix", "adapter", "full", "lora"))
                .write(folder);
        Map<String, LearningRate> rates = new HashMap<>();
        rates.put("adapter", new LearningRate(1e-3, true, "found for a model"));
        rates.put("full", new LearningRate(1e-4, true, "by the rule"));
        rates.put("lora", new LearningRate(5e-4, false, "of the paper"));
        Ranking before = Ranking.of(study, Map.of());
        assertThat(before.standings().get(0).method()).isEqualTo("lora");

        Ranking ranking = Ranking.of(study, rates);
        // A method without a rate has no steps, and so nothing that could be tuned otherwise.
        assertThat(ranking.standings().stream().map(Standing::method))
                .containsExactlyInAnyOrder("adapter", "full", "prefix");
        Standing best = ranking.standings().get(0);
        assertThat(best.rate()).contains(rates.get(best.method()));
        assertThat(best.behind()).isEmpty();
        assertThat(ranking.standings().stream().skip(1))
                .allMatch(standing -> standing.behind().isPresent());
        assertThat(ranking.apart()).hasSize(1);
        Standing apart = ranking.apart().get(0);
        assertThat(apart.method()).isEqualTo("lora");
        assertThat(apart.mean()).isEqualTo(before.standings().get(0).mean());
        assertThat(apart.behind()).isEmpty();
        assertThat(ranking.recommendation()).startsWith("Take " + best.title()).doesNotContain("LoRA");

        // Where no rate was found for any of them, they are alike.
        Map<String, LearningRate> papers = new HashMap<>();
        rates.forEach((method, rate) -> papers.put(method, new LearningRate(rate.value(), false, "of the paper")));
        assertThat(Ranking.of(study, papers).apart()).isEmpty();
        assertThat(Ranking.of(study, papers).standings()).hasSize(4);
    }

    @Test
    void theFirstRunIsThatOfTheSmallestSeeds() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), METHODS)
                .failing(run -> run.method().equals("full") && run.dataSeed() == 111);
        for (Standing standing : Ranking.of(made.write(folder), Map.of()).standings()) {
            Result first = made.results.stream()
                    .filter(result -> result.run().hash().equals(standing.first()))
                    .findFirst()
                    .orElseThrow();
            assertThat(first.run().method()).isEqualTo(standing.method());
            assertThat(first.run().dataSeed()).isEqualTo(standing.method().equals("full") ? 222 : 111);
        }
    }

    private static Standing standing(String method, double mean, Behind behind, long trained) {
        Optional<LearningRate> rate =
                method.equals("probe") ? Optional.empty() : Optional.of(new LearningRate(1e-3, true, "found"));
        return new Standing(
                method, 3, mean, 1.0, Optional.ofNullable(behind), rate, method + "-first", trained, Optional.empty());
    }

    private static String recommended(Standing... standings) {
        return new Ranking("accuracy", 200, List.of(standings), List.of(), Optional.empty()).recommendation();
    }

    @Test
    void theRecommendationSaysHowSureItIs() {
        Standing best = standing("unipelt-apl", 80, null, 1000);
        assertThat(recommended(best))
                .isEqualTo(
                        "Take UniPELT (APL): its accuracy of 80.0 \u00b1 1.0 is the highest, but nothing else was tried.");
        assertThat(new Ranking("accuracy", 200, List.of(best), List.of(standing("lora", 90, null, 9)), Optional.empty())
                        .recommendation())
                .endsWith("is the highest, but nothing else was ranked.");
        assertThat(recommended(best, standing("lora", 75, new Behind(5, 2, 8), 100)))
                .isEqualTo("Take UniPELT (APL): its accuracy of 80.0 \u00b1 1.0 is the highest, and LoRA, the next, is"
                        + " clearly behind, by 5.0 (95 % interval 2.0 to 8.0).");
        assertThat(recommended(
                        best,
                        standing("adapter", 79, new Behind(1, -1, 3), 2000),
                        standing("lora", 78, new Behind(2, -0.5, 4), 100),
                        standing("head", 60, new Behind(20, 15, 25), 0)))
                .isEqualTo(
                        "Take UniPELT (APL): its accuracy of 80.0 \u00b1 1.0 is the highest, but with 200 test rows and 3"
                                + " runs Adapter and LoRA are not clearly behind (Adapter by 1.0, 95 % interval -1.0 to 3.0); of"
                                + " these LoRA trains least.");
        Standing head = standing("head", 79, new Behind(1, -1, 3), 0);
        assertThat(recommended(best, head)).endsWith("; of these the head alone trains least.");
        assertThat(recommended(best, head, standing("probe", 78, new Behind(2, -1, 3), 0)))
                .contains("Head only and Linear probe are not clearly behind")
                .endsWith("; of these the probe trains least.");
        assertThat(recommended(best, standing("adapter", 79, new Behind(1, -1, 3), 2000)))
                .endsWith("Adapter is not clearly behind (Adapter by 1.0, 95 % interval -1.0 to 3.0).");
    }
}

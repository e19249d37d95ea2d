package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.Ranking.Behind;
import org.unipelt.experiment.report.Ranking.Standing;
import org.unipelt.task.GlueTask;

class RankingTest {
    private static final List<String> METHODS = List.of("prefix", "adapter", "full", "unipelt-apl");

    @TempDir
    Path folder;

    @Test
    void methodsStandByTheirMeansAndGapsAreThoseOfThePairs() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), METHODS);
        Study study = made.study();
        Ranking ranking = Ranking.of(made.write(folder));
        assertThat(ranking.metric()).isEqualTo("accuracy");
        assertThat(ranking.testRows()).isEqualTo(120);
        assertThat(ranking.standings()).hasSize(4).isSortedAccordingTo((a, b) -> Double.compare(b.mean(), a.mean()));
        Standing best = ranking.standings().get(0);
        assertThat(best.behind()).isEmpty();
        Setup setup = Setup.of(study.results().get(0).run());
        for (Standing standing : ranking.standings()) {
            assertThat(standing.runs()).isEqualTo(3);
            assertThat(standing.mean())
                    .isEqualTo(study.scores(setup, standing.method(), "test").mean());
            standing.behind().ifPresent(behind -> {
                assertThat(behind.mean()).isCloseTo(best.mean() - standing.mean(), within(1e-9));
                assertThat(behind.mean()).isBetween(behind.low(), behind.high());
            });
        }
        assertThat(ranking.mostFrequent().orElseThrow()).isBetween(33.0, 100.0);
        assertThat(Ranking.of(folder)).as("the same results, the same ranking").isEqualTo(ranking);
    }

    @Test
    void oneOfEqualMethodsIsTheBestAndNotBehindItself() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), METHODS);
        made.results.replaceAll(result -> withAnswers(result, made.results.get(0)));
        Ranking ranking = Ranking.of(made.write(folder));
        assertThat(ranking.standings().get(0).behind()).isEmpty();
        assertThat(ranking.standings().stream().skip(1))
                .allMatch(standing -> standing.behind().isPresent());
        String best = ranking.standings().get(0).title();
        assertThat(ranking.recommendation().substring(5 + best.length())).doesNotContain(best);
    }

    /** A run that scored as another did. */
    private static Result withAnswers(Result run, Result other) {
        return new Result(
                run.format(),
                run.hash(),
                run.run(),
                run.metric(),
                other.scores(),
                run.failed(),
                run.epochs(),
                run.bestEpoch(),
                run.stoppedBy(),
                run.trainedParameters(),
                run.paperParameters(),
                run.backboneParameters(),
                run.curve(),
                run.gates(),
                other.test());
    }

    @Test
    void failedRunsDoNotCountAndAllFailedIsToldInOneLine() {
        Path some = MadeUpStudy.small(List.of(GlueTask.STSB), METHODS)
                .failing(run -> run.method().equals("full") || run.dataSeed() == 222)
                .write(folder.resolve("some"));
        Ranking ranking = Ranking.of(some);
        assertThat(ranking.standings()).hasSize(3).allMatch(standing -> standing.runs() == 2);
        assertThat(ranking.mostFrequent()).isEmpty();
        Path all = MadeUpStudy.small(List.of(GlueTask.STSB), METHODS)
                .failing(run -> true)
                .write(folder.resolve("all"));
        assertThatThrownBy(() -> Ranking.of(all))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("every run failed: ");
    }

    private static Standing standing(String method, double mean, Behind behind, long trained) {
        return new Standing(method, 3, mean, 1.0, Optional.ofNullable(behind), trained, Optional.empty());
    }

    private static String recommended(Standing... standings) {
        return new Ranking("accuracy", 200, List.of(standings), Optional.empty()).recommendation();
    }

    @Test
    void theRecommendationSaysHowSureItIs() {
        Standing best = standing("unipelt-apl", 80, null, 1000);
        assertThat(recommended(best))
                .isEqualTo(
                        "Take UniPELT (APL): its accuracy of 80.0 \u00b1 1.0 is the highest, but nothing else was tried.");
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
        assertThat(recommended(best, standing("adapter", 79, new Behind(1, -1, 3), 2000)))
                .endsWith("Adapter is not clearly behind (Adapter by 1.0, 95 % interval -1.0 to 3.0).");
    }
}

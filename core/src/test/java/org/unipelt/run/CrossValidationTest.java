package org.unipelt.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Folds;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.FoldScores;
import org.unipelt.metric.Temperature;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/** Folds, what they say of a model, and the temperature that they or development rows choose. */
class CrossValidationTest {
    @TempDir
    private static Path shared;

    private static BaseModel base;

    @TempDir
    private Path work;

    @BeforeAll
    static void open() throws IOException {
        base = BaseModel.open(TinyBert.write(shared.resolve("bert")).toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Dataset rows(int count) {
        return rows(count, 5);
    }

    /** Every so many rows one has the other label. */
    private static Dataset rows(int count, int other) {
        return new Dataset(
                "rows",
                IntStream.range(0, count)
                        .mapToObj(i -> Example.of("w" + i % 7 + (i % 2 == 0 ? " good" : " bad"))
                                .labelled(i % 2 == 0 ^ i % other == 0 ? "yes" : "no"))
                        .toList());
    }

    private static Tuning tuning() {
        return Tuning.of(base, "lora(rank=2)")
                .with(settings -> settings.epochs(2).batchSize(8).maxLength(8).dropout(0));
    }

    private static byte[] bytes(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("adapter.safetensors"));
    }

    @Test
    void everyFoldIsATrainingWithoutItsRows() {
        Dataset rows = rows(40);
        Path folder = work.resolve("folds");
        try (TunedModel model =
                tuning().on(rows).folds(2).calibrate(Calibrate.NONE).train(folder)) {
            FoldScores scores = model.card().heldOut().folds().orElseThrow();
            Dataset all = DataRows.of(rows).load().together().split().train();
            Folds folds = Folds.of(all, Labels.of(rows, LabelKind.CLASSES), 2, DataSpec.FIRST_SEED);
            double hits = 0;
            for (int fold = 0; fold < 2; fold++) {
                Dataset held = all.subset(folds.rows().get(fold));
                try (TunedModel without = tuning().on(all.subset(folds.without(fold)))
                        // The recipe's rate and number of epochs are those of all rows.
                        .with(settings -> settings.learningRate(model.card()
                                .provenance()
                                .orElseThrow()
                                .training()
                                .learningRate()))
                        .train(work.resolve("without" + fold))) {
                    Map<String, Double> expected = without.evaluate(held).metrics();
                    assertThat(scores.folds().get(fold)).isEqualTo(expected);
                    hits += expected.get("accuracy") * held.size();
                }
            }
            double one = scores.folds().get(0).get("accuracy");
            double other = scores.folds().get(1).get("accuracy");
            assertThat(scores.rows()).containsExactly(20, 20);
            assertThat(scores.together().get("accuracy")).isCloseTo(hits / 40, within(1e-12));
            assertThat(scores.mean("accuracy")).isCloseTo((one + other) / 2, within(1e-12));
            assertThat(scores.deviation("accuracy")).isCloseTo(Math.abs(one - other) / Math.sqrt(2), within(1e-12));
        }
        try (TunedModel all = tuning().on(rows).calibrate(Calibrate.NONE).train(work.resolve("all"));
                TunedModel read = TunedModel.load(folder, base)) {
            assertThat(read.card().heldOut().folds()).isPresent();
            assertThat(folder.resolve("folds")).as("scratch").doesNotExist();
            assertThat(read.predict("w1 good")).isEqualTo(all.predict("w1 good"));
        }
    }

    @Test
    void aStoppedOneContinuesToTheSameBytes() throws IOException {
        DataRows rows = DataRows.of(rows(40));
        tuning().on(rows).folds(3).train(work.resolve("whole")).close();
        for (int stopAt : new int[] {2, 35}) {
            Path folder = work.resolve("stopped" + stopAt);
            AtomicInteger asked = new AtomicInteger();
            assertThat(tuning().on(rows).folds(3).train(folder, () -> asked.incrementAndGet() == stopAt))
                    .as("stopped at " + stopAt)
                    .isEmpty();
            assertThatThrownBy(() -> Run.reopen(folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(": holds an unfinished cross-validation; continue it");
            assertThatThrownBy(() -> tuning().on(rows).folds(4).resume(folder))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("this training began with other settings");
            assertThatThrownBy(() -> tuning().on(DataRows.of(rows(39))).folds(3).resume(folder))
                    .isInstanceOf(InputException.class);
            AtomicInteger steps = new AtomicInteger();
            tuning().on(rows)
                    .folds(3)
                    .tell(event -> steps.incrementAndGet())
                    .resume(folder)
                    .close();
            assertThat(bytes(folder)).isEqualTo(bytes(work.resolve("whole")));
            assertThat(folder.resolve("adapter.json")).hasSameTextualContentAs(work.resolve("whole/adapter.json"));
            try (var left = Files.list(folder)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("adapter.json", "adapter.safetensors", "events.jsonl");
            }
        }
    }

    /** More of the development rows have the other label, so that the model is too sure. */
    @Test
    void developmentRowsChooseATemperature() throws IOException {
        DataRows rows = DataRows.of(rows(60, 20)).withDev(rows(50, 3));
        Tuning tuning = tuning().on(rows).with(settings -> settings.epochs(10).learningRate(0.005));
        try (TunedModel plain = tuning.calibrate(Calibrate.NONE).train(work.resolve("plain"));
                TunedModel model = tuning.calibrate(Calibrate.AUTO).train(work.resolve("tempered"))) {
            Temperature found = model.card().heldOut().temperature().orElseThrow();
            assertThat(plain.card().heldOut().temperature()).isEmpty();
            assertThat(found.value()).isGreaterThan(1.1);
            assertThat(found.rows()).isEqualTo(50);
            var before = plain.evaluate(rows(50, 3)).probabilities().orElseThrow();
            var after = model.evaluate(rows(50, 3)).probabilities().orElseThrow();
            assertThat(found.errorBefore()).isCloseTo(before.calibration().error(), within(1e-12));
            assertThat(after.loss()).isLessThan(before.loss());
            for (int row = 0; row < 50; row++) {
                assertThat(after.each()[row])
                        .containsExactly(before.at(found.value()).each()[row], within(1e-6));
            }
            Answer.Label answer = (Answer.Label) plain.predict("w1 good");
            assertThat(model.predict("w1 good").text()).isEqualTo(answer.text());
            try (TunedModel read = TunedModel.load(work.resolve("tempered"), base)) {
                assertThat(read.predict("w1 good")).isEqualTo(model.predict("w1 good"));
                assertThat(read.card().heldOut()).isEqualTo(model.card().heldOut());
            }
            assertThat(Files.readString(work.resolve("plain/adapter.json"))).doesNotContain("heldOut");
        }
    }

    /** Their metrics, and no temperature. */
    @Test
    void scoresAndLabelSetsHaveFoldsToo() {
        List<Example> numbers = IntStream.range(0, 20)
                .mapToObj(i -> Example.of("w" + i % 7).labelled(i % 7 + 0.5 + ""))
                .toList();
        List<Example> sets = IntStream.range(0, 20)
                .mapToObj(i -> Example.of("w" + i % 7 + (i % 2 == 0 ? " good" : ""))
                        .labelled(i % 2 == 0 ? "[\"a\",\"b\"]" : "[\"b\"]"))
                .toList();
        try (TunedModel scored =
                        tuning().on(new Dataset("scores", numbers)).folds(2).train(work.resolve("scores"));
                TunedModel labelled = tuning().on(
                                DataRows.of(new Dataset("sets", sets)).withLabels(LabelKind.MULTI))
                        .folds(2)
                        .train(work.resolve("sets"))) {
            FoldScores scores = scored.card().heldOut().folds().orElseThrow();
            assertThat(scores.together()).containsOnlyKeys("pearson", "spearman");
            assertThat(scored.card().heldOut().temperature()).isEmpty();
            FoldScores labels = labelled.card().heldOut().folds().orElseThrow();
            assertThat(labels.metrics()).contains("average-precision");
            assertThat(labels.together()).doesNotContainKey("average-precision").containsKey("micro-f1");
        }
    }
}

package org.unipelt.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/** Runs that are repeated, stopped, killed and resumed: the same bytes in the end. */
@Tag("slow")
class RunTest {
    private static final String METHOD = "unipelt(adapter(bottleneck=4),prefix(length=3,network=8),lora(rank=2))";
    private static final String REAL = "minilm-l6";

    /** Small, so that a run takes little; {@link #killedAndResumedTheBytesAreTheSame} takes a base model of a real size. */
    private static BaseModel base;

    @TempDir
    static Path shared;

    @TempDir
    Path temporary;

    @BeforeAll
    static void open() throws IOException {
        base = BaseModel.open(TinyBert.write(shared.resolve("bert")).toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private Path small(int rows) throws IOException {
        StringBuilder lines = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < rows; i++) {
            lines.append("w" + i % 33 + " film".repeat(i % 4) + (i % 3 == 0 ? " awful w" : " great w") + i % 7);
            lines.append(i % 3 == 0 ? "\tcomplaint\n" : "\tpraise\n");
        }
        return Files.writeString(temporary.resolve("small-" + rows + ".tsv"), lines);
    }

    private static Tuning tuning(Path train) {
        return tuning(base, train);
    }

    private static Tuning tuning(BaseModel on, Path train) {
        return Tuning.of(on, METHOD)
                .on(DataSpec.of(train))
                .with(settings -> settings.epochs(3).batchSize(8).maxLength(16).keep(TrainingConfig.Keep.BEST));
    }

    private static double probability(Answer answer) {
        return ((Answer.Label) answer).probability();
    }

    private byte[] trained(Path folder) throws IOException {
        return Files.readAllBytes(folder.resolve("adapter.safetensors"));
    }

    @Test
    void sameSeedSameBytes() throws IOException {
        Path data = small(40);
        for (String name : List.of("one", "two")) {
            tuning(data).train(temporary.resolve(name)).close();
        }
        tuning(data)
                .with(settings -> settings.seed(7))
                .train(temporary.resolve("other"))
                .close();
        assertThat(trained(temporary.resolve("one"))).isEqualTo(trained(temporary.resolve("two")));
        assertThat(Files.readString(temporary.resolve("one").resolve("adapter.json")))
                .isEqualTo(Files.readString(temporary.resolve("two").resolve("adapter.json")));
        assertThat(trained(temporary.resolve("other"))).isNotEqualTo(trained(temporary.resolve("one")));
        try (Stream<Path> left = Files.list(temporary.resolve("one"))) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("adapter.json", "adapter.safetensors", "events.jsonl");
        }
    }

    @Test
    void stoppedAtAnyStepAndResumedTheBytesAreTheSame() throws IOException {
        Path data = small(40);
        Path whole = temporary.resolve("whole");
        tuning(data).train(whole).close();
        // 36 training rows: 5 steps an epoch. The middle of an epoch, its end, and the run's last step.
        for (int step : List.of(1, 5, 8, 15)) {
            Path folder = temporary.resolve("stopped-" + step);
            AtomicInteger left = new AtomicInteger(step);
            assertThat(tuning(data).train(folder, () -> left.decrementAndGet() == 0))
                    .isEmpty();
            assertThat(folder.resolve("adapter.json")).doesNotExist();
            Run run = Run.reopen(folder);
            try (TunedModel model =
                    run.train(base, run.load(), event -> {}, () -> false).orElseThrow()) {
                assertThat(model.card().metrics()).containsKey("dev");
            }
            assertThat(trained(folder)).as("stopped at step " + step).isEqualTo(trained(whole));
        }
    }

    @Test
    void stoppedWhileWhatWasTrainedIsJudgedAndResumedNothingIsTrainedAgain() throws IOException {
        for (TrainingConfig.Keep keep : TrainingConfig.Keep.values()) {
            Tuning tuning = tuning(small(40)).with(settings -> settings.keep(keep));
            DataSpec data = DataSpec.of(small(40)).withTest(small(30));
            Path whole = temporary.resolve("whole-" + keep);
            tuning.on(data).train(whole).close();
            Path folder = temporary.resolve("stopped-" + keep);
            AtomicBoolean trained = new AtomicBoolean();
            assertThat(tuning.tell(event -> trained.compareAndSet(false, event instanceof TrainingEvent.Finished))
                            .on(data)
                            .train(folder, trained::get))
                    .isEmpty();
            assertThat(folder.resolve("adapter.json")).doesNotExist();
            List<TrainingEvent> events = new ArrayList<>();
            Run run = Run.reopen(folder);
            run.train(base, run.load(), events::add, () -> false).orElseThrow().close();
            assertThat(events)
                    .noneMatch(TrainingEvent.Stepped.class::isInstance)
                    .noneMatch(TrainingEvent.Evaluated.class::isInstance);
            assertThat(trained(folder)).isEqualTo(trained(whole));
            assertThat(Files.readString(folder.resolve("adapter.json")))
                    .isEqualTo(Files.readString(whole.resolve("adapter.json")));
        }
    }

    @Test
    void withoutDevelopmentRowsAllRowsTrainAndTheLastStateIsKept() throws IOException {
        Path data = small(40);
        Tuning tuning = tuning(data).with(settings -> settings.keep(TrainingConfig.Keep.LAST));
        Path whole = temporary.resolve("whole");
        List<TrainingEvent> events = new ArrayList<>();
        try (TunedModel model = tuning.tell(events::add).train(whole)) {
            assertThat(model.card().metrics()).isEmpty();
            assertThat(model.card().provenance().orElseThrow().data().parts()).containsOnlyKeys("train");
            assertThat(model.card()
                            .provenance()
                            .orElseThrow()
                            .data()
                            .parts()
                            .get("train")
                            .examples())
                    .isEqualTo(40);
        }
        assertThat(events).noneMatch(TrainingEvent.Evaluated.class::isInstance);
        // 5 steps an epoch: the first epoch's middle, and a step of the last epoch.
        for (int step : List.of(2, 14)) {
            Path folder = temporary.resolve("stopped-" + step);
            AtomicInteger left = new AtomicInteger(step);
            assertThat(tuning.train(folder, () -> left.decrementAndGet() == 0)).isEmpty();
            Run run = Run.reopen(folder);
            run.train(base, run.load(), event -> {}, () -> false).orElseThrow().close();
            assertThat(trained(folder)).as("stopped at step " + step).isEqualTo(trained(whole));
        }
    }

    @Test
    void aProbeNeedsNoSteps() throws IOException {
        List<TrainingEvent> events = new ArrayList<>();
        Path folder = temporary.resolve("probe");
        try (TunedModel model = Tuning.of(base, "probe")
                .on(DataSpec.of(small(40)).withTest(small(20)))
                .with(settings -> settings.maxLength(16))
                .tell(events::add)
                .train(folder)) {
            assertThat(model.card().metrics().get("test").get("accuracy")).isGreaterThan(0.9);
        }
        assertThat(events).noneMatch(TrainingEvent.Stepped.class::isInstance);
        try (TunedModel loaded = TunedModel.load(folder, base)) {
            assertThat(loaded.card().method()).hasToString("probe");
        }
    }

    @Test
    void killedAndResumedTheBytesAreTheSame() throws IOException, InterruptedException {
        Path data = small(40);
        Path whole = temporary.resolve("whole");
        Path killed = temporary.resolve("killed");
        try (BaseModel real = BaseModel.open(REAL)) {
            tuning(real, data).train(whole).close();
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Victim.class.getName(),
                            data.toString(),
                            killed.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(temporary.resolve("victim.log").toFile())
                    .start();
            // The victim stands still after the seventh step; its state is of the first epoch's end.
            for (int waited = 0;
                    waited < 1200 && !Files.exists(killed.resolve("step-7")) && process.isAlive();
                    waited++) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
            assertThat(killed.resolve("step-7"))
                    .as(Files.readString(temporary.resolve("victim.log")))
                    .exists();
            process.destroyForcibly().waitFor();
            Files.delete(killed.resolve("step-7"));
            Run run = Run.reopen(killed);
            run.train(real, run.load(), event -> {}, () -> false).orElseThrow().close();
        }
        assertThat(trained(killed)).isEqualTo(trained(whole));
    }

    /** Trains as the tests do, in a process of its own, until it is killed. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            Path folder = Path.of(arguments[1]);
            TrainingEvent.Listener standStill = event -> {
                if (event instanceof TrainingEvent.Stepped stepped && stepped.step() == 7) {
                    try {
                        Files.createFile(folder.resolve("step-7"));
                        TimeUnit.MINUTES.sleep(5);
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            };
            try (BaseModel model = BaseModel.open(REAL)) {
                tuning(model, Path.of(arguments[0])).tell(standStill).train(folder);
            }
        }
    }

    @Test
    void aFolderIsTrainedInOnce() throws IOException {
        Path data = small(40);
        Path whole = temporary.resolve("whole");
        tuning(data).train(whole).close();
        Path folder = temporary.resolve("once");
        AtomicInteger left = new AtomicInteger(2);
        assertThat(tuning(data).train(folder, () -> left.decrementAndGet() == 0))
                .isEmpty();
        Run second = Run.reopen(folder);
        List<Throwable> refusals = new ArrayList<>();
        Run.reopen(folder)
                .train(
                        base,
                        second.load(),
                        event -> {
                            if (event instanceof TrainingEvent.Stepped stepped && stepped.step() == 4) {
                                refusals.add(catchThrowable(() -> Run.reopen(folder)));
                                refusals.add(catchThrowable(() -> Run.begin(folder, second.spec())));
                                refusals.add(catchThrowable(
                                        () -> second.train(base, second.load(), other -> {}, () -> false)));
                            }
                        },
                        () -> false)
                .orElseThrow()
                .close();
        assertThat(refusals).hasSize(3).allSatisfy(refusal -> assertThat(refusal)
                .isInstanceOf(InputException.class)
                .hasMessage(folder + ": process " + ProcessHandle.current().pid()
                        + " (this one) is using this folder; wait for it or stop it"));
        assertThat(trained(folder)).isEqualTo(trained(whole));
        assertThatThrownBy(() -> second.train(base, second.load(), event -> {}, () -> false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("already holds a tuned model");
        assertThat(trained(folder)).isEqualTo(trained(whole));
    }

    @Test
    void whatAKillLeftIsNotInTheWay() throws IOException {
        Path data = small(40);
        Path folder = Files.createDirectory(temporary.resolve("killed"));
        String draft = ".run.json." + UUID.randomUUID() + ".part";
        // Before the run was written down.
        Files.writeString(folder.resolve(draft), "{");
        Files.writeString(folder.resolve("lock"), "1\n");
        tuning(data).with(settings -> settings.epochs(1)).train(folder).close();
        // After the model was.
        Files.writeString(folder.resolve("run.json"), "{}");
        Files.writeString(folder.resolve("state.safetensors"), "");
        Files.writeString(folder.resolve(draft), "{");
        assertThatThrownBy(() -> Run.reopen(folder)).hasMessageContaining("this run is finished");
        assertThat(folder)
                .isDirectoryNotContaining("regex:.*/(?!adapter.json|adapter.safetensors|events.jsonl)[^/]*")
                .isDirectoryContaining("glob:**/adapter.json");
    }

    @Test
    void aRunThatCannotBeginLeavesNoFolder() throws IOException {
        Path data = small(40);
        Path folder = temporary.resolve("above").resolve("below");
        assertThatThrownBy(() -> tuning(data)
                        .with(settings -> settings.maxLength(100_000))
                        .train(folder))
                .isInstanceOf(InputException.class);
        assertThat(temporary.resolve("above")).doesNotExist();
    }

    @Test
    void aRunGoesOnOnlyWithTheDataItBeganWith() throws IOException {
        Path data = small(40);
        Path folder = temporary.resolve("changed");
        AtomicInteger left = new AtomicInteger(2);
        assertThat(tuning(data).train(folder, () -> left.decrementAndGet() == 0))
                .isEmpty();
        Files.writeString(data, Files.readString(data).replaceFirst("\n.*\n", "\nquite another\tpraise\n"));
        Run run = Run.reopen(folder);
        assertThatThrownBy(() -> run.train(base, run.load(), event -> {}, () -> false))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("data is not what this run started with");
    }

    @Test
    void aLossThatIsNoNumberStopsTheRun() throws IOException {
        Path data = temporary.resolve("huge.tsv");
        // Finite in single precision, but their squares are not.
        Files.writeString(data, "text\tlabel\n" + "a\t1e30\nb\t-1e30\nc\t2.5\n".repeat(4));
        Path folder = temporary.resolve("diverged");
        assertThatThrownBy(() -> tuning(data).train(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the loss became Infinity at step 1")
                .hasMessageContaining("before anything was learned; check the base");
        assertThat(folder.resolve("adapter.json")).doesNotExist();
    }

    @Test
    void aFolderThatHoldsSomethingIsNotTouched() throws IOException {
        Path data = small(40);
        Path folder = Files.createDirectory(temporary.resolve("mine"));
        Files.writeString(folder.resolve("thesis.txt"), "years of work");
        assertThatThrownBy(() -> tuning(data).train(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not empty");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).hasSize(1);
        }
    }

    @Test
    void loadingOnAnotherBaseIsRefusedWithBothFingerprints() throws IOException {
        Path folder = temporary.resolve("model");
        tuning(small(40)).with(settings -> settings.epochs(1)).train(folder).close();
        try (BaseModel other = BaseModel.open(REAL)) {
            assertThatThrownBy(() -> TunedModel.load(folder, other))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(base.fingerprint())
                    .hasMessageContaining(other.fingerprint());
        }
    }

    @Test
    void predictionsDoNotDependOnBatchMatesAndSurviveSaving() throws IOException {
        Path folder = temporary.resolve("model");
        String text = "so good w3";
        String neighbour = "a lovely film w9 ".repeat(3);
        Optional<Answer> together;
        try (TunedModel model = tuning(small(40)).train(folder)) {
            Answer alone = model.predict(text);
            together = Optional.of(
                    model.predict(List.of(org.unipelt.data.Example.of(text), org.unipelt.data.Example.of(neighbour)))
                            .get(0));
            assertThat(probability(together.get()))
                    .isCloseTo(probability(alone), org.assertj.core.api.Assertions.within(1e-5));
        }
        try (TunedModel model = TunedModel.load(folder, base)) {
            assertThat(probability(model.predict(text)))
                    .isCloseTo(probability(together.get()), org.assertj.core.api.Assertions.within(1e-5));
        }
    }
}

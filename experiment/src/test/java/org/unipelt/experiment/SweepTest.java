package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;

/** Whole sweeps on a tiny model. */
class SweepTest {
    private static final String[] SPEC = {
        "tasks: [cola, stsb]",
        "samples: [16]",
        "methods: {lora: 'lora(rank={rank})', ap: 'unipelt(adapter(bottleneck=4),prefix(length=2,network=8))'}",
        "data-seeds: [111, 222]",
        "vary: {rank: [1, 2]}",
        "training: {epochs: 3, max-length: 16}",
        "dev-rows: 8",
    };

    @TempDir
    static Path home;

    private static Scene scene;
    private static BaseModel base;

    @BeforeAll
    static void open() throws IOException {
        scene = Scene.write(home.resolve("scene"));
        base = BaseModel.open(scene.base().toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Sweep sweep(String... lines) throws IOException {
        return Sweep.of(scene.read(lines), Optional.empty(), base);
    }

    private static boolean run(Sweep sweep, Path out, int workers, SweepEvent.Listener listener) {
        return sweep.run(
                new Store(out), new LocalExecutor(base, sweep.data(), workers), cell -> false, listener, () -> false);
    }

    @Test
    void theSameSpecGivesTheSameBytesWithOneWorkerAndWithTwo() throws IOException {
        Sweep sweep = sweep(SPEC);
        assertThat(sweep.cells()).hasSize(2 * 3 * 2);
        assertThat(run(sweep, home.resolve("one"), 1, event -> {})).isTrue();
        assertThat(run(sweep, home.resolve("again"), 1, event -> {})).isTrue();
        assertThat(run(sweep, home.resolve("two"), 2, event -> {})).isTrue();
        Map<String, String> results = Scene.results(home.resolve("one"));
        assertThat(results).hasSize(12);
        assertThat(Scene.results(home.resolve("again"))).isEqualTo(results);
        assertThat(Scene.results(home.resolve("two"))).isEqualTo(results);
    }

    @Test
    void aCellIsRunWithoutAStore() throws IOException {
        Sweep sweep = sweep("tasks: [cola]", "samples: 16", "methods: [head]", "training: {epochs: 1, max-length: 16}");
        Cell cell = sweep.cells().get(0);
        Path work = home.resolve("alone");
        CellTraining training = new CellTraining(base, sweep.data(), 1);
        assertThat(training.run(cell, work, event -> {}, () -> true)).isEmpty();
        Outcome outcome = training.run(cell, work, event -> {}, () -> false).orElseThrow();
        assertThat(work).isDirectoryContaining("glob:**/adapter.json");
        run(sweep, home.resolve("stored"), 1, event -> {});
        assertThat(outcome.result())
                .isEqualTo(ResultFile.read(new Store(home.resolve("stored")).resultFile(cell.hash())));
    }

    /** The caller's thread is interrupted while it waits; its runs go on in threads of their own. */
    @Test
    void anInterruptedSweepEndsWhenItsRunsHaveAndGoesOn() throws IOException {
        Sweep sweep = sweep(SPEC);
        Path out = home.resolve("interrupted");
        Thread caller = Thread.currentThread();
        AtomicInteger events = new AtomicInteger();
        assertThatThrownBy(() -> run(sweep, out, 2, event -> {
                    if (events.incrementAndGet() == 4) {
                        caller.interrupt();
                    }
                }))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("unipelt-run-"));
        assertThat(run(sweep, out, 2, event -> {})).isTrue();
        assertThat(Scene.results(out)).hasSize(12);
    }

    /** Results of another precision are other results, under other names; those of full precision keep theirs. */
    @Test
    void precisionIsPartOfWhatARunIs() throws IOException {
        String[] lines = {"tasks: [cola]", "samples: 16", "methods: [head]", "training: {epochs: 1, max-length: 16}"};
        try (BaseModel half = BaseModel.open(base.name(), Compute.of(Device.CPU, Precision.BF16))) {
            Sweep other = Sweep.of(scene.read(lines), Optional.empty(), half);
            Cell cell = other.cells().get(0);
            assertThat(cell.base()).isEqualTo(base.fingerprint() + " bf16");
            assertThat(cell.hash()).isNotEqualTo(sweep(lines).cells().get(0).hash());
            Store store = new Store(home.resolve("half"));
            other.run(store, new LocalExecutor(half, other.data(), 1), any -> false, event -> {}, () -> false);
            assertThat(store.isDone(cell.hash())).isTrue();
        }
    }

    /** The weights alone name a run; the rest of the base model must be as it was when the sweep began. */
    @Test
    void aSweepGoesOnOnTheSameBaseOnly() throws IOException {
        String[] lines = {"tasks: [cola]", "samples: 16", "methods: [head]", "training: {epochs: 1, max-length: 16}"};
        Scene own = Scene.write(home.resolve("own"));
        Path out = home.resolve("own-out");
        runOn(own, out, lines);
        Path config = own.base().resolve("config.json");
        String before = Files.readString(config);
        Files.writeString(config, before.replaceFirst("\\{", "{\"layer_norm_eps\": 0.25,"));
        assertThatThrownBy(() -> runOn(own, out, lines))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(out + ": layer_norm_eps in config.json of " + own.base() + " is 0.25, but");
        Path grid = out.resolve("grid.json");
        String written = Files.readString(grid);
        assertThat(written).contains("\"reading\"");
        // As an earlier version wrote it.
        Files.writeString(
                grid,
                written.replaceFirst("(?s)\"reading\" : \\{.*?\"pooling\"[^}]*},", "")
                        .replaceFirst(",\\s*\"contentChecksum\" : \"\\w+\"", ""));
        runOn(own, out, lines);
    }

    private static void runOn(Scene scene, Path out, String... lines) throws IOException {
        try (BaseModel opened = BaseModel.open(scene.base().toString())) {
            Sweep sweep = Sweep.of(scene.read(lines), Optional.empty(), opened);
            assertThat(sweep.run(
                            new Store(out),
                            new LocalExecutor(opened, sweep.data(), 1),
                            cell -> false,
                            event -> {},
                            () -> false))
                    .isTrue();
        }
    }

    @Test
    void aResultTellsTheRunAndAFolderHoldsNothingElse() throws IOException {
        Sweep sweep = sweep(SPEC);
        Path out = home.resolve("told");
        run(sweep, out, 2, event -> {});
        for (Cell cell : sweep.cells()) {
            Path folder = out.resolve("runs").resolve(cell.hash());
            assertThat(folder)
                    .isDirectoryContaining("glob:**/result.json")
                    .isDirectoryNotContaining("regex:.*/(?!result|timing)[^/]*");
            Result result = ResultFile.read(folder.resolve("result.json"));
            assertThat(result.run()).isEqualTo(cell);
            assertThat(result.failed()).isEmpty();
            assertThat(result.epochs()).isEqualTo(3).isEqualTo(result.curve().size());
            assertThat(result.bestEpoch()).isBetween(1, 3);
            assertThat(result.stoppedBy()).isEqualTo("epochs");
            assertThat(result.scores().get("dev")).containsKey(result.metric());
            assertThat(result.test().gold()).hasSize(cell.task().equals("cola") ? 12 : 9);
            assertThat(result.gates().isEmpty()).isEqualTo(cell.method().equals("lora"));
            assertThat(result.gates())
                    .allMatch(gate -> gate.mean() > 0 && gate.mean() < 1 && gate.sd() >= 0)
                    .allMatch(gate -> gate.part().equals("encoder"));
            assertThat(Timing.read(folder.resolve("timing.json")).steps()).isEqualTo(3);
        }
        assertThat(out.resolve("sweep.yaml"))
                .hasSameBinaryContentAs(sweep.spec().lines().file().orElseThrow());
        Progress progress = Progress.of(new Store(out));
        assertThat(progress.done()).isEqualTo(progress.cells()).isEqualTo(12);
        assertThat(progress.left()).isZero();
        Store store = new Store(out);
        assertThat(progress.table())
                .containsExactly(
                        new Progress.Row("cola", "lora", 4, 4, 0, 0, meanTest(store, "cola", "lora")),
                        new Progress.Row("cola", "ap", 2, 2, 0, 0, meanTest(store, "cola", "ap")),
                        new Progress.Row("stsb", "lora", 4, 4, 0, 0, meanTest(store, "stsb", "lora")),
                        new Progress.Row("stsb", "ap", 2, 2, 0, 0, meanTest(store, "stsb", "ap")));
    }

    private static Optional<Double> meanTest(Store store, String task, String method) {
        double mean = store.grid().cells().stream()
                .filter(cell -> cell.task().equals(task) && cell.method().equals(method))
                .map(cell -> store.result(cell.hash()))
                .mapToDouble(result -> result.scores().get("test").get(result.metric()))
                .average()
                .orElseThrow();
        return Double.isNaN(mean) ? Optional.empty() : Optional.of(mean);
    }

    @Test
    void aSweepThatIsDoneOrExtendedRepeatsNothing() throws IOException {
        Path out = home.resolve("extended");
        String[] small = SPEC.clone();
        small[0] = "tasks: cola";
        run(sweep(small), out, 1, event -> {});
        List<Cell> begun = new ArrayList<>();
        SweepEvent.Listener listener = event -> {
            if (event instanceof SweepEvent.Began began) {
                begun.add(began.cell());
            }
        };
        assertThat(run(sweep(small), out, 1, listener)).isTrue();
        assertThat(begun).isEmpty();
        run(sweep(SPEC), out, 1, listener);
        assertThat(begun).hasSize(6).allMatch(cell -> cell.task().equals("stsb"));
    }

    @Test
    void aSweepThatIsStoppedGoesOnWhereItWas() throws IOException {
        Sweep sweep = sweep(SPEC);
        Path whole = home.resolve("whole");
        run(sweep, whole, 1, event -> {});
        Path out = home.resolve("stopped");
        int[] steps = {0};
        SweepEvent.Listener counting = event -> {
            if (event instanceof SweepEvent.Trained trained && trained.event() instanceof TrainingEvent.Stepped) {
                steps[0]++;
            }
        };
        int rounds = 0;
        boolean done = false;
        while (!done) {
            int until = steps[0] + 4;
            done = sweep.run(
                    new Store(out),
                    new LocalExecutor(base, sweep.data(), 1),
                    cell -> false,
                    counting,
                    () -> steps[0] >= until);
            rounds++;
        }
        assertThat(rounds).isBetween(9, 13);
        // No step twice: what was made was saved.
        assertThat(steps[0]).isEqualTo(12 * 3);
        assertThat(Scene.results(out)).isEqualTo(Scene.results(whole));
    }

    @Test
    void aRunThatDivergesIsRecordedAndTheSweepGoesOn() throws IOException {
        Scene huge = Scene.write(home.resolve("huge"));
        Path rows = huge.glue().resolve("STS-B/train.tsv");
        // Finite in single precision, but its square is not.
        Files.writeString(rows, Files.readString(rows).replace("\t0.9\n", "\t1e30\n"));
        Sweep sweep = Sweep.of(
                huge.read(
                        "tasks: [stsb, cola]",
                        "samples: 16",
                        "methods: [head]",
                        "training: {epochs: 2, max-length: 16}",
                        "dev-rows: 8"),
                Optional.empty(),
                base);
        Path out = home.resolve("diverged");
        assertThat(run(sweep, out, 1, event -> {})).isTrue();
        Progress progress = Progress.of(new Store(out));
        assertThat(progress.done()).isEqualTo(2);
        assertThat(progress.failed()).isEqualTo(1);
        assertThat(progress.failures().get(0).cell()).isEqualTo("stsb 16 head data 111 seed 42");
        Path file = new Store(out).resultFile(progress.failures().get(0).hash());
        Result failed = ResultFile.read(file);
        assertThat(failed.failed())
                .contains("the loss became Infinity at step 1, before anything was learned; check the base model's"
                        + " weights, and the scores in the data if it has some");
        assertThat(failed.scores()).isEmpty();
        assertThat(failed.epochs()).isZero();
        assertThat(failed.stoppedBy()).isEqualTo("divergence");
        assertThat(failed.test().gold()).isEmpty();
        assertThat(file.getParent()).isDirectoryNotContaining("regex:.*/(?!result|timing)[^/]*");
    }

    @Test
    void modelsAreKeptIfAskedFor() throws IOException {
        Sweep sweep = sweep("tasks: [cola]", "samples: 16", "methods: [head]", "training: {epochs: 1, max-length: 16}");
        Path out = home.resolve("kept");
        sweep.run(new Store(out), new LocalExecutor(base, sweep.data(), 1), cell -> true, event -> {}, () -> false);
        assertThat(out.resolve("runs").resolve(sweep.cells().get(0).hash()).resolve("model"))
                .isDirectoryContaining("glob:**/adapter.json");
    }

    /** The first run's model is the best one's at first, then the second's, which was not kept. */
    @Test
    void theBestModelIsKeptAndTheOthersGo() throws IOException {
        Sweep sweep =
                sweep("tasks: [cola]", "samples: 16", "methods: [head, lora]", "training: {epochs: 1, max-length: 16}");
        Store store = new Store(home.resolve("best"));
        List<String> begun = new ArrayList<>();
        SweepEvent.Listener listener = event -> {
            if (event instanceof SweepEvent.Began began) {
                begun.add(began.cell().hash());
            }
        };
        String head = sweep.cells().get(0).hash();
        String lora = sweep.cells().get(1).hash();
        keeping(sweep, store, listener, List.of(head, lora));
        Path model = store.run(head).resolve("model");
        byte[] weights = Files.readAllBytes(model.resolve("adapter.safetensors"));
        assertThat(store.keepBest(head)).isTrue();
        assertThat(store.best().resolve("adapter.safetensors")).hasBinaryContent(weights);
        assertThat(store.best().resolve("result.json")).hasSameBinaryContentAs(store.resultFile(head));
        assertThat(model).doesNotExist();
        assertThat(store.run(lora).resolve("model")).doesNotExist();
        assertThat(store.keepBest(head)).as("once more").isTrue();

        // Killed while one best model takes the other's place: the old one has gone, the new one has not yet come.
        Files.move(store.best(), model);
        assertThat(store.keepBest(head)).isTrue();
        assertThat(store.best().resolve("adapter.safetensors")).hasBinaryContent(weights);

        begun.clear();
        assertThat(store.keepBest(lora)).isFalse();
        assertThat(store.best().resolve("adapter.safetensors"))
                .as("still there")
                .hasBinaryContent(weights);
        keeping(sweep, store, listener, List.of(lora));
        assertThat(begun).containsExactly(lora);
        assertThat(store.keepBest(lora)).isTrue();
        assertThat(store.best().resolve("result.json")).hasSameBinaryContentAs(store.resultFile(lora));
        assertThat(store.run(lora))
                .isDirectoryContaining("glob:**/result.json")
                .isDirectoryNotContaining("regex:.*/(?!result|timing)[^/]*");
    }

    private static void keeping(Sweep sweep, Store store, SweepEvent.Listener listener, List<String> kept) {
        Predicate<Cell> keeps = cell -> kept.contains(cell.hash());
        sweep.run(store, new LocalExecutor(base, sweep.data(), 1), keeps, listener, () -> false);
    }

    @Test
    void whatLiesInTheBestModelsPlaceIsNotTouched() throws IOException {
        Store store = new Store(home.resolve("occupied"));
        store.demandPlaceForBest();
        Path notes = Files.createDirectories(store.best()).resolve("notes.txt");
        Files.writeString(notes, "years of work");
        assertThatThrownBy(store::demandPlaceForBest)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("is not a model of a comparison");
        assertThatThrownBy(() -> store.keepBest("0123456789abcdef")).isInstanceOf(InputException.class);
        assertThat(notes).hasContent("years of work");
    }

    /** The rows that judge must not train, whatever is kept; without development rows of their own all others do. */
    @Test
    void theOfficialDevelopmentRowsNeverTrain() throws IOException {
        for (String recipe : List.of("recipe: best", "recipe: paper")) {
            Sweep sweep = sweep(
                    recipe,
                    "tasks: [cola]",
                    "samples: all",
                    "methods: [probe, head]",
                    "training: {epochs: 1, max-length: 16, keep: last}");
            Store store = new Store(home.resolve(recipe.replace(": ", "-")));
            keeping(
                    sweep,
                    store,
                    event -> {},
                    sweep.cells().stream().map(Cell::hash).toList());
            for (Cell cell : sweep.cells()) {
                AdapterCard card = AdapterCard.read(store.run(cell.hash()).resolve("model"));
                assertThat(card.provenance()
                                .orElseThrow()
                                .data()
                                .parts()
                                .get("train")
                                .examples())
                        .as(recipe + " " + cell.method())
                        .isEqualTo(60);
                assertThat(card.provenance().orElseThrow().data().parts().containsKey("dev"))
                        .isEqualTo(recipe.endsWith("paper"));
                Result result = ResultFile.read(store.resultFile(cell.hash()));
                assertThat(result.test().gold()).hasSize(12);
                assertThat(result.scores().containsKey("dev")).isEqualTo(recipe.endsWith("paper"));
            }
        }
    }

    /** A probe makes no steps to be timed; where the last state is kept, no run stops early. */
    @Test
    void anEstimateKnowsMethodsWithoutSteps() throws IOException {
        String[] lines = {
            "recipe: best", "tasks: [cola]", "samples: 16", "methods: [probe, lora]", "training: {max-length: 16}"
        };
        Estimate estimate = Estimate.of(sweep(lines));
        assertThat(estimate.stepMillis()).containsOnlyKeys("lora");
        assertThat(estimate.least()).isPositive().isEqualTo(estimate.most());
        lines[0] = "recipe: paper";
        estimate = Estimate.of(sweep(lines));
        assertThat(estimate.least()).isPositive().isLessThan(estimate.most());
        lines[3] = "methods: [probe]";
        estimate = Estimate.of(sweep(lines));
        assertThat(estimate.stepMillis()).isEmpty();
        assertThat(estimate.least()).isPositive().isEqualTo(estimate.most());
    }

    @Test
    void oneProcessAtATime() throws IOException {
        Sweep sweep = sweep(SPEC);
        Path out = home.resolve("locked");
        try (FolderLock lock = new Store(out).lock()) {
            assertThatThrownBy(() -> run(sweep, out, 1, event -> {}))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining(
                            "process " + ProcessHandle.current().pid() + " (this one) is using this folder");
        }
    }

    @Test
    void anEstimateCountsEveryCell() throws IOException {
        Estimate estimate = Estimate.of(sweep(SPEC));
        assertThat(estimate.stepMillis()).containsOnlyKeys("lora", "ap");
        assertThat(estimate.most()).isGreaterThanOrEqualTo(estimate.least()).isPositive();
    }

    @Test
    void aTableOfOnesOwnIsSweptAndJudgedOnTheSameRowsByEverySeed() throws IOException {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 50; i++) {
            rows.append(i % 3 == 0 ? "awful film " : "great film ").append(i).append(i % 3 == 0 ? "\tno\n" : "\tyes\n");
        }
        Path table = Files.writeString(home.resolve("own.tsv"), rows);
        Path spec = Files.writeString(
                home.resolve("own.yaml"),
                "model: %s\ndata: %s\nmethods: [head]\ndata-seeds: [1, 2]\ntraining: {epochs: 2, max-length: 16}\n"
                        .formatted(scene.base(), table));
        Sweep sweep = Sweep.of(SweepSpec.read(spec, SweepSpec.Overrides.nothing()), Optional.empty(), base);
        assertThat(sweep.cells()).hasSize(2);
        Path out = home.resolve("own");
        assertThat(run(sweep, out, 2, event -> {})).isTrue();
        List<Result> results = new ArrayList<>();
        for (Cell cell : sweep.cells()) {
            results.add(ResultFile.read(new Store(out).resultFile(cell.hash())));
        }
        assertThat(results.get(0).test().gold())
                .hasSize(10)
                .isEqualTo(results.get(1).test().gold());
        assertThat(results.get(0).run().data())
                .isNotEqualTo(results.get(1).run().data());
        // Other rows are another cell.
        Files.writeString(table, Files.readString(table).replace("great film 1\t", "great film 1!\t"));
        Sweep changed = Sweep.of(SweepSpec.read(spec, SweepSpec.Overrides.nothing()), Optional.empty(), base);
        assertThat(changed.left(new Store(out))).hasSize(2);
    }

    @Test
    void allRowsAreDrawnBySeedOnlyOnce() throws IOException {
        Sweep sweep = sweep(
                "tasks: [cola]",
                "samples: all",
                "methods: [head]",
                "data-seeds: [1, 2]",
                "test-rows: 5",
                "training: {epochs: 1, max-length: 16}");
        assertThat(sweep.cells()).hasSize(1);
        Cell cell = sweep.cells().get(0);
        assertThat(cell.samples()).isEmpty();
        assertThat(cell.devRows()).isEmpty();
        assertThat(sweep.data().of(cell).split().train().size()).isEqualTo(60);
        assertThat(sweep.data().of(cell).split().dev().size()).isEqualTo(12);
        assertThat(sweep.data().of(cell).split().test().orElseThrow().size()).isEqualTo(5);
        assertThat(Files.exists(home.resolve("nothing"))).isFalse();
    }
}

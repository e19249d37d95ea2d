package org.unipelt.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Executor;
import org.unipelt.experiment.LocalExecutor;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Study;
import org.unipelt.experiment.Sweep;
import org.unipelt.experiment.SweepEvent;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.tensor.Device;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.Group;
import org.unipelt.training.Rendezvous;
import org.unipelt.training.TrainingConfig.HeadStart;
import org.unipelt.training.TrainingConfig.Keep;
import org.unipelt.tuned.DataSpec;

/** A sweep on two executors, one of which is killed: the files are those of a sweep in this process. */
@Timeout(300)
class SparkExecutorTest {
    @TempDir
    static Path home;

    private static SparkSession session;
    private static JavaSparkContext spark;
    private static Path spec;

    @BeforeAll
    static void start() throws IOException {
        TinyBert.write(home.resolve("tiny-bert"));
        Path task = Files.createDirectories(home.resolve("glue/CoLA"));
        Files.writeString(task.resolve("train.tsv"), rows(60));
        Files.writeString(task.resolve("dev.tsv"), rows(12));
        spec = Files.writeString(
                home.resolve("study.yaml"),
                String.join(
                        "\n",
                        "model: tiny-bert",
                        "data: glue",
                        "tasks: [cola]",
                        "samples: [20]",
                        "methods: {lora: 'lora(rank=2)', al: 'unipelt(adapter(bottleneck=4),lora(rank=2))'}",
                        "data-seeds: [111, 222, 333]",
                        "training: {epochs: 40, patience: 40, max-length: 16, batch-size: 4}",
                        "dev-rows: 8",
                        ""));
        session = LocalCluster.start();
        spark = new JavaSparkContext(session.sparkContext());
    }

    private static String rows(int count) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < count; i++) {
            rows.append("x\t")
                    .append(i % 2)
                    .append("\t\t")
                    .append(i % 2 == 0 ? "awful" : "great")
                    .append(" film ".repeat(i % 3))
                    .append("w")
                    .append(i)
                    .append('\n');
        }
        return rows.toString();
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    private static boolean sweep(Path out, Function<Sweep, Executor> executor, SweepEvent.Listener listener) {
        SweepSpec read = SweepSpec.read(spec, SweepSpec.Overrides.nothing(), home);
        try (BaseModel base = BaseModel.open(read.model())) {
            Sweep sweep = Sweep.of(read, Optional.empty(), base);
            return sweep.run(
                    new Store(out), executor.apply(sweep), cell -> cell.dataSeed() == 222, listener, () -> false);
        }
    }

    private static Executor onSpark(Path study, Consumer<Cell> finished) {
        return new SparkExecutor(
                spark,
                new Study(study, SweepSpec.Overrides.nothing(), home, Device.CPU),
                cell -> cell.dataSeed() == 222,
                finished);
    }

    /** Every file of the runs but their times, as bytes in a text. */
    private static Map<String, String> files(Path sweep) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(sweep.resolve("runs"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = sweep.relativize(file).toString();
                if (!name.endsWith("timing.json") && !name.endsWith("events.jsonl")) {
                    files.put(name, new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
                }
            }
        }
        return files;
    }

    @Test
    void aLostExecutorLosesNothingAndTheFilesAreTheSame() throws IOException {
        Path here = home.resolve("here");
        assertThat(sweep(here, sweep -> new LocalExecutor(sweep.base(), sweep.data(), 1), event -> {}))
                .isTrue();
        Path there = home.resolve("there");
        List<String> ended = new CopyOnWriteArrayList<>();
        List<Long> executors = LocalCluster.executors(spark);
        assertThat(executors).hasSize(2);
        String copy = home.resolve("copy").toUri().toString();
        StudyCopy copied = StudyCopy.of(spark.hadoopConfiguration(), new Store(there), copy);
        assertThat(copied.fetch()).isZero();
        assertThat(sweep(there, sweep -> onSpark(spec, copied::put), event -> {
                    if (event instanceof SweepEvent.Ended end) {
                        ended.add(end.result().run().hash());
                        if (ended.size() == 1) {
                            ProcessHandle.of(executors.get(0)).orElseThrow().destroyForcibly();
                        }
                    }
                }))
                .isTrue();
        assertThat(ended).doesNotHaveDuplicates().hasSize(6);
        assertThat(files(there)).isEqualTo(files(here)).hasSizeGreaterThan(6);
        assertThat(LocalCluster.executors(spark)).doesNotContain(executors.get(0));

        // Where the driver's disk is lost, the sweep goes on from the copy and repeats nothing.
        Path again = home.resolve("again");
        assertThat(StudyCopy.of(spark.hadoopConfiguration(), new Store(again), copy)
                        .fetch())
                .isEqualTo(6);
        assertThat(files(again)).isEqualTo(files(here));
        ended.clear();
        assertThat(sweep(again, sweep -> onSpark(spec, copied::put), event -> {
                    if (event instanceof SweepEvent.Ended end) {
                        ended.add(end.result().run().hash());
                    }
                }))
                .isTrue();
        assertThat(ended).isEmpty();
    }

    @Test
    void aNodeWithOtherFilesIsNamed() throws IOException {
        Path other = Files.writeString(
                home.resolve("other.yaml"), Files.readString(spec).replace("epochs: 40", "epochs: 39"));
        assertThatThrownBy(() -> sweep(home.resolve("refused"), sweep -> onSpark(other, cell -> {}), event -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageMatching(".+: has no run [0-9a-f]{16}: its base model or data are others than the driver's"
                        + " \\(it has base model [0-9a-f]+\\); give every node the same files");
    }

    @Test
    void ranksOfATrainingAreTasksAndGiveTheBytesOfOneProcess() throws IOException {
        StringBuilder table = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 100; i++) {
            table.append(i % 3 == 0 ? "awful" : "great").append(" film".repeat(25 + i % 5));
            table.append(i % 3 == 0 ? "\tbad\n" : "\tgood\n");
        }
        Path rows = Files.writeString(home.resolve("ranks.tsv"), table);
        try (BaseModel base = BaseModel.open(home.resolve("tiny-bert").toString());
                Rendezvous place = Rendezvous.open("127.0.0.1", 0)) {
            Tuning tuning = Tuning.of(base, "lora(rank=2)")
                    .on(DataSpec.of(rows))
                    .with(settings -> settings.epochs(2)
                            .batchSize(80)
                            .maxLength(32)
                            .keep(Keep.LAST)
                            .headStart(HeadStart.RANDOM));
            tuning.train(home.resolve("one")).close();
            List<String> told = new CopyOnWriteArrayList<>();
            int port = place.port();
            try (BarrierRanks others = BarrierRanks.start(spark, 3, "127.0.0.1", port, told::add);
                    Group group = place.join(3, Duration.ofSeconds(100))) {
                assertThat(others).isNotNull();
                tuning.together(group)
                        .train(home.resolve("three"))
                        .orElseThrow()
                        .close();
            }
            assertThat(told).isEmpty();
            assertThat(home.resolve("three/adapter.safetensors"))
                    .hasSameBinaryContentAs(home.resolve("one/adapter.safetensors"));
            assertThatThrownBy(() -> BarrierRanks.start(spark, 9, "127.0.0.1", port, told::add))
                    .isInstanceOf(InputException.class)
                    .hasMessage("--world 9 needs 8 cores of the cluster besides this process, and it has 2; give"
                            + " --world 3 or less");
        }
    }
}

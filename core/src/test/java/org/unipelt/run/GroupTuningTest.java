package org.unipelt.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.Group;
import org.unipelt.training.Rendezvous;
import org.unipelt.training.TrainingConfig.HeadStart;
import org.unipelt.training.TrainingConfig.Keep;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/** Several ranks train one model, to the bytes of one process. Ranks are threads, unless one must be killed. */
class GroupTuningTest {
    private static final String HERE = "127.0.0.1";

    @TempDir
    private static Path shared;

    private static Path folder;
    private static Path rows;
    private static BaseModel base;
    private static Map<String, String> alone;

    @TempDir
    private Path work;

    @BeforeAll
    static void trainAlone() throws IOException {
        folder = TinyBert.write(shared.resolve("bert"));
        rows = rows("rows.tsv", "great");
        base = BaseModel.open(folder.toString());
        tuning(base, rows, 42).train(shared.resolve("alone")).close();
        alone = files(shared.resolve("alone"));
        // Nothing that is compared below could otherwise tell a training from none.
        tuning(base, rows, 42)
                .with(settings -> settings.epochs(3))
                .train(shared.resolve("shorter"))
                .close();
        assertThat(alone.get("adapter.safetensors"))
                .isNotEqualTo(files(shared.resolve("shorter")).get("adapter.safetensors"));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    /** Long texts, so that a batch of 80 has three pieces. */
    private static Path rows(String name, String word) throws IOException {
        StringBuilder table = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 120; i++) {
            table.append(i % 3 == 0 ? "awful" : word);
            for (int at = 0; at < 20 + i % 8; at++) {
                table.append(" w").append((i * 7 + at) % 33);
            }
            table.append(i % 3 == 0 ? "\tbad\n" : "\tgood\n");
        }
        return Files.writeString(shared.resolve(name), table);
    }

    static Tuning tuning(BaseModel base, Path rows, long seed) {
        return Tuning.of(base, "unipelt(adapter(bottleneck=4),lora(rank=2),prefix(length=2,network=8))")
                .on(DataSpec.of(rows))
                .with(settings -> settings.epochs(4)
                        .patience(4)
                        .batchSize(80)
                        .maxLength(32)
                        .seed(seed)
                        // The last state depends on every step; the best may be that before the first.
                        .keep(Keep.LAST)
                        .headStart(HeadStart.RANDOM));
    }

    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        for (String name : List.of("adapter.safetensors", "adapter.json")) {
            files.put(name, Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1));
        }
        return files;
    }

    /** Runs every rank in a thread; returns the message of what each throws, or "model" or "none". */
    private static List<String> ranks(int world, BiFunction<Integer, Group, Optional<TunedModel>> train) {
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            int port = place.port();
            List<CompletableFuture<String>> ranks = new ArrayList<>();
            for (int rank = 0; rank < world; rank++) {
                int number = rank;
                CompletableFuture<String> end = new CompletableFuture<>();
                new Thread(() -> {
                            try (Group group = number == 0
                                    ? place.join(world, Duration.ofSeconds(60))
                                    : Group.join(HERE, port, number, world)) {
                                Optional<TunedModel> model = train.apply(number, group);
                                model.ifPresent(TunedModel::close);
                                end.complete(model.isPresent() ? "model" : "none");
                            } catch (InputException e) {
                                end.complete(e.getMessage());
                            } catch (Throwable e) {
                                end.completeExceptionally(e);
                            }
                        })
                        .start();
                ranks.add(end);
            }
            return ranks.stream().map(CompletableFuture::join).toList();
        }
    }

    @Test
    void twoAndThreeRanksTrainTheBytesOfOne() throws IOException {
        for (int world : new int[] {2, 3}) {
            Path out = work.resolve("of-" + world);
            assertThat(ranks(world, (rank, group) -> tuning(base, rows, 42)
                            .together(group)
                            .train(out)))
                    .startsWith("model")
                    .hasSize(world);
            assertThat(files(out)).as("world %s", world).isEqualTo(alone);
            try (Stream<Path> left = Files.list(work)) {
                assertThat(left.filter(each -> !each.equals(out) && !each.endsWith("of-2")))
                        .as("files of other ranks")
                        .isEmpty();
            }
        }
    }

    /** The states below the top layer, which each rank computes once. */
    @Test
    void ranksThatComputeTextsOnceTrainTheBytesOfOne() throws IOException {
        ofTopLayer().train(work.resolve("alone")).close();
        assertThat(ranks(2, (rank, group) -> ofTopLayer().together(group).train(work.resolve("of-2"))))
                .containsExactly("model", "none");
        assertThat(files(work.resolve("of-2"))).isEqualTo(files(work.resolve("alone")));
    }

    private static Tuning ofTopLayer() {
        return Tuning.of(base, "lora(rank=2,layers=top-1)")
                .on(DataSpec.of(rows))
                .with(settings -> settings.epochs(2)
                        .batchSize(80)
                        .maxLength(32)
                        .keep(Keep.LAST)
                        .headStart(HeadStart.RANDOM));
    }

    @Test
    void whatRankZeroStopsAnotherNumberOfRanksResumes() throws IOException {
        Path out = work.resolve("stopped");
        AtomicInteger asked = new AtomicInteger();
        assertThat(ranks(3, (rank, group) -> tuning(base, rows, 42)
                        .together(group)
                        .train(out, () -> rank == 0 && asked.incrementAndGet() > 4)))
                .containsExactly("none", "none", "none");
        assertThat(out.resolve("state.safetensors")).exists();
        assertThat(ranks(
                        2,
                        (rank, group) -> tuning(base, rows, 42).together(group).resume(out)))
                .containsExactly("model", "none");
        assertThat(files(out)).isEqualTo(alone);
    }

    @Test
    void aRankThatTrainsSomethingElseIsRefusedByName() throws IOException {
        Path other = rows("other.tsv", "lovely");
        String end = "; start every rank with the same base model, data and settings";
        Path out = work.resolve("out");
        assertThat(ranks(2, (rank, group) -> tuning(base, rows, 42 + rank)
                        .together(group)
                        .train(out)))
                .containsOnly(
                        "rank 1 does not train what rank 0 does: settings.training.seed is 43 there, and 42 at rank 0"
                                + end);
        assertThat(out).doesNotExist();
        assertThat(ranks(2, (rank, group) -> tuning(base, rank == 1 ? other : rows, 42)
                        .together(group)
                        .train(out)))
                .allSatisfy(line -> assertThat(line)
                        .startsWith("rank 1 does not train what rank 0 does: data.train.fingerprint is \"")
                        .endsWith(end));
        assertThat(ranks(3, (rank, group) -> tuning(base, rows, 42)
                        .with(settings -> settings.batchSize(16))
                        .together(group)
                        .train(out)))
                .containsOnly("a batch of 16 has at most 2 pieces here, too few for 3 processes; use --world 2 or"
                        + " --batch-size 35");
        assertThat(out).doesNotExist();
    }

    @Test
    void aKilledRankEndsTheOthersAndTheTrainingGoesOn() throws IOException, InterruptedException {
        Path out = work.resolve("killed");
        Process killed;
        long[] moment = new long[1];
        String line = null;
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            killed = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            RankProcess.class.getName(),
                            folder.toString(),
                            rows.toString(),
                            out.toString(),
                            Integer.toString(place.port()),
                            "1",
                            "2")
                    .redirectErrorStream(true)
                    .redirectOutput(work.resolve("rank-1.txt").toFile())
                    .start();
            try (Group group = place.join(2, Duration.ofSeconds(60))) {
                tuning(base, rows, 42)
                        .tell(event -> {
                            if (event instanceof TrainingEvent.Stepped step && step.step() == 3) {
                                killed.destroyForcibly();
                                moment[0] = System.nanoTime();
                            }
                        })
                        .together(group)
                        .train(out);
            } catch (InputException e) {
                line = e.getMessage();
            }
        }
        assertThat(System.nanoTime() - moment[0]).isLessThan(TimeUnit.SECONDS.toNanos(15));
        assertThat(killed.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(line)
                .as(Files.readString(work.resolve("rank-1.txt")))
                .startsWith(
                        "rank 1 is gone: the process ended, or its machine cannot be reached; the state after step ")
                .endsWith(" is in " + out.resolve("state.safetensors") + ": start all ranks again with --resume");
        assertThat(ranks(
                        2,
                        (rank, group) -> tuning(base, rows, 42).together(group).resume(out)))
                .containsExactly("model", "none");
        assertThat(files(out)).isEqualTo(alone);
    }
}

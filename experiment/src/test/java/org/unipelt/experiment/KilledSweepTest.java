package org.unipelt.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.hub.BaseModel;

/**
 * A process that runs a sweep is killed, as by {@code kill -9}, at random moments, until one comes to the end. {@code
 * -Dsweep.kills=20} kills more often than usual.
 */
@Tag("slow")
class KilledSweepTest {
    private static final int KILLS = Integer.getInteger("sweep.kills", 3);
    /** The more kills, the sooner, so that there still is something to kill. */
    private static final int LATEST = 200 + 4000 / KILLS;

    private static final long SEED = Long.getLong("sweep.seed", 7);

    @TempDir
    Path home;

    private record Outcome(boolean killed, List<String> lines) {}

    @Test
    void noRunIsLostAndNoneRepeated() throws IOException, InterruptedException {
        Scene scene = Scene.write(home.resolve("scene"));
        Path spec = scene.spec(
                "killed.yaml",
                "tasks: [cola, stsb]",
                "samples: [20]",
                "methods: {lora: 'lora(rank=2)', ap: 'unipelt(adapter(bottleneck=4),prefix(length=2,network=8))'}",
                "data-seeds: [111, 222, 333]",
                "training: {epochs: 30, patience: 30, max-length: 16, batch-size: 4}",
                "dev-rows: 8");
        Path whole = home.resolve("whole");
        try (BaseModel base = BaseModel.open(scene.base().toString())) {
            Sweep sweep = Sweep.of(SweepSpec.read(spec, SweepSpec.Overrides.nothing()), Optional.empty(), base);
            assertThat(sweep.run(
                            new Store(whole),
                            new LocalExecutor(base, sweep.data(), 1),
                            cell -> false,
                            event -> {},
                            () -> false))
                    .isTrue();
        }

        Path out = home.resolve("killed");
        Random random = new Random(SEED);
        Set<String> done = new HashSet<>();
        Map<String, String> before = Map.of();
        int kills = 0;
        boolean finished = false;
        while (!finished) {
            Outcome outcome = process(spec, out, 1 + kills % 2, kills < KILLS ? random.nextInt(20, LATEST) : -1);
            Map<String, String> now = Scene.results(out);
            assertThat(now).as("nothing is lost, nothing changed").containsAllEntriesOf(before);
            for (String line : outcome.lines()) {
                if (line.startsWith("began ")) {
                    assertThat(done).as("begun though done").doesNotContain(line.substring(6));
                }
            }
            done.addAll(now.keySet());
            before = now;
            kills += outcome.killed() ? 1 : 0;
            finished = !outcome.killed();
        }
        assertThat(kills).as("kills").isGreaterThan(KILLS / 2);
        assertThat(Scene.results(out)).hasSize(12).isEqualTo(Scene.results(whole));
        try (var runs = Files.list(out.resolve("runs"))) {
            assertThat(runs)
                    .allSatisfy(run -> assertThat(run).isDirectoryNotContaining("regex:.*/(?!result|timing)[^/]*"));
        }
    }

    /** Starts the sweep and kills it so many milliseconds after its first run was begun; less than 0: never. */
    private static Outcome process(Path spec, Path out, int workers, int millis)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                SweepProcess.class.getName(),
                spec.toString(),
                out.toString(),
                Integer.toString(workers)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines = new ArrayList<>();
        boolean[] timing = {millis >= 0};
        try (var reader = process.inputReader()) {
            String line;
            while ((line = reader.readLine()) != null) {
                lines.add(line);
                if (timing[0]) {
                    timing[0] = false;
                    killer(process, millis);
                }
            }
        } catch (UncheckedIOException | IOException e) {
            // Its end may be in the middle of a line.
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        boolean killed = process.exitValue() != 0;
        assertThat(killed && millis < 0).as("it ended by itself").isFalse();
        return new Outcome(killed, lines);
    }

    private static void killer(Process process, int millis) {
        Thread thread = new Thread(
                () -> {
                    try {
                        Thread.sleep(millis);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    process.destroyForcibly();
                },
                "killer");
        thread.setDaemon(true);
        thread.start();
    }
}

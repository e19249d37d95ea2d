package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.experiment.Grid;
import org.unipelt.experiment.Store;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.testkit.TinyBert;
import org.unipelt.tuned.DataSpec;

/** Two finished trainings, one stopped, a damaged one and a sweep, in folders of different depth. */
class RunsCommandTest {
    @TempDir
    static Path home;

    private static Path runs;

    @BeforeAll
    static void train() throws IOException {
        Path base = TinyBert.write(home.resolve("tiny-bert"));
        runs = Files.createDirectories(home.resolve("runs"));
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 24; i++) {
            rows.append(i % 2 == 0 ? "great film " : "awful film ")
                    .append(i)
                    .append(i % 2 == 0 ? "\tgood\n" : "\tbad\n");
        }
        DataSpec data =
                DataSpec.of(Files.writeString(home.resolve("films.tsv"), rows)).withDev(home.resolve("films.tsv"));
        try (BaseModel opened = BaseModel.open(base.toString())) {
            tuning(opened, data, "bitfit", 2, 42).train(runs.resolve("one")).close();
            tuning(opened, data, "head", 3, 7).train(runs.resolve("deep/two")).close();
            AtomicInteger asked = new AtomicInteger();
            assertThat(tuning(opened, data, "bitfit", 9, 42)
                            .train(runs.resolve("three"), () -> asked.incrementAndGet() > 6))
                    .isEmpty();
        }
        Files.createDirectories(runs.resolve("broken"));
        Files.writeString(runs.resolve("broken/adapter.json"), "{\"format\": \"unipelt-adapter-9\"}");
        new Store(runs.resolve("study"))
                .begin(Optional.empty(), new Grid(Optional.empty(), Optional.empty(), List.of()));
        Files.createDirectories(runs.resolve("a/b/too-deep"));
        Files.writeString(runs.resolve("a/b/too-deep/adapter.json"), "{");
    }

    private static Tuning tuning(BaseModel base, DataSpec data, String method, int epochs, long seed) {
        return Tuning.of(base, method)
                .on(data)
                .with(settings ->
                        settings.epochs(epochs).seed(seed).maxLength(16).learningRate(0.01));
    }

    private static List<String> lines(Object... more) {
        List<Object> words = new ArrayList<>(List.of("runs", runs));
        words.addAll(List.of(more));
        Shell.Outcome outcome = Shell.run(words.toArray());
        assertThat(outcome.code()).as(outcome.err()).isZero();
        return outcome.out().lines().toList();
    }

    @Test
    void aTableHasWhatDiffersAndALineWhatIsTheSame() {
        List<String> lines = lines("--sort", "name");
        assertThat(lines)
                .allMatch(line -> line.length() <= 80
                        || line.startsWith("to continue: ")
                        || line.startsWith("sweep")
                        || line.startsWith("damaged"));
        // The time and the day may be the same too, and then need a second line.
        assertThat(lines.get(0)).startsWith("all: metric accuracy, data films.tsv, rows 24, base tiny-bert");
        int at = lines.indexOf("") + 1;
        assertThat(lines.get(at)).matches("run +method +dev +epochs +state +kind.*");
        assertThat(lines.get(at + 1)).matches("deep/two +head +[01]\\.\\d{4} +3 +finished +classes.*");
        assertThat(lines.get(at + 2)).matches("one +bitfit +[01]\\.\\d{4} +2 +finished +classes.*");
        assertThat(lines.get(at + 3)).matches("three +bitfit +[01]\\.\\d{4} +[12] of 9 +unfinished +-.*");
        assertThat(lines.subList(at + 4, lines.size()))
                .containsExactly(
                        "",
                        "to continue: unipelt train --resume " + runs.resolve("three"),
                        "sweep, 0 of 0 runs done: unipelt sweep status " + runs.resolve("study"),
                        "damaged: " + runs.resolve("broken/adapter.json")
                                + ": unknown format 'unipelt-adapter-9'; this version reads 'unipelt-adapter-1' and"
                                + " 'unipelt-adapter-2'");
    }

    @Test
    void theNewestOrTheBestComesFirst() {
        List<String> newest = lines();
        assertThat(newest.get(newest.indexOf("") + 2)).startsWith("three ");
        List<Double> scores = new ArrayList<>();
        JsonNode found = Shell.run("runs", runs, "--sort", "best", "--json").json();
        found.get("runs")
                .forEach(run ->
                        scores.add(run.get("metrics").get("dev").get("accuracy").asDouble()));
        assertThat(scores).hasSize(3).isSortedAccordingTo((one, other) -> Double.compare(other, one));
        assertThat(found.get("damaged")).hasSize(1);
        assertThat(found.get("sweeps").get(0).get("folder").asText())
                .isEqualTo(runs.resolve("study").toString());
        assertThat(Shell.run("runs", runs, "--depth", 3, "--json").json().get("damaged"))
                .hasSize(2);
    }

    @Test
    void settingsThatDifferAreShownAndNoOthers() {
        List<String> lines = lines("--sort", "name", "--settings");
        int at = lines.indexOf("") + 6;
        assertThat(lines.get(at - 1)).isEmpty();
        assertThat(lines.get(at)).matches("run +method +pooling +epochs +seed");
        assertThat(lines.get(at + 1)).matches("deep/two +head +pooler +3 +7");
        assertThat(lines.get(at + 3)).matches("three +bitfit +- +9 +42");
    }

    @Test
    void aRunThatGoesOnIsRunning() {
        try (FolderLock lock = FolderLock.take(runs.resolve("three"))) {
            assertThat(Shell.run("runs", runs.resolve("three"), "--json")
                            .json()
                            .get("runs")
                            .get(0)
                            .get("state")
                            .asText())
                    .isEqualTo("running");
        }
    }

    @Test
    void oneRunHasEveryColumnAndAnEmptyFolderASentence() {
        assertThat(Shell.run("runs", runs.resolve("one")).out())
                .contains("metric", "accuracy", "tiny-bert", "finished")
                .doesNotContain("all:");
        assertThat(Shell.run("runs", home.resolve("tiny-bert"), "--depth", 1).out())
                .isEqualTo(
                        home.resolve("tiny-bert") + ": no tuned model and no unfinished run, 1 folder deep; --depth N"
                                + " looks deeper" + System.lineSeparator());
    }
}

package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.atIndex;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Grid;
import org.unipelt.experiment.Outcome;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Timing;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.TrainingConfig;

class ReportCommandTest {
    @TempDir
    Path folder;

    /** Two runs that never were, and a third that is missing. */
    @BeforeEach
    void makeUpAStudy() throws IOException {
        Store store = new Store(folder);
        List<Cell> planned = new ArrayList<>();
        for (String method : List.of("lora", "unipelt-al", "bitfit")) {
            Cell cell = cell("rte", 100, method);
            planned.add(cell);
            if (!method.equals("bitfit")) {
                Result result = result(cell, 0.5);
                store.finish(new Outcome(result, new Timing(1, 1, 1, 1, 2, 1)), false);
            }
        }
        store.begin(Optional.empty(), new Grid(Optional.empty(), Optional.empty(), planned));
    }

    private static Cell cell(String task, int rows, String method) {
        return new Cell(
                "made-up-model",
                task,
                Optional.of(rows),
                method,
                Methods.parse(method).toString(),
                111,
                42,
                Map.of(),
                TrainingConfig.builder(Methods.parse(method), Metric.ACCURACY)
                        .seed(42)
                        .build(),
                Optional.empty(),
                Optional.empty(),
                "made-up",
                "made-up");
    }

    private static Result result(Cell cell, double test) {
        return new Result(
                cell,
                "accuracy",
                Map.of("dev", Map.of("accuracy", 0.5), "test", Map.of("accuracy", test)),
                Optional.empty(),
                1,
                1,
                "epochs",
                10,
                8,
                100,
                List.of(new Result.Epoch(1, 0.7, 0.5)),
                List.of(),
                new Result.Answers(List.of(0, 1), List.of(1, 1)));
    }

    @Test
    void withoutAnyOptionThePageIsBesideTheResults() throws IOException {
        Shell.Outcome outcome = Shell.run("report", folder);
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out())
                .isEqualTo("wrote " + folder.resolve("report.html") + ", a report of 2 runs, 0 failed, 1 missing"
                        + System.lineSeparator());
        assertThat(Files.readString(folder.resolve("report.html"))).contains("2 of 3 runs have ended");
    }

    @Test
    void tablesArePrinted() {
        assertThat(Shell.run("report", folder, "--format", "markdown").out())
                .startsWith("# Tuning made-up-model: a study of 2 runs")
                .contains("LoRA scores highest on average, 50.00, level with UniPELT (AL), 50.00.")
                .contains("| LoRA | **50.00** | **50.00** |");
        assertThat(Shell.run("report", folder, "--format", "csv").out()).startsWith("table,block,row,column");
        assertThat(Shell.run("report", folder, "--format", "json").json().get("tables"))
                .isNotEmpty();
    }

    @Test
    void aFileIsWrittenAndProgramsAreToldSo() {
        Path file = folder.resolve("tables.csv");
        Shell.Outcome outcome = Shell.run("report", folder, "--format", "csv", "--out", file, "--json");
        assertThat(file).content().startsWith("table,block");
        assertThat(outcome.json().get("out").asText()).isEqualTo(file.toString());
        assertThat(outcome.json().get("missing").asInt()).isEqualTo(1);
    }

    @Test
    void aZipOfAStudyIsReadLikeItsFolder(@TempDir Path home) throws IOException {
        Path zip = home.resolve("study.zip");
        Shell.Outcome packed = Shell.run("sweep", "pack", folder, "--out", zip);
        assertThat(packed.code()).as(packed.err()).isZero();
        assertThat(packed.out()).matches("wrote \\Q" + zip + "\\E, 2 of 3 runs in [\\d,]+ bytes\\R");
        byte[] bytes = Files.readAllBytes(zip);
        assertThat(Shell.run("sweep", "pack", folder, "--out", zip, "--json").json())
                .hasToString("{\"out\":\"" + zip + "\",\"runs\":3,\"done\":2,\"bytes\":" + bytes.length + "}");
        assertThat(zip).hasBinaryContent(bytes);

        for (String format : List.of("markdown", "csv", "json")) {
            assertThat(Shell.run("report", zip, "--format", format))
                    .isEqualTo(Shell.run("report", folder, "--format", format));
        }
        assertThat(Shell.run("sweep", "status", zip)).isEqualTo(Shell.run("sweep", "status", folder));
        assertThat(Shell.run("sweep", "status", zip, "--json")
                        .json()
                        .get("folder")
                        .asText())
                .isEqualTo(zip.toString());

        Path page = home.resolve("study-report.html");
        assertThat(Shell.run("report", zip).out())
                .isEqualTo("wrote " + page + ", a report of 2 runs, 0 failed, 1 missing" + System.lineSeparator());
        Shell.run("report", folder);
        assertThat(page).hasSameTextualContentAs(folder.resolve("report.html"));
        assertThat(zip).hasBinaryContent(bytes);

        Files.write(zip, Arrays.copyOf(bytes, bytes.length / 2));
        for (List<String> command : List.of(List.of("report"), List.of("sweep", "status"))) {
            List<Object> words = new ArrayList<>(command);
            words.add(zip);
            Shell.Outcome damaged = Shell.run(words.toArray());
            assertThat(damaged.code()).isEqualTo(2);
            assertThat(damaged.out()).isEmpty();
            assertThat(damaged.err().lines()).hasSize(1);
            assertThat(damaged.err()).startsWith("unipelt: " + zip + ": is no whole zip file (");
        }
    }

    @Test
    void aTrainingHasAPageOfItsOwn(@TempDir Path home) throws IOException {
        Path base = TinyBert.write(home.resolve("tiny-bert"));
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 24; i++) {
            rows.append(i % 2 == 0 ? "great film " : "awful film ")
                    .append(i)
                    .append('\t')
                    .append(i % 2 == 0 ? "good" : "bad")
                    .append('\n');
        }
        Path table = Files.writeString(home.resolve("films.tsv"), rows);
        Path model = home.resolve("model");
        Shell.Outcome trained = Shell.run(
                "train",
                "--train",
                table,
                "--model",
                base,
                "--method",
                "unipelt-al",
                "--epochs",
                2,
                "--max-length",
                16,
                "--out",
                model,
                "--quiet");
        assertThat(trained.code()).as(trained.err()).isZero();

        // All rows train: there are none to judge by.
        Shell.Outcome alone = Shell.run("report", model);
        assertThat(alone.code()).as(alone.err()).isZero();
        assertThat(alone.out()).isEqualTo("wrote " + model.resolve("report.html") + ", a report of this training\n");
        assertThat(alone.err())
                .contains("without classes, calibration and hardest rows: the training kept no rows apart, all of them"
                        + " trained; give labelled rows with --data FILE");

        Shell.Outcome judged = Shell.run("report", model, "--data", table);
        assertThat(judged.err()).isEmpty();
        assertThat(model.resolve("report.html"))
                .content()
                .contains("judged by the 24 rows of", "Hardest rows", "Gate: LoRA");
        assertThat(Shell.run("report", model, "--data", table, "--format", "markdown")
                        .out())
                .contains("## Every class", "| good | ");
        assertThat(Shell.run("report", model, "--json").json().get("unjudged").asText())
                .startsWith("the training kept no rows apart");

        Shell.Outcome half = Shell.run("report", model, "--label", "label");
        assertThat(half.code()).isEqualTo(2);
        assertThat(half.err()).contains("the rows to judge the training by are not given; add --data FILE");
        Shell.Outcome study = Shell.run("report", folder, "--data", table);
        assertThat(study.code()).isEqualTo(2);
        assertThat(study.err()).contains("is a sweep, whose runs have their own test rows; leave out --data");
    }

    @Test
    void theStatusOfALargeSweepHasALineForEachCondition(@TempDir Path home) {
        Store store = new Store(home);
        List<Cell> planned = new ArrayList<>();
        for (String task : List.of("rte", "cola", "sst2")) {
            for (int rows : List.of(100, 500)) {
                for (String method : List.of(
                        "lora", "bitfit", "adapter", "prefix", "houlsby", "full", "probe", "head", "unipelt-al")) {
                    Cell cell = cell(task, rows, method);
                    planned.add(cell);
                    if (rows == 100) {
                        double test = method.equals("adapter") ? 0.75 : 0.5;
                        store.finish(new Outcome(result(cell, test), new Timing(1, 1, 1, 1, 2, 1)), false);
                    }
                }
            }
        }
        store.begin(Optional.empty(), new Grid(Optional.empty(), Optional.empty(), planned));
        Shell.Outcome folded = Shell.run("sweep", "status", home);
        assertThat(folded.out().lines().toList())
                .hasSize(10)
                .allMatch(line -> line.length() <= 80)
                .satisfies(line -> assertThat(line).matches("task +rows +done +of +failed +best so far"), atIndex(0))
                .satisfies(line -> assertThat(line).matches("rte +100 +9 +9 +0\\.7500 adapter"), atIndex(1))
                .satisfies(line -> assertThat(line).matches(" +500 +0 +9"), atIndex(2));
        assertThat(Shell.run("sweep", "status", home, "--all").out().lines()).hasSize(1 + 27 + 3);
        assertThat(Shell.run("sweep", "status", home, "--json").json().get("conditions"))
                .hasSize(6);
    }
}

package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
            Cell cell = new Cell(
                    "made-up-model",
                    "rte",
                    Optional.of(100),
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
            planned.add(cell);
            if (!method.equals("bitfit")) {
                Result result = new Result(
                        cell,
                        "accuracy",
                        Map.of("dev", Map.of("accuracy", 0.5), "test", Map.of("accuracy", 0.5)),
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
                store.finish(new Outcome(result, new Timing(1, 1, 1, 1, 2, 1)), false);
            }
        }
        store.begin(Optional.empty(), new Grid(Optional.empty(), Optional.empty(), planned));
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
}

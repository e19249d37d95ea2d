package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** A sweep on a tiny model, from the dry run to its state. */
class SweepCommandTest {
    @TempDir
    static Path home;

    private static Path spec;

    @BeforeAll
    static void write() throws IOException {
        Path base = TinyBert.write(home.resolve("tiny-bert"));
        Path task = Files.createDirectories(home.resolve("glue").resolve("CoLA"));
        String rows = "x\t1\t\tgreat film\nx\t0\t\tso bad\nx\t1\t\ta joy\nx\t0\t\tawful film\n";
        Files.writeString(task.resolve("train.tsv"), rows.repeat(8));
        Files.writeString(task.resolve("dev.tsv"), rows);
        spec = Files.writeString(home.resolve("study.yaml"), """
                model: %s
                data: %s
                tasks: [cola]
                samples: [4, 8]
                methods: {lora: 'lora(rank={rank})', head: head}
                vary: {rank: [1, 2]}
                data-seeds: [1, 2]
                training: {epochs: 2, max-length: 16}
                dev-rows: 4
                scales: {tiny: {samples: 4}}
                """.formatted(base, home.resolve("glue")));
    }

    @Test
    void theDryRunShowsTheGridAndLeavesNothing() {
        Path out = home.resolve("dry");
        Shell.Outcome dry = Shell.run("sweep", spec, "--dry-run", "--out", out);
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(dry.out().lines().filter(line -> !line.startsWith("model"))).allMatch(line -> line.length() <= 80);
        assertThat(dry.out())
                .contains("samples    4 8\n", "data seeds 1 2\n", "rank       1 2\n", "12 runs\n", "about ")
                .containsPattern("lora +8 ")
                .containsPattern("head +4 ");
        assertThat(out).doesNotExist();
        JsonNode json = Shell.run("sweep", spec, "--dry-run", "--scale", "tiny", "--json", "--out", out)
                .json();
        assertThat(json.get("runs").asInt()).isEqualTo(6);
        assertThat(json.get("step_millis")).hasSize(2);
    }

    @Test
    void theBestRecipeIsTimedAndRunWithAMethodWithoutSteps() throws IOException {
        Path best = Files.writeString(
                home.resolve("best.yaml"),
                Files.readString(spec)
                                .replace("methods: {lora: 'lora(rank={rank})', head: head}", "methods: [probe, lora]")
                                .replace("vary: {rank: [1, 2]}\n", "")
                                .replace("{epochs: 2, max-length: 16}", "{max-length: 16}")
                        + "recipe: best\n");
        Path out = home.resolve("best");
        Shell.Outcome dry = Shell.run("sweep", best, "--dry-run", "--out", out);
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(dry.out()).containsPattern("probe +4\n").containsPattern("lora +4 +0.024 +\\d+\n");
        Shell.Outcome run = Shell.run("sweep", best, "--out", out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).containsPattern("probe data 1 seed 42: matthews [-\\d.]+, ");
        assertThat(run.out()).contains("8 of 8 runs done");
        assertThat(Shell.run("report", out, "--format", "markdown").out())
                .contains("Development scores", "| Linear probe |", "## Settings");
    }

    @Test
    void aSweepRunsTellsHowFarItIsAndGoesOn() {
        Path out = home.resolve("out");
        Shell.Outcome run = Shell.run("sweep", spec, "--out", out, "--workers", 2);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("12 runs into " + out, "12/12  cola ", "lora rank=1 data 1 seed 42: matthews ");
        assertThat(run.out()).containsPattern("cola  lora +8   8").contains("12 of 12 runs done, 0 running, 0 left\n");
        Shell.Outcome again = Shell.run("sweep", spec, "--out", out);
        assertThat(again.err()).contains("12 of them done before").doesNotContain("1/12");
        Shell.Outcome status = Shell.run("sweep", "status", out);
        assertThat(status.code()).isZero();
        assertThat(run.out()).isEqualTo(status.out() + "\nNext:\n  unipelt report " + out + "\n");
        JsonNode json = Shell.run("sweep", "status", out, "--json").json();
        assertThat(json.get("done").asInt()).isEqualTo(12);
        assertThat(json.get("table")).hasSize(2);
        Shell.Outcome other = Shell.run("sweep", spec, "--out", out, "--scale", "tiny");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("was begun without --scale; go on so, or choose another folder with --out");
    }

    @Test
    void mistakesAreToldBeforeAnythingRuns() throws IOException {
        Path out = home.resolve("wrong");
        told("there is nothing to run; give a spec", "sweep");
        told("none.yaml: there is no such file", "sweep", "none.yaml");
        told("unknown scale 'tin'; did you mean 'tiny'?", "sweep", spec, "--scale", "tin", "--out", out);
        told("--workers must be at least 1", "sweep", spec, "--workers", 0, "--out", out);
        told("no model 'nope'", "sweep", spec, "--model", "nope", "--out", out);
        told("study.yaml:2: data: ", "sweep", spec, "--data", home.resolve("no"), "--out", out);
        told("holds no sweep; give the folder", "sweep", "status", home.resolve("no"));
        Path zip = home.resolve("wrong.zip");
        told(zip + ": is a zip, which is only read; name a folder with --out", "sweep", spec, "--out", zip);
        assertThat(zip).doesNotExist();
        Path large = Files.writeString(
                home.resolve("large.yaml"), Files.readString(spec).replace("samples: [4, 8]", "samples: [4, 32]"));
        told("large.yaml:4: samples: ", "sweep", large, "--out", out);
        Path two = Files.writeString(
                home.resolve("two.yaml"), Files.readString(spec).replace("tasks: [cola]", "task: [cola]"));
        Shell.Outcome both =
                told("two.yaml:3: unknown field 'task'; did you mean 'tasks'?", "sweep", two, "--out", out);
        assertThat(both.err()).contains("two.yaml:1: there is no 'tasks'");
        assertThat(out).doesNotExist();
    }

    private static Shell.Outcome told(String message, Object... args) {
        Shell.Outcome outcome = Shell.run(args);
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("unipelt: ").contains(message).doesNotContain("Exception", "inside the");
        return outcome;
    }
}

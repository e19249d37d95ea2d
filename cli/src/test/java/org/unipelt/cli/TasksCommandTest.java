package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** Several tasks at once, from the command line. */
class TasksCommandTest {
    @TempDir
    static Path folder;

    private static Path base;
    private static Path topics;
    private static Path stars;

    @BeforeAll
    static void write() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        StringBuilder scores = new StringBuilder("text\tpair\tstars\n");
        for (int i = 0; i < 20; i++) {
            rows.append("w" + i + (i % 2 == 0 ? " good\tyes\n" : " bad\tno\n"));
            scores.append("w" + i + "\t" + (i % 2 == 0 ? "good" : "bad") + "\t" + (i % 4 + 0.5) + "\n");
        }
        topics = Files.writeString(folder.resolve("topics.tsv"), rows);
        stars = Files.writeString(folder.resolve("stars.tsv"), scores);
    }

    private static Path file(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private static Shell.Outcome train(Path tasks, Object... more) {
        List<Object> words = new ArrayList<>(List.of("train", "--tasks", tasks, "--model", base, "--max-length", 16));
        words.addAll(List.of("--epochs", 2, "--method", "unipelt(adapter(bottleneck=4),lora(rank=2))"));
        words.addAll(List.of(more));
        return Shell.run(words.toArray());
    }

    @Test
    void everyTaskGetsAnOrdinaryModel() throws IOException {
        Path tasks = file(
                "tasks.yaml",
                "topic: {train: " + topics + ", test: " + topics + "}",
                "stars:",
                "  train: " + stars,
                "  pair: pair",
                "  label: stars",
                "  labels: score",
                "  metric: pearson");
        Path out = folder.resolve("models");
        Shell.Outcome trained = train(tasks, "--out", out);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("tasks   stars  20 rows, scores")
                .contains("        topic  20 rows, 2 classes: ")
                .containsPattern(
                        "trains  \\d+ parameters that all tasks share, and each its own: stars \\d+, topic \\d+")
                .contains("trained 2 epochs");
        assertThat(trained.out().lines().toList())
                .startsWith("task   metric      test")
                .anyMatch(line -> line.matches("topic  accuracy  \\d\\.\\d{4}"))
                .contains("The models are in " + out + ", a folder for each task.")
                .contains("  unipelt predict " + out + "/stars 'a text' another");
        assertThat(Shell.run("predict", out.resolve("stars"), "w1", "good").code())
                .isZero();
        Shell.Outcome evaluated = Shell.run("evaluate", out.resolve("topic"), "--data", topics, "--json");
        assertThat(evaluated.code()).as(evaluated.err()).isZero();
        Path again = folder.resolve("again");
        JsonNode result = train(tasks, "--out", again, "--json", "--quiet").json();
        assertThat(result.at("/tasks/topic/metrics/test/accuracy"))
                .isEqualTo(evaluated.json().at("/metrics/accuracy"));
        assertThat(result.at("/tasks/stars/model_dir").asText()).isEqualTo(again + "/stars");
        assertThat(result.at("/finished").asBoolean()).isTrue();
        for (String task : List.of("stars", "topic")) {
            assertThat(again.resolve(task).resolve("adapter.safetensors"))
                    .hasSameBinaryContentAs(out.resolve(task).resolve("adapter.safetensors"));
            assertThat(result.at("/tasks/" + task + "/own_parameters").asInt()).isPositive();
        }
        assertThat(Shell.run("train", "--resume", out).err())
                .isEqualTo("unipelt: " + out + ": holds no unfinished run (no run.json)\n");
    }

    @Test
    void aWrongFileIsRefusedByItsLine() throws IOException {
        Map<String, List<String>> wrong = new LinkedHashMap<>();
        wrong.put("1: is not a list of fields; write lines such as 'topic: {train: messages.tsv}'", List.of("- topic"));
        wrong.put("2: task 'b' needs fields, as in 'b: {train: messages.tsv}'", List.of("a: {train: x}", "b: x.tsv"));
        wrong.put("3: unknown setting 'trian'; did you mean 'train'?", List.of("a:", "  label: x", "  trian: x.tsv"));
        wrong.put(
                "2: 'epochs' holds for all tasks; leave it out here, and give --epochs", List.of("a:", "  epochs: 3"));
        wrong.put(
                "1: task 'a': there is nothing to train on; give --train FILE, or --task NAME with --data FOLDER",
                List.of("a: {label: x}"));
        wrong.put("2: 'train' needs one value, as in 'train: value'", List.of("a:", "  train: [x, y]"));
        wrong.put("3: 'a' is given twice", List.of("a: {train: x}", "b: {train: x}", "a: {train: y}"));
        wrong.put("2: --samples: must be a whole number, got 'few'", List.of("a:", "  samples: few", "  train: x"));
        wrong.put(
                "3: --labels: unknown value 'stars'; known: auto, classes, score, multi, relevance, tokens, summary, translation",
                List.of("a:", "  train: x", "  labels: stars"));
        wrong.put("2: a task cannot hold tasks; leave 'tasks' out", List.of("a:", "  tasks: x", "  train: x"));
        wrong.put("2: --task needs --data FOLDER, the folder of GLUE's official files", List.of("a:", "  task: rte"));
        for (Map.Entry<String, List<String>> each : wrong.entrySet()) {
            Path tasks = Files.write(folder.resolve("wrong.yaml"), each.getValue());
            Shell.Outcome refused = train(tasks, "--out", folder.resolve("none"));
            assertThat(refused.err()).isEqualTo("unipelt: " + tasks + ":" + each.getKey() + "\n");
            assertThat(refused.code()).isEqualTo(2);
        }
        Map<String, List<Object>> options = new LinkedHashMap<>();
        options.put(
                "--label is a task's own; with --tasks write it into that file",
                List.of(
                        file("right.yaml", "a: {train: " + topics + "}", "b: {train: " + topics + "}"),
                        "--label",
                        "x"));
        options.put(
                "--metric is a task's own; with --tasks write it into that file",
                List.of(folder.resolve("right.yaml"), "--metric", "f1"));
        options.put(
                "options of text generation, such as --beams and --target-length, need --task summarization or --task"
                        + " translation",
                List.of(folder.resolve("right.yaml"), "--beams", 2));
        options.put(
                "task 'run.json': its model's folder has this name; use letters, digits, '-', '_' and '.', and none of the"
                        + " training's own files",
                List.of(file("name.yaml", "run.json: {train: " + topics + "}")));
        options.put(
                "metric pearson does not fit labels that are 2 classes; use one of: accuracy, f1, macro-f1, matthews",
                List.of(file("metric.yaml", "a: {train: " + topics + ", metric: pearson}")));
        options.forEach((message, words) -> {
            Shell.Outcome refused =
                    train((Path) words.get(0), words.subList(1, words.size()).toArray());
            assertThat(refused.err().lines().reduce((first, last) -> last).orElse(""))
                    .isEqualTo("unipelt: " + message);
        });
    }
}

package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A comparison of methods on a tiny model and a table of one's own. */
class CompareCommandTest {
    private static final String METHODS = "head,lora(rank=2,alpha=4),unipelt-apl";

    @TempDir
    static Path home;

    private static Path base;
    private static Path table;

    @BeforeAll
    static void write() throws IOException {
        base = TinyBert.write(home.resolve("tiny-bert"));
        StringBuilder rows = new StringBuilder("body,topic\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i % 3 == 0 ? "awful film w" : "great film w").append(i % 20);
            rows.append(i % 3 == 0 ? ",bad\n" : ",good\n");
        }
        table = Files.writeString(home.resolve("films.csv"), rows);
    }

    private static Shell.Outcome compare(Object... more) {
        List<Object> args = new ArrayList<>(List.of("compare", "--model", base, "--epochs", 2, "--max-length", 16));
        args.addAll(Arrays.asList(more));
        return Shell.run(args.toArray());
    }

    @Test
    void methodsAreRankedAndOneIsRecommended() {
        Path out = home.resolve("ranked");
        Object[] words = {"--data", table, "--text", "body", "--label", "topic", "--methods", METHODS, "--out", out};
        Shell.Outcome run = compare(words);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("9 runs into " + out);
        assertThat(run.out())
                .contains("accuracy", "behind", "95 % interval", "trains", "UniPELT (APL)", "lora(rank=2,alpha=4)")
                .contains("Always the most frequent label would be right in 66.7 %.")
                .contains("Take ")
                .contains("unipelt report " + out);
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80 || line.contains("unipelt report"));

        // Everything is there already: the same words give the same ranking and train nothing.
        Shell.Outcome again = compare(words);
        assertThat(again.err()).contains("9 of them done before");
        assertThat(again.out()).isEqualTo(run.out());

        List<Object> json = new ArrayList<>(Arrays.asList(words));
        json.add("--json");
        JsonNode told = compare(json.toArray()).json();
        assertThat(told.get("metric").asText()).isEqualTo("accuracy");
        assertThat(told.get("test_rows").asInt()).isEqualTo(12);
        assertThat(told.get("methods")).hasSize(3);
        assertThat(told.get("methods").get(0).has("behind_best")).isFalse();
        assertThat(told.get("methods").get(1).get("behind_best").get("mean").asDouble())
                .isNotNegative();
        assertThat(told.get("methods").get(0).get("runs").asInt()).isEqualTo(3);
        assertThat(told.get("recommendation").asText()).startsWith("Take ");
    }

    @Test
    void aGlueTaskIsComparedToo() throws IOException {
        Path task = Files.createDirectories(home.resolve("glue").resolve("CoLA"));
        String rows = "x\t1\t\tgreat film\nx\t0\t\tso bad\nx\t1\t\ta joy\nx\t0\t\tawful film\n";
        Files.writeString(task.resolve("train.tsv"), rows.repeat(8));
        Files.writeString(task.resolve("dev.tsv"), rows);
        Shell.Outcome run = compare(
                "--task",
                "cola",
                "--data",
                task.getParent(),
                "--samples",
                8,
                "--methods",
                "head",
                "--runs",
                2,
                "--out",
                home.resolve("cola"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().replaceAll("\\s+", " "))
                .contains("matthews", "but nothing else was tried.")
                .doesNotContain("most frequent");
    }

    @Test
    void withADevelopmentFileRunsDifferInTheirFirstValues() throws IOException {
        Path out = home.resolve("given");
        Shell.Outcome run = compare(
                "--data",
                table,
                "--dev",
                table,
                "--test",
                table,
                "--text",
                "body",
                "--label",
                "topic",
                "--methods",
                "lora",
                "--runs",
                2,
                "--out",
                out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(out.resolve("grid.json"))).contains("\"seed\" : 42", "\"seed\" : 43");
    }

    @Test
    void mistakesAreToldBeforeAnythingRuns() throws IOException {
        Path out = home.resolve("wrong");
        Path folder = Files.createDirectories(home.resolve("folder"));
        told("there is nothing to compare on; give --data FILE", "--out", out);
        told("none.csv", "--data", home.resolve("none.csv"), "--out", out);
        told("is a folder; give a file in it, or say which GLUE task", "--data", folder, "--out", out);
        told("there is no column 'topics'", "--data", table, "--text", "body", "--label", "topics", "--out", out);
        Object[] right = {"--data", table, "--text", "body", "--label", "topic", "--out", out};
        told(right, "unknown method 'lorra'; did you mean 'lora'?", "--methods", "head,lorra");
        told(right, "method 'head' is given twice", "--methods", "head,head");
        told(right, "--runs must be at least 1, got 0", "--runs", 0);
        told(right, "--workers must be at least 1, got 0", "--workers", 0);
        told(right, "--samples must be at least 1, got 0", "--samples", 0);
        told(right, "films.csv: has 48 rows, which is too few for 48 samples", "--samples", 48);
        told(right, "with --samples the development rows are drawn", "--samples", 8, "--dev", table);
        told(right, "a GLUE task has its own files and columns", "--task", "cola");
        told(right, "--patience: patience must be at least 1, got 0", "--patience", 0);
        told(right, "did you mean 'classes'?", "--labels", "classe");
        assertThat(out).doesNotExist();
    }

    private static void told(Object[] right, String message, Object... more) {
        List<Object> args = new ArrayList<>(Arrays.asList(right));
        args.addAll(Arrays.asList(more));
        told(message, args.toArray());
    }

    private static void told(String message, Object... args) {
        Shell.Outcome outcome = compare(args);
        assertThat(outcome.code()).as(outcome.err()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("unipelt: ").contains(message).doesNotContain("Exception", "inside the");
    }
}

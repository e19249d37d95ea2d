package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** A comparison of methods on a tiny model and a table of one's own. */
class CompareCommandTest {
    private static final String METHODS = "probe,head,lora(rank=2,alpha=4),unipelt-apl";

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
    void methodsAreRankedAndOneIsRecommended() throws IOException {
        Path out = home.resolve("ranked");
        Object[] words = {"--train", table, "--text", "body", "--label", "topic", "--methods", METHODS, "--out", out};
        Shell.Outcome run = compare(words);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("12 runs into " + out);
        assertThat(run.out())
                .contains("accuracy", "behind", "95 % interval", "trains", "UniPELT (APL)", "lora(rank=2,alpha=4)")
                .contains("\nRates: by the rule for a model 16 wide.\n")
                .containsPattern("Linear probe.* 0 +0:0")
                .containsPattern("lora\\(rank=2,alpha=4\\).* 0.024 ")
                .doesNotContain("Not ranked")
                .contains("Always the most frequent label would be right in 66.7 %.")
                .contains("Take ")
                .contains("unipelt predict " + out.resolve("best") + " 'a text'\n")
                .contains("This trains the final one, on all rows of " + table)
                .contains("unipelt report " + out);
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80 || line.contains(home.toString()));
        assertThat(models(out)).containsExactly(out.resolve("best"));
        // The same rows train in every run; what differs is drawn from the seed.
        assertThat(Files.readString(out.resolve("grid.json")))
                .contains("\"dataSeed\" : 111", "\"seed\" : 42", "\"seed\" : 43", "\"seed\" : 44")
                .doesNotContain("\"dataSeed\" : 222");
        assertThat(Shell.run("predict", out.resolve("best"), "great film").out())
                .containsPattern("^(good|bad)\t");
        byte[] best = Files.readAllBytes(out.resolve("best").resolve("adapter.safetensors"));

        // Everything is there already: the same words give the same ranking and train nothing.
        Shell.Outcome again = compare(words);
        assertThat(again.err()).contains("12 of them done before");
        assertThat(again.out()).isEqualTo(run.out());
        assertThat(models(out)).containsExactly(out.resolve("best"));

        // All rows but the test rows trained, so nothing is told of development rows.
        Shell.Outcome report = Shell.run("report", out, "--format", "markdown");
        assertThat(report.out())
                .contains("## Test scores", "## Settings", "| Linear probe |", "0.024")
                .doesNotContain("Development scores");
        assertThat(Shell.run("report", out).code()).isZero();
        assertThat(Files.readString(out.resolve("report.html"))).doesNotContain("Learning curves");
        assertThat(Shell.run("sweep", "status", out).out()).contains("12 of 12 runs done");

        // Whoever removes the best model gets it again, of one run that is trained anew.
        Files.delete(out.resolve("best").resolve("result.json"));
        Files.move(out.resolve("best"), out.resolve("elsewhere"));
        Shell.Outcome trained = compare(words);
        assertThat(trained.err())
                .contains("was not kept; it is trained again", "12/12  ")
                .doesNotContain("11/12");
        assertThat(trained.out().replaceAll("\\d+:\\d\\d", ""))
                .isEqualTo(run.out().replaceAll("\\d+:\\d\\d", ""));
        assertThat(out.resolve("best").resolve("adapter.safetensors")).hasBinaryContent(best);

        List<Object> json = new ArrayList<>(Arrays.asList(words));
        json.add("--json");
        JsonNode told = compare(json.toArray()).json();
        assertThat(told.get("metric").asText()).isEqualTo("accuracy");
        assertThat(told.get("test_rows").asInt()).isEqualTo(12);
        assertThat(told.get("methods")).hasSize(4);
        for (JsonNode method : told.get("methods")) {
            boolean probe = method.get("method").asText().equals("probe");
            assertThat(method.has("learning_rate")).isNotEqualTo(probe);
            assertThat(method.path("rate_origin").asText()).isEqualTo(probe ? "" : "by the rule for a model 16 wide");
        }
        assertThat(told.has("not_ranked")).isFalse();
        assertThat(told.get("best_model_dir").asText())
                .isEqualTo(out.resolve("best").toString());
        assertThat(told.get("train_command").asText())
                .startsWith("unipelt train --train " + table + " --method ")
                .contains(" --model " + base + " --epochs 2 --max-length 16 --text body --label topic")
                .doesNotContain("--json", "--out", "--methods");
        assertThat(told.get("methods").get(0).has("behind_best")).isFalse();
        assertThat(told.get("methods").get(1).get("behind_best").get("mean").asDouble())
                .isNotNegative();
        assertThat(told.get("methods").get(0).get("runs").asInt()).isEqualTo(3);
        assertThat(told.get("recommendation").asText()).startsWith("Take ");
    }

    /** The folders that hold a whole model. */
    private static List<Path> models(Path out) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(file -> file.endsWith("adapter.json"))
                    .map(Path::getParent)
                    .toList();
        }
    }

    /** With a test file the runs train on all rows of the other, and so does the command that is told. */
    @Test
    void theCommandThatIsToldTrainsTheBestModelAgain() throws IOException {
        Path out = home.resolve("same");
        Object[] words = {
            "--train",
            table,
            "--test",
            table,
            "--text",
            "body",
            "--label",
            "topic",
            "--methods",
            "head,lora",
            "--runs",
            2
        };
        List<Object> args = new ArrayList<>(Arrays.asList(words));
        args.addAll(List.of("--out", out));
        Shell.Outcome run = compare(args.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("This trains the same model again:");
        String told = run.out()
                .lines()
                .filter(line -> line.startsWith("  unipelt train "))
                .findFirst()
                .orElseThrow();
        List<Object> train = new ArrayList<>(Arrays.asList(told.strip().split(" ")));
        train.remove(0);
        Path again = home.resolve("again");
        train.addAll(List.of("--out", again));
        assertThat(Shell.run(train.toArray()).code()).isZero();
        assertThat(out.resolve("best").resolve("adapter.safetensors"))
                .hasSameBinaryContentAs(again.resolve("adapter.safetensors"));

        // A comparison in the same folder that another method wins has that one's model.
        args.set(args.indexOf("head,lora"), "probe");
        assertThat(compare(args.toArray()).out()).contains("--method probe");
        assertThat(Files.readString(out.resolve("best").resolve("adapter.json")))
                .contains("\"method\" : \"probe\"");
        args.set(args.indexOf("probe"), "head,lora");
        assertThat(compare(args.toArray()).err()).contains("it is trained again");
        assertThat(out.resolve("best").resolve("adapter.safetensors"))
                .hasSameBinaryContentAs(again.resolve("adapter.safetensors"));
    }

    @Test
    void aMethodAtARateThatNobodyFoundIsNotRanked() {
        Path out = home.resolve("apart");
        Object[] words = {
            "--train",
            table,
            "--text",
            "body",
            "--label",
            "topic",
            "--methods",
            "prompt,head",
            "--runs",
            1,
            "--out",
            out
        };
        Shell.Outcome run = compare(words);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("\nNot ranked: trained at a rate that was not found for this model\n")
                .contains("\nRates: the method's own, as none was found for prompt.\n")
                .contains("Take Head only: ", "but nothing else was", "--method head ");
        List<Object> json = new ArrayList<>(Arrays.asList(words));
        json.add("--json");
        JsonNode told = compare(json.toArray()).json();
        assertThat(told.get("methods")).hasSize(1);
        assertThat(told.get("not_ranked").get(0).get("method").asText()).isEqualTo("prompt");
        assertThat(told.get("not_ranked").get(0).get("rate_origin").asText()).contains("the method's own");
    }

    @Test
    void theUsualMethodsAreThePapersWithAProbeAndTheSmallestCombination() {
        Shell.Outcome run = compare(
                "--train",
                table,
                "--text",
                "body",
                "--label",
                "topic",
                "--runs",
                1,
                "--json",
                "--workers",
                2,
                "--out",
                home.resolve("usual"));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().findValuesAsText("method"))
                .containsExactlyInAnyOrder(
                        "probe",
                        "head",
                        "full",
                        "bitfit",
                        "adapter",
                        "prefix",
                        "lora",
                        "unipelt-ap",
                        "unipelt-al",
                        "unipelt-apl");
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
                .contains(
                        "This trains the final one",
                        "unipelt train --data " + task.getParent() + " --method head ",
                        " --task cola")
                .doesNotContain("most frequent");
    }

    @Test
    void withADevelopmentFileRunsDifferInTheirFirstValues() throws IOException {
        Path out = home.resolve("given");
        Shell.Outcome run = compare(
                "--train",
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
                "probe,lora",
                "--runs",
                2,
                "--out",
                out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(out.resolve("grid.json"))).contains("\"seed\" : 42", "\"seed\" : 43");
        assertThat(run.out()).contains(" --dev " + table + " --test " + table);
        assertThat(Shell.run("report", out, "--format", "markdown").out())
                .contains("## Development scores", "## Settings");
        assertThat(Shell.run("report", out).code()).isZero();
        assertThat(Files.readString(out.resolve("report.html"))).contains("Learning curves");
    }

    @Test
    void mistakesAreToldBeforeAnythingRuns() throws IOException {
        Path out = home.resolve("wrong");
        Path folder = Files.createDirectories(home.resolve("folder"));
        told("there is nothing to compare on; give --train FILE, or --task", "--out", out);
        told("none.csv", "--train", home.resolve("none.csv"), "--out", out);
        told(
                "is a folder; give a file in it, or a GLUE task with --task NAME and --data FOLDER",
                "--train",
                folder,
                "--out",
                out);
        told("there is no column 'topics'", "--train", table, "--text", "body", "--label", "topics", "--out", out);
        Object[] right = {"--train", table, "--text", "body", "--label", "topic", "--out", out};
        told(right, "unknown method 'lorra'; did you mean 'lora'?", "--methods", "head,lorra");
        told(right, "method 'head' is given twice", "--methods", "head,head");
        told(right, "--runs must be at least 1, got 0", "--runs", 0);
        told(right, "--workers must be at least 1, got 0", "--workers", 0);
        told(right, "--samples must be at least 1, got 0", "--samples", 0);
        told(right, "films.csv: has 48 rows, which is too few for 48 samples", "--samples", 48);
        told(right, "with --samples the development rows are drawn", "--samples", 8, "--dev", table);
        told(right, "--task and --train are two different sources; leave one out", "--task", "cola");
        told("--task needs --data FOLDER", "--task", "cola");
        told("unknown task 'cloa'; did you mean 'cola'?", "--task", "cloa", "--train", table);
        told("a GLUE task has its own files and columns", "--task", "cola", "--data", folder, "--text", "body");
        assertThat(Shell.run("compare", "--train", table, "--epochs", 0).err())
                .contains("--epochs: must be at least 1, got 0");
        told(right, "did you mean 'classes'?", "--labels", "classe");
        Path zip = home.resolve("wrong.zip");
        told(
                zip + ": is a zip, which is only read; name a folder with --out",
                "--train",
                table,
                "--text",
                "body",
                "--label",
                "topic",
                "--out",
                zip);
        assertThat(out).doesNotExist();
        Path notes = Files.createDirectories(out.resolve("best")).resolve("notes.txt");
        Files.writeString(notes, "years of work");
        told(right, "is not a model of a comparison, but the best model goes there", "--methods", "head");
        assertThat(notes).hasContent("years of work");
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

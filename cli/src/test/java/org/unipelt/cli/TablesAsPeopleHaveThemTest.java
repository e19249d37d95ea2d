package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TensorFile;
import org.unipelt.testkit.TinyBert;

/** What the command makes of tables that are not as they should be, and what it shows of what it understood. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TablesAsPeopleHaveThemTest {
    private static final String ROWS = "text\tlabel\ngreat film\tgood\nso good\tgood\nawful film\tbad\nso bad\tbad\n";

    @TempDir
    static Path folder;

    private static Path base;
    private static Path model;

    @BeforeAll
    static void train() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        model = folder.resolve("model");
        Shell.Outcome trained = train(write("rows.tsv", ROWS), "model");
        assertThat(trained.code()).as(trained.err()).isZero();
    }

    private static Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static Shell.Outcome train(Path table, String out, Object... more) {
        return train(base, table, out, more);
    }

    private static Shell.Outcome train(Path on, Path table, String out, Object... more) {
        List<Object> words = new ArrayList<>(List.of("train", "--train", table, "--out", folder.resolve(out)));
        words.addAll(List.of("--model", on, "--method", "head", "--max-length", 16));
        words.addAll(List.of(more));
        if (!words.contains("--epochs")) {
            words.addAll(List.of("--epochs", 1));
        }
        return Shell.run(words.toArray());
    }

    @Test
    void aPipeIsNoTable() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe.tsv");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        Shell.Outcome trained = train(pipe, "of-a-pipe");
        assertThat(trained.code()).isEqualTo(2);
        assertThat(trained.err()).contains("pipe.tsv: is a pipe or a device; write the table to a file first");
        Shell.Outcome predicted = Shell.run("predict", model, "--data", pipe);
        assertThat(predicted.err()).contains("pipe.tsv: is a pipe or a device");
    }

    @Test
    void predictAndEvaluateAgreeOnWhatATextFileIs() throws IOException {
        Path table = write("table.txt", ROWS);
        Shell.Outcome predicted = Shell.run("predict", model, "--data", table);
        assertThat(predicted.out().lines().map(line -> line.split("\t")[2]))
                .containsExactly("great film", "so good", "awful film", "so bad");
        assertThat(predicted.err()).contains("table.txt: its first line names columns, so it is read as a table");
        assertThat(Shell.run("evaluate", model, "--data", table, "--json")
                        .json()
                        .get("examples")
                        .asInt())
                .isEqualTo(4);
        Path lines = write("lines.txt", "great film\nthe label on it\n");
        assertThat(Shell.run("predict", model, "--data", lines).out().lines()).hasSize(2);
    }

    /** Of input without end it reads what it needs, and stops with the reader of its output. */
    @Test
    @SuppressWarnings("InputStreamSlowMultibyteRead") // A test's.
    void predictionsComeWhileInputGoesOn() {
        InputStream endless = new InputStream() {
            private int place;

            @Override
            public int read() {
                return "so good\n".charAt(place++ & 7);
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream head = new OutputStream() {
            private int written;

            @Override
            public void write(int one) throws IOException {
                if (++written > 100_000) {
                    throw new IOException("Broken pipe");
                }
            }
        };
        Console console = new Console(
                endless,
                new PrintStream(head, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                80,
                false,
                "unipelt");
        assertThat(Main.run(new String[] {"predict", model.toString()}, console))
                .as(err.toString(StandardCharsets.UTF_8))
                .isZero();
    }

    @Test
    void aBadRowIsAnsweredInItsPlace() throws IOException {
        Path table = write("bad.tsv", "text\tlabel\nso good\tgood\nalone\n\n\tgood\nso bad\tbad\n");
        Shell.Outcome predicted = Shell.run("predict", model, "--data", table);
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.out().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).endsWith("\tso good"),
                        line -> assertThat(line).isEqualTo("\t\terror: has 1 column where the header has 2"),
                        line -> assertThat(line).isEqualTo("\t\terror: the text in column 'text' is empty"),
                        line -> assertThat(line).endsWith("\tso bad"));
        assertThat(predicted.err())
                .contains(
                        "warning: " + table + ":3: has 1 column where the header has 2\n",
                        "warning: " + table + ": 2 rows have no prediction; the output has the reason instead\n");
        List<JsonNode> lines = jsonLines(Shell.run("predict", model, "--data", table, "--json"));
        assertThat(lines.get(1).get("line").asInt()).isEqualTo(3);
        assertThat(lines.get(1).get("error").asText()).isEqualTo("has 1 column where the header has 2");
        assertThat(lines.get(3).get("line").asInt()).isEqualTo(6);
        assertThat(Shell.run("predict", model, "--data", table, "--all").out().lines())
                .as("as many cells in every row")
                .allMatch(line -> line.split("\t", -1).length == 5);
        Shell.Outcome none = Shell.run("predict", model, "--data", write("none.tsv", "text\tlabel\nalone\n"));
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("none.tsv: no row holds a text that can be used");
        assertThat(Shell.run("predict", model, "--data", table, "--top", 2)
                        .out()
                        .lines())
                .allMatch(line -> line.split("\t", -1).length == 5);
    }

    @Test
    void aBlankLineGivesAnEmptyLine() {
        Shell.Outcome predicted = Shell.runWith("so good\n\n \nso bad\n", "predict", model);
        assertThat(predicted.code()).isZero();
        assertThat(predicted.err()).isEmpty();
        assertThat(predicted.out().split("\n"))
                .hasSize(4)
                .contains("", Index.atIndex(1))
                .contains("", Index.atIndex(2));
        List<JsonNode> lines = jsonLines(Shell.runWith("so good\n\nso bad\n", "predict", model, "--json"));
        assertThat(lines.get(1).get("error").asText()).isEqualTo("is blank");
        assertThat(lines.get(2).get("line").asInt()).isEqualTo(3);
    }

    /** The other side gets the answer to a line before it writes the next. */
    @Test
    void everyLineIsAnsweredBeforeTheNextComes() throws IOException {
        try (PipedOutputStream question = new PipedOutputStream();
                PipedInputStream in = new PipedInputStream(question);
                PipedOutputStream out = new PipedOutputStream();
                PipedInputStream answer = new PipedInputStream(out)) {
            Console console = new Console(
                    in,
                    new PrintStream(out, false, StandardCharsets.UTF_8),
                    new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                    false,
                    80,
                    false,
                    "unipelt");
            CompletableFuture<Integer> code =
                    CompletableFuture.supplyAsync(() -> Main.run(new String[] {"predict", model.toString()}, console));
            BufferedReader answers = new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
            for (int i = 0; i < 3; i++) {
                question.write(("so good " + i + "\n").getBytes(StandardCharsets.UTF_8));
                question.flush();
                assertThat(answers.readLine()).endsWith("\tso good " + i);
            }
            question.close();
            assertThat(code.join()).isZero();
        }
    }

    @Test
    void predictionsGoToAFileThatIsThereWhenAllAre() throws IOException {
        Path out = folder.resolve("answers.tsv");
        Shell.Outcome predicted = Shell.run("predict", model, "so good", "so bad", "--out", out);
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.out()).isEmpty();
        assertThat(Files.readString(out))
                .isEqualTo(Shell.run("predict", model, "so good", "so bad").out());
        Shell.Outcome nothing = Shell.runWith("", "predict", model, "--out", folder.resolve("none.tsv"));
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(folder.resolve("none.tsv")).doesNotExist();
    }

    @Test
    void onlyTheMostProbableClassesAndOnlyWhatIsSure() {
        String[] cells =
                Shell.run("predict", model, "so good", "--top", 5).out().strip().split("\t");
        assertThat(cells).hasSize(5).endsWith("so good");
        assertThat(Double.parseDouble(cells[1])).isGreaterThanOrEqualTo(Double.parseDouble(cells[3]));
        assertThat(Shell.run("predict", model, "so good", "--abstain-below", 1).out())
                .startsWith("?\t0.");
        assertThat(Shell.run("predict", model, "so good", "--abstain-below", 0).out())
                .startsWith(cells[0] + "\t");
        JsonNode json = Shell.run("predict", model, "so good", "--abstain-below", 1, "--top", 1, "--json")
                .json();
        assertThat(json.get("unsure").asBoolean()).isTrue();
        assertThat(json.get("top").get(0).get("label").asText()).isEqualTo(cells[0]);
    }

    @Test
    void onATerminalPredictionsStandInColumns() {
        for (int columns : new int[] {40, 80, 120}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Console console = new Console(
                    InputStream.nullInputStream(),
                    new PrintStream(out, false, StandardCharsets.UTF_8),
                    new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                    true,
                    columns,
                    true,
                    "unipelt");
            Main.run(new String[] {"predict", model.toString(), "so good", "bad ".repeat(50)}, console);
            assertThat(out.toString(StandardCharsets.UTF_8).lines().toList())
                    .allMatch(line -> line.matches("(good |bad  )  0\\.\\d{4}  .*") && line.length() <= columns)
                    .last()
                    .matches(line -> line.endsWith("…"));
        }
    }

    @Test
    void whatPeopleCallACsvIsRead() throws IOException {
        for (String divider : List.of(";", "\t")) {
            Path table = write(
                    "semicolons.csv", ROWS.replace("\t", divider).replace("so good", "\"so" + divider + "good\""));
            Shell.Outcome trained = train(table, "of-csv-" + (int) divider.charAt(0));
            assertThat(trained.code()).as(trained.err()).isZero();
            assertThat(Shell.run("predict", model, "--data", table).out())
                    .contains("\tso" + (divider.equals("\t") ? " " : divider) + "good\n");
        }
        Path bars = write("bars.tsv", ROWS.replace("\t", "|").replace("film", "\u201efilm\u201c"));
        Files.write(bars, Files.readString(bars).getBytes("windows-1252"));
        Object[] how = {"--delimiter", "|", "--encoding", "windows-1252"};
        Shell.Outcome trained = train(bars, "of-bars", how);
        assertThat(trained.code()).as(trained.err()).isZero();
        Path tuned = folder.resolve("of-bars");
        assertThat(Shell.run("evaluate", tuned, "--data", bars, how[0], how[1], how[2], how[3])
                        .code())
                .isZero();
        assertThat(Shell.run("predict", tuned, "--data", bars, how[0], how[1], how[2], how[3])
                        .out())
                .contains("great \u201efilm\u201c");
    }

    @Test
    void badRowsAreSkippedAndToldWhereThatIsAskedFor() throws IOException {
        Path table = write("some.tsv", ROWS + "alone\n\n\tbad\n");
        Shell.Outcome refused = train(table, "refused");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("2 bad rows; correct or remove them, or skip them with --skip-bad-rows:");
        Shell.Outcome trained = train(table, "skipped", "--skip-bad-rows");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains(
                        "warning: skipped: " + table + ": 2 bad rows:\n  " + table
                                + ":6: has 1 column where the header has 2\n  ",
                        "labels  4 rows");
        assertThat(Files.readString(folder.resolve("skipped/adapter.json"))).contains("\"skipBadRows\" : true");
        assertThat(Files.readString(model.resolve("adapter.json"))).doesNotContain("preparation");
        assertThat(Shell.run("evaluate", model, "--data", table, "--skip-bad-rows", "--json")
                        .json()
                        .get("examples")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void labelsAreMergedAndSmallClassesLeftOut() throws IOException {
        Path table = write("case.tsv", ROWS + "fine\tGood\nboring\tbad\u00a0\nodd\trare\n");
        Shell.Outcome trained = train(table, "merged", "--merge-case", "--min-rows-per-class", 2);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains(
                        "labels  6 rows, 2 classes: bad 3, good 3\n",
                        "warning: " + table + ": 2 rows got the usual spelling of their labels (--merge-case)\n",
                        "warning: " + table + ": left out 1 row of a class with fewer than 2 rows: rare\n");
        Shell.Outcome judged = Shell.run("evaluate", folder.resolve("merged"), "--data", table, "--json");
        assertThat(judged.json().get("examples").asInt()).isEqualTo(6);
        assertThat(judged.err()).contains("left out 1 row of a class that the model does not know: rare");
        assertThat(train(write("s.tsv", "text\tlabel\na\t4.5\ni\t0.5\n"), "scored", "--merge-case")
                        .err())
                .contains("s.tsv: its labels are scores; leave out --merge-case and --min-rows-per-class");
    }

    private static final String TICKETS =
            "id,created,body,queue,language\n" + "1,10:01,where is my parcel it should be here,parcel,en\n".repeat(5)
                    + "2,10:02,i was charged twice for one order,billing,en\n".repeat(2)
                    + "3,10:03,wo ist mein paket geblieben,Parcel,de\n";

    @Test
    void checkShowsATableAndTheCommandThatTrains() throws IOException {
        Path table = write("tickets.csv", TICKETS + "4,10:05,i was charged twice for one order,parcel,en\n");
        Path other = write("more.csv", "body,queue\nwo ist mein paket geblieben,Parcel\n");
        Shell.Outcome checked = Shell.run("check", table, "--model", base, "--test", other);
        assertThat(checked.code()).as(checked.err()).isZero();
        assertThat(checked.err()).isEmpty();
        assertThat(checked.out())
                .contains(
                        "columns id, created, body, queue, language\n",
                        "text    in 'body'\n",
                        "label   in 'queue'; it could also be created or language\n",
                        "labels  9 rows, 3 classes: parcel 6, billing 2, Parcel 1\n",
                        "texts   none longer than 128 tokens\n",
                        "\nparcel   6  " + "\u2588".repeat(40) + "\nbilling  2  " + "\u2588".repeat(13) + "\n",
                        "warning: 2 of 3 classes have fewer than 5 rows: Parcel 1, billing 2; add rows",
                        "warning: labels that look alike are different classes: 'Parcel' 1, 'parcel' 6",
                        "warning: 1 text has different labels in different rows, as 'i was charged twice for one order' is"
                                + " billing in line 7 and parcel in line 10; choose one of them\n",
                        "warning: 1 of 1 test rows are training rows as well",
                        "Next:\n  unipelt train --train " + table + " --text body --label queue --model " + base
                                + " --test " + other + " --metric macro-f1\n");
        JsonNode json = Shell.run("check", table, "--model", base, "--max-length", 5, "--json")
                .json();
        assertThat(json.get("data").get("classes").get("billing").asInt()).isEqualTo(2);
        assertThat(json.get("texts").get("cut").asInt()).isEqualTo(9);
        assertThat(json.get("label").asText()).isEqualTo("queue");
    }

    @Test
    void checkFitsTheTerminal() throws IOException {
        Path table = write("wide.csv", TICKETS.replace("parcel,", "a-rather-long-name-of-a-queue,"));
        for (int columns : new int[] {40, 80, 120}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Console console = new Console(
                    InputStream.nullInputStream(),
                    new PrintStream(out, false, StandardCharsets.UTF_8),
                    new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                    true,
                    columns,
                    true,
                    "unipelt");
            Main.run(new String[] {"check", table.toString(), "--model", base.toString()}, console);
            assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("\u2588")))
                    .hasSize(3)
                    .allMatch(line -> line.length() <= columns);
        }
    }

    @Test
    void everyClassIsJudgedTheWeakestFirst() throws IOException {
        Path rows = write("uneven.tsv", "text\tlabel\n" + "great film\tgood\n".repeat(6) + "awful film\tbad\n");
        Shell.Outcome trained = train(rows, "uneven", "--test", rows, "--class-weights", "balanced", "--epochs", 2);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err()).contains("--metric macro-f1", "7 of 7 test rows are training rows as well");
        assertThat(trained.out())
                .contains("precision  recall  f1    rows  class, the weakest first\n".replace("  f1  ", "    f1"));
        assertThat(Files.readString(folder.resolve("uneven/adapter.json"))).contains("\"balanced\" : true");
        assertThat(Files.readString(model.resolve("adapter.json"))).doesNotContain("classWeights");
        Shell.Outcome judged = Shell.run("evaluate", model, "--data", rows);
        String wrong = judged.out().contains("good for bad") ? "good for bad" : "bad for good";
        assertThat(judged.out())
                .contains("Taken for another class, the most frequent first:\n  ", "  " + wrong + "\n     \"");
        JsonNode json = Shell.run("evaluate", model, "--data", rows, "--json").json();
        assertThat(json.get("classes")).hasSize(2);
        assertThat(json.get("classes").get(0).get("f1").asDouble())
                .isLessThanOrEqualTo(json.get("classes").get(1).get("f1").asDouble());
        assertThat(json.get("confusions").get(0).get("text").asText()).contains("film");
    }

    @Test
    void classWeightsMayStandInATable() throws IOException {
        Path weights = write("weights.tsv", "label\tweight\ngood\t1\nbad\t2.5\n");
        Path rows = folder.resolve("rows.tsv");
        Shell.Outcome trained = train(rows, "weighted", "--class-weights", weights);
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(Files.readString(folder.resolve("weighted/adapter.json"))).contains("\"bad\" : 2.5");
        assertThat(train(rows, "w1", "--class-weights", write("w1.tsv", "label\tweight\ngood\t1\n"))
                        .err())
                .contains("class 'bad' has no weight; give one for every class");
        assertThat(train(rows, "w2", "--class-weights", write("w2.tsv", "label\tweight\ngood\t1\nbaad\t1\n"))
                        .err())
                .contains("unknown class 'baad'; did you mean 'bad'?");
        assertThat(train(rows, "w3", "--class-weights", write("w3.tsv", "label\tweight\ngood\t1\nbad\t0\n"))
                        .err())
                .contains("the weight of class 'bad' is 0.0; give a number above 0");
        assertThat(train(rows, "w4", "--class-weights", "ballanced").err())
                .contains("must be none, balanced, or a table with the columns label and weight, got 'ballanced'");
        assertThat(train(
                                write("s2.tsv", "text\tlabel\na\t4.5\ni\t0.5\nso\t2\nit\t3\n"),
                                "w5",
                                "--class-weights",
                                "balanced")
                        .err())
                .contains("class weights are for classes, but the labels are scores; leave them out");
    }

    private static List<JsonNode> jsonLines(Shell.Outcome outcome) {
        return outcome.out()
                .lines()
                .map(line -> new Shell.Outcome(outcome.code(), line, outcome.err()).json())
                .toList();
    }

    @Test
    void trainingShowsWhatItUnderstood() throws IOException {
        Path rows = write("alike.tsv", ROWS + "so so\tgood\u00a0\nboring\tgood\u00a0\n");
        Shell.Outcome trained = train(rows, "alike");
        assertThat(trained.err())
                .contains(
                        "labels  6 rows, 3 classes: bad 2, good 2, good\\u00a0 2\n",
                        "warning: labels that look alike are different classes: 'good' 2, 'good\\u00a0' 2"
                                + " (--merge-case makes them one)\n",
                        "texts   none longer than 16 tokens\n",
                        "warning: 3 of 3 classes have fewer than 5 rows: bad 2, good 2, good\\u00a0 2; add rows\n");
        Shell.Outcome commas =
                train(write("commas.tsv", "text\tlabel\na\t4,5\ni\t3,75\nso\t4,5\nit\t4\n"), "commas", "--json");
        assertThat(commas.err()).contains("warning: labels such as 3,75 look like numbers with decimal commas");
        assertThat(commas.json().get("data").get("classes").get("4,5").asInt()).isEqualTo(2);
        Shell.Outcome scores = train(write("scores.tsv", "text\tlabel\na\t4.5\ni\t0.5\nso\t2\nit\t3\n"), "scores");
        assertThat(scores.err()).contains("labels  4 rows, scores from 0.5 to 4.5\n");
        assertThat(train(write("comma.tsv", "text\tlabel\na\t4,5\ni\t3.5\n"), "comma", "--labels", "score")
                        .err())
                .contains("comma.tsv:2: the score '4,5' is not a finite number (write 4.5)");
    }

    @Test
    void aNumberThatIsUndefinedIsNoneOfTheBest() throws IOException {
        Path rows = write("varied.tsv", "text\tlabel\na\t4.5\ni\t0.5\nso\t2.5\nit\t3\n");
        Path same = write("same.tsv", "text\tlabel\na\t2.5\ni\t2.5\n");
        Shell.Outcome trained = train(rows, "undefined", "--dev", same, "--epochs", 2, "--json");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err()).contains("spearman undefined").doesNotContain("(best)", "NaN");
        assertThat(trained.json().get("best_epoch").asInt())
                .as("nothing chose, so the last")
                .isEqualTo(2);
        assertThat(trained.json().get("metrics").get("dev").get("pearson").isNull())
                .isTrue();
        Shell.Outcome judged = Shell.run("evaluate", folder.resolve("undefined"), "--data", same, "--json");
        assertThat(judged.json().get("metrics").get("spearman").isNull()).isTrue();
        assertThat(Shell.run("evaluate", folder.resolve("undefined"), "--data", same)
                        .out())
                .doesNotContain("NaN");
    }

    @Test
    void aBaseWithNaNIsNotBlamedOnTheLearningRate() throws IOException {
        Path damaged = TinyBert.write(folder.resolve("damaged"));
        TensorFile.change(
                damaged.resolve(TinyBert.WEIGHTS),
                tensors -> Arrays.fill(tensors.values().iterator().next().values(), Float.NaN));
        Shell.Outcome trained = train(damaged, folder.resolve("rows.tsv"), "of-nan");
        assertThat(trained.code()).isEqualTo(2);
        assertThat(trained.err()).contains("NaN or infinite").doesNotContain("learning rate");
    }
}

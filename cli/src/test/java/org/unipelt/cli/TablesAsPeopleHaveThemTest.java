package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
        Shell.Outcome predicted = Shell.run("predict", model, "--file", pipe);
        assertThat(predicted.err()).contains("pipe.tsv: is a pipe or a device");
    }

    @Test
    void predictAndEvaluateAgreeOnWhatATextFileIs() throws IOException {
        Path table = write("table.txt", ROWS);
        Shell.Outcome predicted = Shell.run("predict", model, "--file", table);
        assertThat(predicted.out().lines().map(line -> line.split("\t")[2]))
                .containsExactly("great film", "so good", "awful film", "so bad");
        assertThat(predicted.err()).contains("table.txt: its first line names columns, so it is read as a table");
        assertThat(Shell.run("evaluate", model, "--data", table, "--json")
                        .json()
                        .get("examples")
                        .asInt())
                .isEqualTo(4);
        Path lines = write("lines.txt", "great film\nthe label on it\n");
        assertThat(Shell.run("predict", model, "--file", lines).out().lines()).hasSize(2);
    }

    /** Of input without end it reads what it needs, and stops with the reader of its output. */
    @Test
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
                "unipelt");
        assertThat(Main.run(new String[] {"predict", model.toString()}, console))
                .as(err.toString(StandardCharsets.UTF_8))
                .isZero();
    }

    @Test
    void aBadRowOfLateLeavesNothingHalfWritten() throws IOException {
        Path file = write("late.txt", "so good\n".repeat(3000) + "\nso bad\n");
        for (Object json : new Object[] {"--json", "--all"}) {
            Shell.Outcome predicted = Shell.run("predict", model, "--file", file, json);
            assertThat(predicted.code()).isEqualTo(2);
            assertThat(predicted.out()).isEmpty();
            assertThat(predicted.err()).contains("late.txt:3001: is blank");
        }
        Path good = write("many.txt", "so good\n".repeat(3000));
        assertThat(Shell.run("predict", model, "--file", good, "--json").json().get("predictions"))
                .hasSize(3000);
    }

    @Test
    void trainingShowsWhatItUnderstood() throws IOException {
        Path rows = write("alike.tsv", ROWS + "so so\tgood\u00a0\nboring\tgood\u00a0\n");
        Shell.Outcome trained = train(rows, "alike");
        assertThat(trained.err())
                .contains(
                        "labels  6 rows, 3 classes: bad 2, good 2, good\\u00a0 2\n",
                        "warning: labels that look alike are different classes: 'good' 2, 'good\\u00a0' 2\n");
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

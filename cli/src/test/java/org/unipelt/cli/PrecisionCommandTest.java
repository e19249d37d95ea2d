package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.testkit.TinyBert;

/** 8 bits, from the command line: what they cost is measured before anybody gets an answer. */
class PrecisionCommandTest {
    @TempDir
    static Path folder;

    private static Path dev;
    private static Path judged;
    private static Path unjudged;

    @BeforeAll
    static void train() throws IOException {
        assumeThatCode(() -> Compute.of(Device.CPU, Precision.INT8).predicting().demand())
                .doesNotThrowAnyException();
        Path base = TinyBert.write(folder.resolve("base"));
        Path table = rows("rows.tsv");
        dev = rows("dev.tsv");
        judged = folder.resolve("judged");
        unjudged = folder.resolve("unjudged");
        Object[] usual = {"train", "--train", table, "--model", base, "--max-length", 8, "--epochs", 2};
        assertThat(Shell.run(with(usual, "--dev", dev, "--out", judged)).code()).isZero();
        assertThat(Shell.run(with(usual, "--out", unjudged)).code()).isZero();
    }

    private static Object[] with(Object[] words, Object... more) {
        return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray();
    }

    private static Path rows(String name) throws IOException {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 40; i++) {
            rows.append("w" + i % 7 + (i % 2 == 0 ? " good" : " bad") + "\t" + (i % 2 == 0 ? "yes" : "no") + "\n");
        }
        return Files.writeString(folder.resolve(name), rows);
    }

    @Test
    void theLossIsShown() {
        Shell.Outcome predicted = Shell.run("predict", judged, "--precision", "int8", "w1 good");
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.out()).contains("w1 good");
        assertThat(predicted.err().lines())
                .anyMatch(
                        line -> line.matches(
                                Pattern.quote(judged.toString())
                                        + ": [a-z0-9-]+ on 40 development rows: [01]\\.\\d{3} after training, [01]\\.\\d{3} with int8"));
    }

    @Test
    void anUnknownLossIsRefused() {
        Shell.Outcome predicted = Shell.run("predict", unjudged, "--precision", "int8", "w1 good");
        assertThat(predicted.code()).isEqualTo(2);
        assertThat(predicted.out()).isEmpty();
        assertThat(predicted.err().lines())
                .last()
                .asString()
                .isEqualTo("unipelt: " + unjudged
                        + ": no development rows judged it; what int8 costs it is unknown: see it"
                        + " with 'unipelt evaluate --precision int8 --data FILE', then add --tolerate 100");
        assertThat(Shell.run("predict", unjudged, "--precision", "int8", "--tolerate", 100, "w1 good")
                        .code())
                .isZero();
        Shell.Outcome evaluated = Shell.run("evaluate", unjudged, "--precision", "int8", "--data", dev);
        assertThat(evaluated.code()).as(evaluated.err()).isZero();
        assertThat(evaluated.out()).contains("accuracy");
    }

    @Test
    void mistakesAreOneLine() {
        assertThat(Shell.run("predict", judged, "--tolerate", 1, "w1").err().lines())
                .last()
                .isEqualTo("unipelt: --tolerate goes with --precision int8; leave it out");
        assertThat(Shell.run("predict", judged, "--precision", "int8", "--tolerate", -1, "w1")
                        .err()
                        .lines())
                .last()
                .isEqualTo("unipelt: --tolerate must be 0 or more, got -1.0");
        Shell.Outcome trained = Shell.run(
                "train",
                "--train",
                dev,
                "--model",
                folder.resolve("base"),
                "--precision",
                "int8",
                "--out",
                folder.resolve("none"));
        assertThat(trained.code()).isEqualTo(2);
        assertThat(trained.err().lines())
                .last()
                .asString()
                .endsWith("precision int8 is for predicting only; train with f32 or bf16");
        assertThat(folder.resolve("none")).doesNotExist();
        Shell.Outcome exported =
                Shell.run("export", judged, "--format", "peft", "--precision", "int8", "--out", folder.resolve("peft"));
        assertThat(exported.code()).isEqualTo(2);
        assertThat(exported.err().lines()).last().asString().contains("int8 is for predicting only");
    }
}

package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** Folds, the temperature and abstaining, from the command line. */
class HonestyCommandTest {
    @TempDir
    static Path folder;

    private static Path base;
    private static Path table;
    private static Path dev;
    private static Shell.Outcome trained;

    /** Every fifth label is the other one. */
    @BeforeAll
    static void train() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        table = rows("rows.tsv", 40, 5);
        dev = rows("dev.tsv", 50, 3);
        trained = train("folds", "--folds", 4);
        assertThat(trained.code()).as(trained.err()).isZero();
    }

    private static Path rows(String name, int count, int other) throws IOException {
        StringBuilder rows = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < count; i++) {
            rows.append("w" + i % 7 + (i % 2 == 0 ? " good" : " bad") + "\t"
                    + (i % 2 == 0 ^ i % other == 0 ? "yes" : "no") + "\n");
        }
        return Files.writeString(folder.resolve(name), rows);
    }

    private static Shell.Outcome train(String out, Object... more) {
        List<Object> words = new ArrayList<>(List.of("train", "--train", table, "--out", folder.resolve(out)));
        words.addAll(List.of("--model", base, "--method", "lora(rank=2)", "--max-length", 8));
        words.addAll(List.of(more));
        if (!words.contains("--epochs")) {
            words.addAll(List.of("--epochs", 2));
        }
        return Shell.run(words.toArray());
    }

    private static JsonNode heldOut(String model) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve(model).resolve("adapter.json").toFile())
                .at("/provenance/heldOut");
    }

    @Test
    void foldsAreShownRecordedAndTidied() throws IOException {
        assertThat(trained.err().lines().filter(line -> line.startsWith("fold ")))
                .hasSize(4)
                .allMatch(line -> line.matches("fold [1-4]/4  30 rows trained, 10 held out: accuracy [01]\\.\\d{4}"));
        assertThat(trained.out())
                .startsWith(
                        "4 folds of 40 rows, each scored by a model that did not learn from it. The deviation divides"
                                + " by 3, one less than the folds.")
                .contains("mean  deviation  worst fold  best fold  all rows")
                .doesNotContain("so there are no scores");
        assertThat(trained.out().lines().skip(1).filter(line -> line.startsWith(" ") || line.startsWith("accuracy")))
                // Whatever the folder's name, which depends on where temporary files are.
                .map(line -> line.replace(folder.toString(), "some-folder"))
                .allMatch(line -> line.length() <= 80);
        JsonNode folds = heldOut("folds").get("folds");
        assertThat(folds.get("rows")).hasSize(4);
        double sum = 0;
        for (JsonNode fold : folds.get("folds")) {
            sum += fold.get("accuracy").asDouble();
        }
        assertThat(folds.at("/together/accuracy").asDouble()).isEqualTo(sum / 4);
        assertThat(folder.resolve("folds/folds")).doesNotExist();
    }

    @Test
    void foldsForPrograms() {
        JsonNode result =
                train("json", "--folds", 2, "--json", "--calibrate", "none").json();
        assertThat(result.at("/folds/folds")).hasSize(2);
        double one = result.at("/folds/folds/0/accuracy").asDouble();
        double other = result.at("/folds/folds/1/accuracy").asDouble();
        assertThat(result.at("/folds/mean/accuracy").asDouble()).isEqualTo((one + other) / 2);
        assertThat(result.at("/folds/deviation/accuracy").asDouble())
                .isCloseTo(Math.abs(one - other) / Math.sqrt(2), org.assertj.core.api.Assertions.within(1e-12));
        assertThat(result.at("/folds/all_rows/accuracy").isNumber()).isTrue();
        assertThat(result.has("temperature")).isFalse();
    }

    @Test
    void aTrainingSaysWhetherItIsCalibrated() throws IOException {
        assertThat(train("all").out())
                .contains("Not calibrated: no row was left to fit a temperature to; give --dev FILE or --folds 5.");
        assertThat(train("without", "--calibrate", "none").out()).doesNotContain("alibrated");
        Path few = rows("few.tsv", 8, 3);
        assertThat(train("few", "--dev", few).out())
                .contains("Not calibrated: 8 rows that did not train are too few for a temperature; 50 or more are");
        Shell.Outcome sure =
                train("sure", "--dev", dev, "--epochs", 12, "--learning-rate", 0.005, "--json", "--dropout", 0);
        JsonNode found = sure.json().get("temperature");
        assertThat(found).as(sure.err()).isEqualTo(heldOut("sure").get("temperature"));
        assertThat(found.get("value").asDouble()).isGreaterThan(1);
        assertThat(found.get("errorAfter").asDouble())
                .isLessThan(found.get("errorBefore").asDouble());
    }

    @Test
    void abstainingIsCounted() {
        Path model = folder.resolve("folds");
        JsonNode evaluated = Shell.run("evaluate", model, "--data", table, "--abstain-below", 0.55, "--json")
                .json();
        assertThat(evaluated.get("calibration_error").asDouble()).isBetween(0.0, 1.0);
        assertThat(evaluated.get("metrics").has("calibration-error")).isFalse();
        assertThat(evaluated.get("coverage"))
                .extracting(line -> line.get("abstain_below").asDouble())
                .containsExactly(0.5, 0.55, 0.6, 0.7, 0.8, 0.9);
        JsonNode all = evaluated.at("/coverage/0");
        assertThat(all.get("answered").asInt())
                .as("of two classes one has a half")
                .isEqualTo(40);
        assertThat(all.get("accuracy")).isEqualTo(evaluated.at("/metrics/accuracy"));
        String predicted = Shell.run("predict", model, "--data", table, "--abstain-below", 0.55)
                .out();
        assertThat(predicted.lines().filter(line -> !line.startsWith("?")).count())
                .isEqualTo(evaluated.at("/coverage/1/answered").asLong());
        Shell.Outcome text = Shell.run("evaluate", model, "--data", table, "--abstain-below", 0.55);
        assertThat(text.out())
                .contains("calibration-error  ", "abstain below  answered  of rows  accuracy of these")
                .contains("> 0.55");
        assertThat(Shell.run("evaluate", model, "--data", table).out()).doesNotContain("abstain below");
    }
}

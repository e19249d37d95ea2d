package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** Several labels a row, from the command line: every form of labels, every command that reads or gives them. */
class MultiLabelCommandTest {
    private static final List<String> WORDS = List.of("great", "awful", "film", "boring");

    @TempDir
    static Path folder;

    private static Path base;
    private static Path table;
    private static Path model;

    /** A row has the label of each of the words in it. */
    @BeforeAll
    static void train() throws IOException {
        base = TinyBert.write(folder.resolve("base"));
        StringBuilder separated = new StringBuilder("text\ttopics\n");
        StringBuilder lists = new StringBuilder();
        StringBuilder columns = new StringBuilder("text\t" + String.join("\t", WORDS) + "\n");
        for (int i = 0; i < 48; i++) {
            List<String> in = new ArrayList<>();
            StringBuilder bits = new StringBuilder();
            for (int word = 0; word < WORDS.size(); word++) {
                boolean has = (i >> word & 1) == 1;
                bits.append('\t').append(has ? 1 : 0);
                if (has) {
                    in.add(WORDS.get(word));
                }
            }
            String text = ("so it w" + i % 33 + " " + String.join(" ", in)).strip();
            separated.append(text).append('\t').append(String.join(",", in)).append('\n');
            lists.append(String.format(
                    Locale.ROOT,
                    "{\"text\":\"%s\",\"topics\":[%s]}\n",
                    text,
                    in.isEmpty() ? "" : "\"" + String.join("\",\"", in) + "\""));
            columns.append(text).append(bits).append('\n');
        }
        table = Files.writeString(folder.resolve("rows.tsv"), separated);
        Files.writeString(folder.resolve("rows.jsonl"), lists);
        Files.writeString(folder.resolve("columns.tsv"), columns);
        model = folder.resolve("model");
        Shell.Outcome trained = train(
                table, "topics", "model", "--dev", table, "--method", "unipelt(adapter(bottleneck=4),lora(rank=2))");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("read    any number a row in 'topics': a JSON array, or ',' between them")
                .contains("labels  48 rows, 4 labels, 2.0 a row, none in 3: ");
        assertThat(trained.out())
                .contains("micro-f1", "threshold  precision  recall")
                .doesNotContain("because all rows");
    }

    private static Shell.Outcome train(Path rows, String label, String out, Object... more) {
        List<Object> words = new ArrayList<>(List.of("train", "--train", rows, "--out", folder.resolve(out)));
        words.addAll(List.of("--model", base, "--labels", "multi", "--label", label, "--max-length", 16));
        words.addAll(List.of(more));
        if (!words.contains("probe")) {
            words.addAll(List.of("--epochs", 2));
        }
        return Shell.run(words.toArray());
    }

    @Test
    void everyFormTrainsTheSameModel() throws IOException {
        train(table, "topics", "one", "--method", "probe");
        for (String[] other : new String[][] {{"rows.jsonl", "topics"}, {"columns.tsv", String.join(",", WORDS)}}) {
            Shell.Outcome trained = train(folder.resolve(other[0]), other[1], "of-" + other[0], "--method", "probe");
            assertThat(trained.code()).as(trained.err()).isZero();
            assertThat(trained.out()).contains("Every label has the threshold 0.5, because all rows trained;");
            assertThat(folder.resolve("of-" + other[0]).resolve("adapter.safetensors"))
                    .hasSameBinaryContentAs(folder.resolve("one").resolve("adapter.safetensors"));
        }
        Shell.Outcome elsewhere =
                Shell.run("evaluate", folder.resolve("of-columns.tsv"), "--data", table, "--label", "topics");
        assertThat(elsewhere.code()).as(elsewhere.err()).isZero();
    }

    @Test
    void thresholdsAreChosenSavedAndUsed() throws IOException {
        JsonNode evaluated =
                Shell.run("evaluate", model, "--data", table, "--json").json();
        assertThat(evaluated.get("metrics").fieldNames())
                .toIterable()
                .containsExactly("micro-f1", "macro-f1", "samples-f1", "average-precision", "exact-match");
        JsonNode card = new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(model.resolve("adapter.json").toFile());
        assertThat(card.at("/provenance/metrics/dev")).isEqualTo(evaluated.get("metrics"));
        assertThat(card.at("/task/kind").asText()).isEqualTo("multi-label");
        int moved = 0;
        for (JsonNode label : evaluated.get("labels")) {
            int place = List.of("awful", "boring", "film", "great")
                    .indexOf(label.get("label").asText());
            double threshold = card.at("/task/thresholds/" + place).asDouble();
            assertThat(label.get("threshold").asDouble()).isEqualTo(threshold);
            moved += threshold == 0.5 ? 0 : 1;
        }
        assertThat(moved).as("thresholds that were chosen").isPositive();
        Shell.Outcome text = Shell.run("evaluate", model, "--data", table);
        assertThat(text.out()).contains("threshold  precision  recall    f1  rows  label, the weakest first");
        assertThat(text.out().lines()).allMatch(line -> line.length() <= 80);
        JsonNode predicted =
                Shell.run("predict", model, "so great film", "--json").json();
        List<String> passing = new ArrayList<>();
        int place = 0;
        for (var each : predicted.get("probabilities").properties()) {
            if (each.getValue().asDouble()
                    >= card.at("/task/thresholds/" + place++).asDouble()) {
                passing.add(each.getKey());
            }
        }
        assertThat(predicted.get("probabilities")).hasSize(4);
        assertThat(predicted.get("labels")).extracting(JsonNode::asText).containsExactlyElementsOf(passing);
    }

    @Test
    void predictionsAreLines() {
        assertThat(Shell.run("predict", model, "so great film", "--threshold", 0)
                        .out())
                .matches("awful,boring,film,great\t([01]\\.\\d{4},?){4}\tso great film\n");
        assertThat(Shell.run("predict", model, "so great film", "--threshold", 1)
                        .out())
                .isEqualTo("\t\tso great film\n");
        assertThat(Shell.run("predict", model, "so great film", "--top", 2).out())
                .matches("\\w+\t[01]\\.\\d{4}\t\\w+\t[01]\\.\\d{4}\tso great film\n");
        assertThat(Shell.run("predict", model, "so", "--all", "--threshold", 1)
                        .out()
                        .lines())
                .first()
                .isEqualTo("labels\tprobabilities\tawful\tboring\tfilm\tgreat\ttext");
    }

    @Test
    void theOtherCommandsKnowThem() throws IOException {
        Shell.Outcome checked = Shell.run(
                "check", folder.resolve("rows.jsonl"), "--label", "topics", "--labels", "multi", "--model", base);
        assertThat(checked.out())
                .contains("read    any number a row in 'topics'")
                .contains("labels  48 rows, 4 labels")
                .contains("--label topics --labels multi");
        assertThat(Shell.run("gates", model, "--data", table).code()).isZero();
        Shell.Outcome reported = Shell.run("report", model, "--data", table, "--format", "markdown");
        assertThat(reported.out())
                .contains("F1 over all decisions")
                .contains("Every label")
                .contains("| Label | F1 | Precision | Recall | Average precision | Threshold | Rows |");
        Shell.Outcome compared = Shell.run(
                "compare",
                "--train",
                table,
                "--label",
                "topics",
                "--labels",
                "multi",
                "--methods",
                "probe,head",
                "--runs",
                1,
                "--epochs",
                1,
                "--max-length",
                16,
                "--model",
                base,
                "--out",
                folder.resolve("compared"));
        assertThat(compared.code()).as(compared.err()).isZero();
        assertThat(compared.out()).contains("micro-f1");
        Shell.Outcome best = Shell.run("predict", folder.resolve("compared").resolve("best"), "so great film");
        assertThat(best.code()).as(best.err()).isZero();
        assertThat(Shell.run("report", folder.resolve("compared"), "--format", "markdown")
                        .out())
                .contains("micro-f1");
    }

    @Test
    void whatDoesNotFitIsRefusedByName() throws IOException {
        refused(
                "class weights are for classes, but the labels are 4 labels",
                train(table, "topics", "x", "--class-weights", "balanced"));
        refused(
                "--merge-case and --min-rows-per-class are for classes, and here a row has several labels",
                train(table, "topics", "x", "--merge-case"));
        refused(
                "metric accuracy does not fit labels that are 4 labels",
                train(table, "topics", "x", "--metric", "accuracy"));
        refused("the label separator is 'a'", train(table, "topics", "x", "--label-separator", "a"));
        Shell.Outcome single =
                Shell.run("train", "--train", table, "--label", "topics", "--label-separator", ";", "--model", base);
        refused("the label separator is for rows with several labels; add --labels multi", single);
        Path none = Files.writeString(folder.resolve("none.tsv"), "text\ta\tb\tc\nT\t1\t0\t0\nU\t1\t1\t0\n");
        refused("none.tsv: no row has the label 'c'; leave its column out of --label", train(none, "a,b,c", "x"));
        Path other = Files.writeString(folder.resolve("other.tsv"), "text\ttopics\nT\tgreat\nU\tfilm,worse\n");
        refused(
                "other.tsv:3: the label 'worse' is not among those trained on (awful, boring, film, great)",
                Shell.run("evaluate", model, "--data", other));
        Path scores = Files.writeString(folder.resolve("scores.tsv"), "text\ttopics\nT\t3.5\n");
        refused("scores.tsv:2: the label '3.5' is not among", Shell.run("evaluate", model, "--data", scores));
        Path classes = folder.resolve("classes");
        Path rows =
                Files.writeString(folder.resolve("classes.tsv"), "text\tlabel\nso good\ta\nbad\tb\nfilm\ta\ni\tb\n");
        assertThat(Shell.run(
                                "train",
                                "--train",
                                rows,
                                "--model",
                                base,
                                "--method",
                                "probe",
                                "--max-length",
                                16,
                                "--out",
                                classes)
                        .code())
                .isZero();
        refused(
                "--label-separator is for a model that gives several labels, and this one predicts 2 classes",
                Shell.run("evaluate", classes, "--data", rows, "--label-separator", ";"));
        Path lists = Files.writeString(folder.resolve("lists.tsv"), "text\tlabel\nso good\t[\"a\"]\n");
        refused(
                "lists.tsv:2: the label '[\"a\"]' is not among those trained on (a, b)",
                Shell.run("evaluate", classes, "--data", lists));
        Path study = Files.writeString(
                folder.resolve("study.yaml"),
                "data: " + table + "\ncolumns: {label: topics}\nlabels: multi\nmethods: [probe]\ntraining: {metric:"
                        + " average-precision}\n");
        refused(
                "metric average-precision needs probabilities, which a study does not keep",
                Shell.run("sweep", study, "--model", base, "--out", folder.resolve("study")));
    }

    private static void refused(String says, Shell.Outcome outcome) {
        assertThat(outcome.code()).as(says).isEqualTo(2);
        assertThat(outcome.err()).contains(says);
    }
}

package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.JsonFile;

/** One small model, trained once, and all that one can do with it. */
class TrainCommandTest {
    private static final List<String> GOOD =
            List.of("great film", "lovely", "so good", "a joy", "i liked it", "superb");
    private static final List<String> BAD =
            List.of("awful film", "boring", "so bad", "a pain", "i hated it", "dreadful");

    @TempDir
    static Path folder;

    private static Path table;
    private static Path model;
    private static Shell.Outcome trained;

    @BeforeAll
    static void train() throws IOException {
        StringBuilder rows = new StringBuilder("review\tverdict\n");
        GOOD.forEach(text -> rows.append(text).append("\tgood\n"));
        BAD.forEach(text -> rows.append(text).append("\tbad\n"));
        table = Files.writeString(folder.resolve("films.tsv"), rows);
        model = folder.resolve("model");
        trained = train(
                model,
                "--test",
                table,
                "--method",
                "unipelt(adapter(bottleneck=4),prefix(length=2,form=flat),lora(rank=2))",
                "--json");
    }

    private static Shell.Outcome train(Path out, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "train",
                "--train",
                table,
                "--dev",
                table,
                "--text",
                "review",
                "--label",
                "verdict",
                "--model",
                "minilm-l6",
                "--epochs",
                1,
                "--out",
                out));
        words.addAll(List.of(more));
        return Shell.run(words.toArray());
    }

    @Test
    void trainingTellsWhatItDoesAndLeavesAModel() {
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains(
                        "12 rows to train",
                        "trains  ",
                        "rate    0.001, found for minilm-l6",
                        "steps   epochs 1, batch-size 16, dropout 0.1, seed 42, head-start auto, keep last",
                        "epoch 1/1: loss",
                        "accuracy 1.0000");
        JsonNode result = trained.json();
        assertThat(result.get("model_dir").asText()).isEqualTo(model.toString());
        assertThat(result.get("finished").asBoolean()).isTrue();
        assertThat(result.get("metrics").get("test").get("accuracy").asDouble()).isBetween(0.0, 1.0);
        assertThat(model).isDirectoryContaining("glob:**/adapter.json");
    }

    @Test
    void evaluationTakesTheColumnsOfTheTraining() {
        Shell.Outcome text = Shell.run("evaluate", model, "--data", table);
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.out()).contains("accuracy", "12 rows", "predicted");
        JsonNode json = Shell.run("evaluate", model, "--data", table, "--json").json();
        assertThat(json.get("examples").asInt()).isEqualTo(12);
        assertThat(json.get("metrics").get("accuracy").asDouble())
                .isEqualTo(trained.json()
                        .get("metrics")
                        .get("test")
                        .get("accuracy")
                        .asDouble());
        assertThat(json.get("confusion").get("labels")).hasSize(2);
    }

    @Test
    void textsComeFromArgumentsOrAFileOrStandardInput() throws IOException {
        String byArguments =
                Shell.run("predict", model, "great film", "@boring").out();
        assertThat(byArguments).matches("(?s)(good|bad)\t0\\.\\d{4}\tgreat film\n(good|bad)\t0\\.\\d{4}\t@boring\n");
        Path lines = Files.writeString(folder.resolve("new.txt"), "great film\n@boring\n");
        assertThat(Shell.run("predict", model, "--data", lines).out()).isEqualTo(byArguments);
        assertThat(Shell.runWith("great film\n@boring\n", "predict", model).out())
                .isEqualTo(byArguments);
        assertThat(Shell.run("predict", model, "--data", table, "--all").out().lines())
                .hasSize(13)
                .first()
                .isEqualTo("label\tprobability\tbad\tgood\ttext");
    }

    /** A model of either precision is one on the same base, and may predict in the other. */
    @Test
    void precisionIsAChoiceOfTheMoment() throws IOException {
        Path half = folder.resolve("half");
        Shell.Outcome tuned = train(half, "--method", "lora(rank=2)", "--precision", "bf16");
        assertThat(tuned.code()).as(tuned.err()).isZero();
        assertThat(Files.readString(half.resolve("adapter.json"))).contains("\"precision\" : \"bf16\"");
        String near = Shell.run("predict", half, "great film", "--precision", "bf16", "--json")
                .out();
        String exact = Shell.run("predict", half, "great film", "--json").out();
        assertThat(near).contains("great film").isNotEqualTo(exact);
        assertThat(Shell.run("evaluate", half, "--data", table, "--precision", "bf16")
                        .code())
                .isZero();
        // Of a card of an earlier version, which had one precision only.
        Path card = half.resolve("adapter.json");
        Files.writeString(
                card,
                JsonFile.withoutChecksum(Files.readString(card).replaceFirst(",\\s*\"precision\" : \"bf16\"", "")));
        assertThat(Files.readString(card)).doesNotContain("precision");
        assertThat(Shell.run("predict", half, "great film", "--json").out()).isEqualTo(exact);
        Shell.Outcome gates = Shell.run("gates", model, "--data", table, "--precision", "bf16");
        assertThat(gates.code()).as(gates.err()).isZero();
        Shell.Outcome wrong = Shell.run("predict", half, "great film", "--precision", "bf61");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("bf61", "did you mean 'bf16'?");
    }

    @Test
    void whatCouldNotBeCheckedOfAnOlderModelIsSaid() throws IOException {
        Path older = Files.createDirectory(folder.resolve("older"));
        for (String file : List.of("adapter.json", "adapter.safetensors")) {
            Files.copy(model.resolve(file), older.resolve(file));
        }
        JsonFile.change(older.resolve("adapter.json"), card -> ((ObjectNode) card.get("base")).remove("reading"));
        String line = "was tuned by an earlier version";
        assertThat(Shell.run("predict", model, "great film").err()).doesNotContain(line);
        Shell.Outcome predicted = Shell.run("predict", older, "great film");
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.err()).containsOnlyOnce(older + ": " + line).contains("cannot be checked");
    }

    @Test
    void predictionsAreJsonLines() {
        Shell.Outcome two = Shell.run("predict", model, "great film", "boring", "--json");
        assertThat(two.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
        JsonNode said =
                Shell.run("predict", model, "great film", "--all", "--json").json();
        assertThat(said.get("text").asText()).isEqualTo("great film");
        assertThat(said.get("probability").asDouble())
                .isEqualTo(said.get("probabilities")
                        .get(said.get("label").asText())
                        .asDouble());
    }

    @Test
    void gatesAreShownByLayerAndByExample() {
        Shell.Outcome gates = Shell.run("gates", model, "--data", table);
        assertThat(gates.code()).as(gates.err()).isZero();
        assertThat(gates.out().lines())
                .hasSize(8)
                .first()
                .asString()
                .contains("layer", "adapter", "prefix", "lora.query", "lora.value");
        assertThat(Shell.run("gates", model, "--data", table, "--per-example")
                        .out()
                        .lines())
                .hasSize(13)
                .allMatch(line -> line.split("\t").length == 25);
        JsonNode json = Shell.run("gates", model, "--data", table, "--per-example", "--json")
                .json();
        assertThat(json.get("gates")).hasSize(24);
        assertThat(json.get("gates").get(0).get("values")).hasSize(12);
    }

    @Test
    void aModelForSingleTextsRefusesPairs() {
        Shell.Outcome pair = Shell.run("predict", model, "a", "--pair", "b");
        assertThat(pair.code()).isEqualTo(2);
        assertThat(pair.err()).contains("is a model for single texts");
    }

    @Test
    void aFinishedModelIsNeitherOverwrittenNorResumed() {
        Shell.Outcome again = Shell.run(
                "train", "--train", table, "--text", "review", "--label", "verdict", "--epochs", 1, "--out", model);
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains("already holds a tuned model");
        assertThat(Shell.run("train", "--resume", model).err()).contains("this run is finished");
    }

    @Test
    void settingsComeFromAFileAndFlagsWin() throws IOException {
        Path config = folder.resolve("settings.yaml");
        Files.writeString(
                config,
                "# small\ntrain: " + table + "\ntext: review\nlabel: verdict\nmethod: head\nepochs: 40\nquiet: true\n");
        Path out = folder.resolve("by-file");
        Shell.Outcome outcome = Shell.run("train", "--config", config, "--epochs", 1, "--out", out, "--json");
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.json().get("epochs").asInt()).isEqualTo(1);
        assertThat(outcome.json().get("method").asText()).isEqualTo("head");
    }

    @Test
    void aMistakeInTheFileIsToldWithItsLine() throws IOException {
        Path config = folder.resolve("wrong.yaml");
        Files.writeString(config, "train: a.tsv\nepoch: 3\n");
        assertThat(Shell.run("train", "--config", config).err())
                .contains("wrong.yaml:2: unknown setting 'epoch'; did you mean 'epochs'?");
        Files.writeString(config, "train: a.tsv\n\nepochs: many\n");
        assertThat(Shell.run("train", "--config", config).err())
                .contains("wrong.yaml:3: --epochs: must be a whole number, got 'many'");
        Files.writeString(config, "train: [a.tsv]\n");
        assertThat(Shell.run("train", "--config", config).err()).contains("wrong.yaml:1: 'train' needs one value");
        Files.writeString(config, "epochs: 3\nepochs: 4\n");
        assertThat(Shell.run("train", "--config", config).err()).contains("wrong.yaml:2: ");
    }
}

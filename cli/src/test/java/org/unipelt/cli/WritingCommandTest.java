package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.Bleu;
import org.unipelt.run.Tuning;
import org.unipelt.task.Seq2Seq;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.TinyBart;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;

/** A small BART that learns to write, and all that one can do with it. */
class WritingCommandTest {
    private static final String METHOD = "unipelt(adapter(bottleneck=4),prefix(length=2,form=flat),lora(rank=2))";
    private static final String NEWS = """
            story\theadline
            the storm closed the harbour and the ferry\tstorm closed harbour
            the mayor opens the new bridge\tmayor opens bridge
            rain fell in the harbour all day\train fell all day
            the team wins the cup at last\tteam wins cup
            the new school opens late\tschool opens late
            the ferry and the school closed\tferry closed
            the team closed the harbour\tteam closed harbour
            a long storm and rain all day\tlong storm
            """;

    @TempDir
    static Path folder;

    private static Path base;
    private static Path table;
    private static Path model;
    private static Shell.Outcome trained;

    @BeforeAll
    static void train() throws IOException {
        base = TinyBart.bart(folder.resolve("tiny-bart"));
        table = Files.writeString(folder.resolve("news.tsv"), NEWS);
        model = folder.resolve("model");
        trained = train(model, "--json");
    }

    private static Shell.Outcome train(Path out, Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--task", "summarization", "--model", base, "--out", out));
        args.addAll(List.of("--train", table, "--dev", table, "--test", table));
        args.addAll(List.of("--text", "story", "--label", "headline", "--method", METHOD));
        args.addAll(List.of("--epochs", 2, "--batch-size", 4, "--max-length", 16));
        args.addAll(List.of("--target-length", 12, "--generation-max-length", 10, "--generation-min-length", 4));
        args.addAll(List.of(more));
        return Shell.run(args.toArray());
    }

    private static byte[] numbers(Path of) throws IOException {
        return Files.readAllBytes(of.resolve("adapter.safetensors"));
    }

    @Test
    void trainingTellsWhatItDoesAndLeavesAModel() {
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.err())
                .contains("8 rows to train", "epoch 2/2: loss", "rouge-l 0.", "keeps epoch ", ", rouge-l 0.");
        JsonNode result = trained.json();
        assertThat(result.get("metrics").get("test").fieldNames())
                .toIterable()
                .containsExactly("rouge-l", "rouge-1", "rouge-2", "rouge-lsum", "bleu");
        assertThat(result.get("bleu_signature").asText()).isEqualTo(Bleu.signature());
    }

    @Test
    void evaluationIsByWhatIsWrittenAndSaysHowBleuWasComputed() {
        Shell.Outcome text = Shell.run("evaluate", model, "--data", table);
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.out()).contains("8 rows", "rouge-lsum", "bleu").endsWith("\nBLEU|" + Bleu.signature() + "\n");
        assertThat(text.out().lines()).allMatch(line -> line.length() <= 80);
        JsonNode json = Shell.run("evaluate", model, "--data", table, "--json").json();
        assertThat(json.get("examples").asInt()).isEqualTo(8);
        assertThat(json.get("metrics")).isEqualTo(trained.json().get("metrics").get("test"));
        assertThat(json.get("bleu_signature").asText()).isEqualTo(Bleu.signature());
        assertThat(json.has("confusion")).isFalse();
    }

    @Test
    void whatIsWrittenIsPrintedWhereverTextsComeFrom() throws IOException {
        String byArguments =
                Shell.run("predict", model, "the storm closed", "a long day").out();
        assertThat(byArguments.lines()).hasSize(2).noneMatch(String::isBlank).noneMatch(line -> line.contains("<"));
        Path lines = Files.writeString(folder.resolve("new.txt"), "the storm closed\na long day\n");
        Path rows = Files.writeString(folder.resolve("new.tsv"), "story\nthe storm closed\na long day\n");
        for (Path file : List.of(lines, rows)) {
            assertThat(Shell.run("predict", model, "--data", file).out()).isEqualTo(byArguments);
        }
        assertThat(Shell.runWith("the storm closed\na long day\n", "predict", model)
                        .out())
                .isEqualTo(byArguments);
        JsonNode said =
                Shell.run("predict", model, "the storm closed", "--json").json();
        assertThat(said.fieldNames()).toIterable().containsExactly("text", "written");
        assertThat(said.get("written").asText())
                .isEqualTo(byArguments.lines().findFirst().orElseThrow());
    }

    @Test
    void gatesAreTheEncoders() {
        Shell.Outcome gates = Shell.run("gates", model, "--data", table);
        assertThat(gates.code()).as(gates.err()).isZero();
        assertThat(gates.out().lines())
                .hasSize(4)
                .first()
                .asString()
                .contains("layer", "adapter", "prefix", "lora.query", "lora.value");
    }

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        Shell.Outcome again = train(folder.resolve("again"), "--quiet");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err().lines()).allMatch(line -> line.contains("rows are training rows as well"));
        assertThat(again.out())
                .contains("dev", "test", "BLEU|" + Bleu.signature(), "unipelt predict ", "unipelt gates ");
        assertThat(numbers(folder.resolve("again"))).isEqualTo(numbers(model));
        assertThat(folder.resolve("again").resolve("adapter.json"))
                .hasSameTextualContentAs(model.resolve("adapter.json"));
    }

    @Test
    void settingsComeFromAFile() throws IOException {
        Path config = Files.writeString(folder.resolve("s.yaml"), """
                task: translation
                train: %s
                source: story
                target: headline
                model: %s
                method: lora(rank=2)
                beams: 3
                early-stopping: true
                generation-max-length: 8
                epochs: 1
                """.formatted(table, base));
        Path out = folder.resolve("by-file");
        Shell.Outcome outcome = Shell.run("train", "--config", config, "--out", out);
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.err()).contains("keeps epoch 1 of 1, bleu ");
        assertThat(out.resolve("adapter.json"))
                .content()
                .contains("\"beams\" : 3", "\"earlyStopping\" : true", "\"maxLength\" : 8", "\"translation\"");
        String right = Files.readString(config);
        for (String wrong : List.of("generation-min-length: 9", "target-length: 200", "target-language: ro_RO")) {
            Files.writeString(config, right + wrong + "\n");
            assertThat(Shell.run("train", "--config", config, "--out", folder.resolve("no"))
                            .err())
                    .contains("unipelt: " + config + ":11: "
                            + wrong.replaceFirst(":.*", "").replace('-', ' ') + " ");
        }
    }

    /** Stopped in the midst of the second epoch. */
    private static Path stopped(String name) {
        Path run = folder.resolve(name);
        AtomicInteger steps = new AtomicInteger();
        try (BaseModel opened = BaseModel.open(base.toString())) {
            assertThat(Tuning.of(opened, METHOD)
                            .on(DataSpec.of(table)
                                    .withDev(table)
                                    .withTest(table)
                                    .withTargets(LabelKind.SUMMARY, "story", "headline"))
                            .writing(new Seq2Seq(
                                    LabelKind.SUMMARY,
                                    12,
                                    0.1,
                                    Optional.empty(),
                                    new Generation(10, 4, 1, 1, false, 0)))
                            .with(settings -> settings.epochs(2).batchSize(4).maxLength(16))
                            .tell(event -> steps.addAndGet(event instanceof TrainingEvent.Stepped ? 1 : 0))
                            .train(run, () -> steps.get() == 3))
                    .isEmpty();
        }
        return run;
    }

    @Test
    void aStoppedRunGoesOnToTheSameBytes() throws IOException {
        Path run = stopped("stopped");
        assertThat(Shell.run("predict", run, "rain").err()).contains("its training is not finished");
        Shell.Outcome resumed = Shell.run("train", "--resume", run);
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("continues after step 3");
        assertThat(numbers(run)).isEqualTo(numbers(model));
        assertThat(run.resolve("adapter.json")).hasSameTextualContentAs(model.resolve("adapter.json"));
    }

    /** As if it had begun in the folder of the data, with paths that lead from there. */
    @Test
    void aStoppedRunGoesOnFromAnotherDirectory() throws IOException {
        Path run = stopped("elsewhere");
        JsonFile.change(run.resolve("run.json"), json -> {
            json.put("directory", folder.toString());
            ObjectNode spec = json.withObject("/spec").put("model", "tiny-bart");
            List.of("train", "dev", "test")
                    .forEach(part -> spec.withObject("/data").put(part, "news.tsv"));
        });
        Shell.Outcome resumed = Shell.run("train", "--quiet", "--resume", run);
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(numbers(run)).isEqualTo(numbers(model));
        assertThat(run.resolve("adapter.json"))
                .content()
                .contains("\"name\" : \"tiny-bart\"", "\"train\" : \"news.tsv\"")
                .doesNotContain("directory");
    }
}

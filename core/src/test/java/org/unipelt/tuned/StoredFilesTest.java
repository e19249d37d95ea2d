package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Repository;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dialect;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Preparation;
import org.unipelt.files.WholeFile;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Run;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.training.TrainingConfig;

/** Files of earlier commits load, predict as they did, and go on where they stopped. */
class StoredFilesTest {
    private static final Path STORED = Repository.root().resolve("core/src/test/resources/org/unipelt/formats");
    private static final Path CHECKPOINTS = STORED.resolveSibling("checkpoints");
    private static final List<Example> SINGLE =
            List.of(Example.of("the red parcel came late"), Example.of("a blue box"), Example.of("never"));
    private static final List<Example> PAIRS =
            List.of(Example.ofPair("the red parcel", "the red box"), Example.ofPair("a blue box", "late"));

    private static BaseModel bert;
    private static BaseModel bart;

    @TempDir
    Path temporary;

    @BeforeAll
    static void open() {
        bert = BaseModel.open(CHECKPOINTS.resolve("bert-classifier").toString());
        bart = BaseModel.open(CHECKPOINTS.resolve("bart-writer").toString());
    }

    @AfterAll
    static void close() {
        bert.close();
        bart.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"c06b7db", "fbe97e2"})
    void adaptersPredictAsTheyDid(String commit) throws IOException {
        Path folder = STORED.resolve(commit);
        JsonNode wanted =
                new ObjectMapper().readTree(folder.resolve("predictions.json").toFile());
        for (String kind : List.of("classes", "scores", "texts")) {
            BaseModel base = kind.equals("texts") ? bart : bert;
            try (TunedModel model = TunedModel.load(folder.resolve(kind), base)) {
                List<Answer> predictions = model.predict(kind.equals("scores") ? PAIRS : SINGLE);
                assertThat(predictions).hasSize(wanted.get(kind).size());
                for (int i = 0; i < predictions.size(); i++) {
                    JsonNode one = wanted.get(kind).get(i);
                    Answer prediction = predictions.get(i);
                    if (!kind.equals("scores")) {
                        assertThat(prediction.text()).isEqualTo(one.get("label").asText());
                    }
                    if (!kind.equals("texts")) {
                        assertThat(
                                        prediction instanceof Answer.Label label
                                                ? label.probability()
                                                : ((Answer.Score) prediction).value())
                                .isCloseTo(one.get("value").asDouble(), within(1e-5));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c06b7db", "fbe97e2"})
    void cardsTellWhatTheyTold(String commit) {
        AdapterCard classes = AdapterCard.read(STORED.resolve(commit).resolve("classes"));
        assertThat(classes.method().toString()).startsWith("unipelt(adapter(bottleneck=2,");
        assertThat(classes.base().name()).isEqualTo("bert");
        assertThat(classes.pairs()).isFalse();
        assertThat(classes.metrics()).containsKey("test");
        assertThat(AdapterCard.read(STORED.resolve(commit).resolve("scores")).pairs())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"c06b7db", "fbe97e2"})
    void stoppedRunsGoOn(String commit) throws IOException {
        Map<String, DataSpec> data = Map.of(
                "run", DataSpec.of(STORED.resolve("classes.tsv")),
                "writing-run",
                        DataSpec.of(STORED.resolve("texts.tsv")).withTargets(LabelKind.SUMMARY, "text", "label"));
        for (Map.Entry<String, DataSpec> each : data.entrySet()) {
            Path folder = copied(STORED.resolve(commit).resolve(each.getKey()));
            Run run = Run.reopen(folder);
            BaseModel base = each.getKey().equals("run") ? bert : bart;
            Optional<TunedModel> model = run.train(base, each.getValue().load(), event -> {}, () -> false);
            model.orElseThrow().close();
            // The first of its steps was made before.
            assertThat(Files.readString(folder.resolve("events.jsonl")))
                    .contains("\"event\":\"stepped\"", "\"event\":\"finished\"")
                    .containsOnlyOnce("\"epoch\":1,\"step\":1,");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c06b7db", "fbe97e2"})
    void aCardIsTheSameInTheNewestVersion(String commit) {
        for (String kind : List.of("classes", "scores", "texts")) {
            AdapterCard card = AdapterCard.read(STORED.resolve(commit).resolve(kind));
            Path file = temporary.resolve(kind + ".json");
            AdapterFile.write(file, card);
            assertThat(AdapterFile.read(file)).isEqualTo(card);
        }
    }

    @Test
    void absentKeysMeanWhatTheirVersionMeant() {
        AdapterCard card = AdapterCard.read(STORED.resolve("c06b7db/classes"));
        TrainingConfig training = card.provenance().orElseThrow().training();
        assertThat(training.headStart()).isEqualTo(TrainingConfig.HeadStart.RANDOM);
        assertThat(training.keep()).isEqualTo(TrainingConfig.Keep.BEST);
        assertThat(JsonFiles.tree(training).has("headStart")).isFalse();
        TrainingConfig other = AdapterCard.read(STORED.resolve("fbe97e2/classes"))
                .provenance()
                .orElseThrow()
                .training();
        assertThat(JsonFiles.tree(other).path("headStart").asText()).isEqualTo("auto");
    }

    @Test
    void whatWasDoneToATableIsStoredAndARunGoesOnWithIt() throws IOException {
        Path table = Files.writeString(
                temporary.resolve("table.csv"),
                "text;label\n" + "so good;good\n".repeat(4) + "fine;Good\n\nalone\n"
                        + "so bad;bad\nawful;bad\nodd;rare\n");
        Preparation preparation =
                new Preparation(new Dialect(Optional.of(";"), Optional.of("windows-1252")), true, true, 2);
        Tuning tuning = Tuning.of(bert, "lora(rank=1)")
                .on(DataSpec.of(table).prepared(preparation))
                .with(settings -> settings.epochs(3).batchSize(2).maxLength(12).classWeights(ClassWeights.BALANCED));
        Path whole = temporary.resolve("whole");
        tuning.train(whole).close();
        Path stopped = temporary.resolve("stopped");
        AtomicInteger left = new AtomicInteger(3);
        assertThat(tuning.train(stopped, () -> left.decrementAndGet() == 0)).isEmpty();
        Run run = Run.reopen(stopped);
        assertThat(run.spec().data().orElseThrow().preparation()).isEqualTo(preparation);
        assertThat(run.load().labels().names()).containsExactly("bad", "good");
        run.train(bert, run.load(), event -> {}, () -> false).orElseThrow().close();
        assertThat(stopped.resolve("adapter.safetensors")).hasSameBinaryContentAs(whole.resolve("adapter.safetensors"));
        AdapterCard card = AdapterCard.read(stopped);
        assertThat(card.source().orElseThrow().preparation()).isEqualTo(preparation);
        assertThat(card.provenance().orElseThrow().training().classWeights()).isEqualTo(ClassWeights.BALANCED);
        assertThat(JsonFiles.tree(DataSpec.of(table)).has("preparation"))
                .as("a key that says nothing else is not written")
                .isFalse();
    }

    @Test
    void aModelWithoutProvenancePredicts() throws IOException {
        Path stored = STORED.resolve("fbe97e2/classes");
        AdapterCard card = AdapterCard.read(stored);
        Path foreign = copied(stored);
        Files.delete(foreign.resolve("adapter.json"));
        AdapterFile.write(
                foreign.resolve("adapter.json"),
                new AdapterCard(
                        card.method(), card.task(), card.inference(), card.base(), Optional.empty(), card.checksum()));
        try (TunedModel one = TunedModel.load(stored, bert);
                TunedModel other = TunedModel.load(foreign, bert)) {
            assertThat(other.predict(SINGLE)).isEqualTo(one.predict(SINGLE));
            assertThat(other.card().metrics()).isEmpty();
        }
    }

    /** A key that changes its name, or comes newly, is a new version or a line in {@code AddedKeys}. */
    @Test
    void whatTrainingReturnsIsWhatStandsInTheFolderUnderTheseKeys() throws IOException {
        Path folder = temporary.resolve("trained");
        try (TunedModel model = Tuning.of(bert, "lora(rank=1)")
                .on(DataSpec.of(STORED.resolve("classes.tsv")))
                .with(settings -> settings.epochs(1).maxLength(12))
                .train(folder)) {
            assertThat(model.card()).isEqualTo(AdapterCard.read(folder));
            assertThat(model.card().checksum()).hasSize(8);
        }
        ObjectNode file = JsonFiles.read(folder.resolve("adapter.json"), WholeFile.SETTINGS);
        assertThat(file.path("format").asText()).isEqualTo("unipelt-adapter-2");
        assertThat(keys(file))
                .containsExactly("format", "method", "base", "task", "inference", "provenance", "checksum");
        assertThat(keys(file.get("task"))).containsExactly("kind", "classes");
        assertThat(keys(file.get("inference")))
                .containsExactly("maxLength", "paddedLength", "pooling", "head", "pairs");
        assertThat(keys(file.get("base"))).containsExactly("name", "fingerprint", "reading");
        assertThat(keys(file.get("provenance"))).containsExactly("training", "data", "metrics", "versions");
        assertThat(keys(file.get("provenance").get("data"))).containsExactly("spec", "split", "parts");
        assertThat(keys(file.get("provenance").get("training")))
                .containsExactly(
                        "batchSize",
                        "maxLength",
                        "epochs",
                        "patience",
                        "learningRate",
                        "warmUp",
                        "weightDecay",
                        "clip",
                        "dropout",
                        "seed",
                        "metric",
                        "adamw",
                        "padding",
                        "head",
                        "headStart",
                        "keep");
    }

    private static List<String> keys(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    private Path copied(Path from) throws IOException {
        Path to = Files.createDirectories(temporary.resolve(from.getFileName()));
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}

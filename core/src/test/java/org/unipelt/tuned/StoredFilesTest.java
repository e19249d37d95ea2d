package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.Repository;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.Answer;

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

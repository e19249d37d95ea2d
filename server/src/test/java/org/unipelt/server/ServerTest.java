package org.unipelt.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.task.Answer;
import org.unipelt.task.HeadOutput;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.RankedText;
import org.unipelt.tuned.TunedModel;

/** The bodies of every route, against the models' own answers. */
class ServerTest {
    @TempDir
    static Path folder;

    private static final List<Throwable> FAILURES = new CopyOnWriteArrayList<>();
    private static Path tuned;
    private static BaseModel base;
    private static Models models;
    private static Server server;
    private static Client client;
    private static Client admin;

    @BeforeAll
    static void start() throws IOException {
        tuned = TinyModels.write(folder);
        base = BaseModel.open(folder.resolve("base").toString());
        models = Models.open(
                List.of(tuned), (each, card) -> BaseModel.open(card.base().name()));
        server = Server.start(
                ServerSettings.usual()
                        .with(new ServerSettings.Address("127.0.0.1", 0, OptionalInt.of(0), Optional.of(tuned))),
                models,
                FAILURES::add);
        client = new Client(server.address());
        admin = new Client(server.adminAddress().orElseThrow());
    }

    @AfterAll
    static void stop() {
        server.close();
        models.close();
        base.close();
        assertThat(FAILURES).isEmpty();
    }

    private static Answer answer(String name, String... texts) {
        try (TunedModel model = TunedModel.load(tuned.resolve(name), base)) {
            return texts.length == 1 ? model.predict(texts[0]) : model.predict(texts[0], texts[1]);
        }
    }

    private static void assertSame(JsonNode given, Answer expected) {
        Map<String, Double> probabilities = expected instanceof Answer.Label label
                ? label.probabilities()
                : ((Answer.Labels) expected).probabilities();
        List<Double> scores = new ArrayList<>();
        given.forEach(each -> {
            scores.add(each.get("score").asDouble());
            assertThat(each.get("score").asDouble())
                    .isCloseTo(probabilities.get(each.get("label").asText()), within(1e-5));
        });
        assertThat(scores).hasSize(probabilities.size()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    }

    @Test
    void aBaseModelIsOpenedOnce() {
        assertThat(models.names()).containsExactly("gated", "mood", "ranker", "same", "stars", "topics");
        assertThat(models.bases()).isEqualTo(1);
    }

    @Test
    void aTextAPairAndABatch() throws Exception {
        Client.Reply one = client.post("/predict", "{'inputs': 'so good', 'adapter': 'mood'}");
        assertThat(one.status()).as(one.text()).isEqualTo(200);
        assertThat(one.type()).isEqualTo("application/json");
        assertSame(one.json(), answer("mood", "so good"));
        assertSame(
                client.post("/predict", "{'inputs': ['a film', 'bad'], 'adapter': 'same'}")
                        .json(),
                answer("same", "a film", "bad"));
        JsonNode batch = client.post("/predict", "{'inputs': [['a film'], ['i so']], 'adapter': 'topics'}")
                .json();
        assertSame(batch.get(0), answer("topics", "a film"));
        assertSame(batch.get(1), answer("topics", "i so"));
        JsonNode score = client.post("/predict", "{'inputs': ['good'], 'adapter': 'stars', 'raw_scores': false}")
                .json();
        assertThat(score.get(0).get("label").asText()).isEqualTo("score");
        assertThat(score.get(0).get("score").asDouble())
                .isCloseTo(((Answer.Score) answer("stars", "good")).value(), within(1e-5));
    }

    @Test
    void eachTextMayHaveAModelOfItsOwn() throws Exception {
        JsonNode mixed = client.post(
                        "/predict",
                        "{'inputs': [['so good'], ['a film', 'bad'], ['so good']], 'adapter': ['mood', 'same', 'gated']}")
                .json();
        assertSame(mixed.get(0), answer("mood", "so good"));
        assertSame(mixed.get(1), answer("same", "a film", "bad"));
        assertSame(mixed.get(2), answer("gated", "so good"));
    }

    @Test
    void textsAreRanked() throws Exception {
        List<String> texts = List.of("a film", "so good", "bad text");
        Client.Reply reply = client.post(
                "/rerank",
                "{'query': 'i', 'texts': ['a film', 'so good', 'bad text'], 'adapter': 'ranker', 'return_text': true}");
        List<RankedText> ranked;
        try (TunedModel model = TunedModel.load(tuned.resolve("ranker"), base)) {
            ranked = model.rank("i", texts);
        }
        JsonNode ranks = reply.json();
        for (int i = 0; i < 3; i++) {
            assertThat(ranks.get(i).get("index").asInt())
                    .isEqualTo(ranked.get(i).index());
            assertThat(ranks.get(i).get("text").asText())
                    .isEqualTo(ranked.get(i).text());
            assertThat(ranks.get(i).get("score").asDouble())
                    .isCloseTo(ranked.get(i).relevance(), within(1e-5));
        }
        JsonNode raw = client.post(
                        "/rerank",
                        "{'query': 'i', 'texts': ['a film', 'so good', 'bad text'], 'adapter': 'ranker', 'raw_scores': true}")
                .json();
        double logit = raw.get(0).get("score").asDouble();
        assertThat(1 / (1 + Math.exp(-logit))).isCloseTo(ranked.get(0).relevance(), within(1e-5));
        assertThat(raw.get(0).has("text")).isFalse();
    }

    private static HeadOutput output(String name, String text) {
        try (TunedModel model = TunedModel.load(tuned.resolve(name), base)) {
            return MixedBatch.compute(List.of(new MixedBatch.Request(model, Example.of(text))))
                    .get(0)
                    .head()
                    .orElseThrow();
        }
    }

    @Test
    void rawScoresAreLogits() throws Exception {
        JsonNode scores = client.post("/predict", "{'inputs': 'so good', 'adapter': 'mood', 'raw_scores': true}")
                .json();
        float[] logits = output("mood", "so good").logits();
        List<String> labels = List.of("bad", "fine", "good");
        assertThat(scores).hasSize(labels.size());
        scores.forEach(each -> assertThat(each.get("score").floatValue())
                .isCloseTo(logits[labels.indexOf(each.get("label").asText())], within(1e-5f)));
        assertThat(scores.get(0).get("score").asDouble())
                .isGreaterThan(scores.get(1).get("score").asDouble());
    }

    @Test
    void aTextsVectorIsWhatItsHeadReads() throws Exception {
        float[] mood = output("mood", "so good").vector();
        JsonNode plain = client.post("/embed", "{'inputs': 'so good', 'adapter': 'mood', 'normalize': false}")
                .json();
        assertThat(numbers(plain.get(0))).containsExactly(mood, offset(1e-5f));
        JsonNode two = client.post("/embed", "{'inputs': ['so good', 'a film'], 'adapter': ['mood', 'gated']}")
                .json();
        assertThat(numbers(two.get(0))).containsExactly(unit(mood), offset(1e-5f));
        assertThat(numbers(two.get(1)))
                .containsExactly(unit(output("gated", "a film").vector()), offset(1e-5f));
    }

    private static float[] numbers(JsonNode array) {
        float[] numbers = new float[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).floatValue();
        }
        return numbers;
    }

    private static float[] unit(float... vector) {
        double squares = 0;
        for (float value : vector) {
            squares += value * value;
        }
        float[] unit = vector.clone();
        for (int i = 0; i < unit.length; i++) {
            unit[i] /= (float) Math.sqrt(squares);
        }
        return unit;
    }

    /** What langchain4j's OpenAiEmbeddingModel and Python's openai send. */
    @Test
    void clientsOfOpenAiGetVectors() throws Exception {
        float[] expected = unit(output("mood", "so good").vector());
        JsonNode listing = client.post(
                        "/v1/embeddings",
                        "{'model': 'mood', 'input': ['so good', 'a film'], 'encoding_format': 'float'}",
                        "Authorization",
                        "Bearer none")
                .json();
        assertThat(listing.get("object").asText()).isEqualTo("list");
        assertThat(listing.get("model").asText()).isEqualTo("mood");
        assertThat(listing.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(numbers(listing.at("/data/0/embedding"))).containsExactly(expected, offset(1e-5f));
        assertThat(listing.at("/usage/total_tokens").asInt()).isEqualTo(8);
        JsonNode packed = client.post(
                        "/v1/embeddings", "{'input': 'so good', 'model': 'mood', 'encoding_format': 'base64'}")
                .json();
        FloatBuffer floats = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(packed.at("/data/0/embedding").asText()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        float[] read = new float[floats.remaining()];
        floats.get(read);
        assertThat(read).containsExactly(expected, offset(1e-5f));
    }

    /** What huggingface_hub's InferenceClient sends to the address of a server. */
    @Test
    void aClientWithoutAPathGetsPredictions() throws Exception {
        assertSame(
                client.post("/", "{'inputs': 'so good', 'parameters': {}, 'adapter': 'mood'}")
                        .json(),
                answer("mood", "so good"));
        JsonNode top = client.post(
                        "/",
                        "{'inputs': 'so good', 'parameters': {'top_k': 2, 'function_to_apply': 'none'}, 'adapter': 'mood'}")
                .json();
        float[] logits = output("mood", "so good").logits();
        Arrays.sort(logits);
        assertThat(top).hasSize(2);
        assertThat(top.get(0).get("score").floatValue()).isCloseTo(logits[2], within(1e-5f));
        assertThat(top.get(1).get("score").floatValue()).isCloseTo(logits[1], within(1e-5f));
    }

    @Test
    void aLongTextIsCutUnlessItMustNot() throws Exception {
        String text = "so ".repeat(40).strip();
        assertSame(
                client.post("/predict", "{'inputs': '" + text + "', 'adapter': 'mood', 'truncate': true}")
                        .json(),
                answer("mood", text));
        Client.Reply refused =
                client.post("/predict", "{'inputs': '" + text + "', 'adapter': 'mood', 'truncate': false}");
        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.json().get("error").asText()).contains("more than the 12 tokens");
    }

    @Test
    void theServerSaysWhatItHas() throws Exception {
        JsonNode info = client.get("/info?adapter=mood").json();
        assertThat(info.get("model_id").asText()).isEqualTo("mood");
        assertThat(info.at("/model_type/classifier/id2label/2").asText()).isEqualTo("good");
        assertThat(info.get("max_input_length").asInt()).isEqualTo(12);
        JsonNode listing = client.get("/v1/models").json();
        assertThat(listing.get("object").asText()).isEqualTo("list");
        assertThat(listing.get("data").findValuesAsText("id")).containsExactlyElementsOf(models.names());
        assertThat(client.get("/v1/models/mood").json().get("method").asText()).startsWith("lora");
        Client.Reply card = client.get("/v1/models/gated/card");
        assertThat(card.type()).startsWith("text/markdown");
        assertThat(card.text()).contains("unipelt(");
        assertThat(client.get("/health").status()).isEqualTo(200);
        client.post("/predict", "{'inputs': 'so good', 'adapter': 'mood'}");
        assertThat(client.get("/metrics").text())
                .contains("unipelt_queue_texts 0.0", "unipelt_texts_total{model=\"mood\"}", "route=\"/predict\"");
    }

    @Test
    void theDescriptionNamesRoutesAndFields() throws Exception {
        JsonNode description = client.get("/openapi.json").json();
        assertThat(description.get("openapi").asText()).startsWith("3.");
        assertThat(description.get("paths").fieldNames())
                .toIterable()
                .contains("/predict", "/rerank", "/v1/models/{name}/gates", "/v2/models/{name}/infer");
        assertThat(description.at("/components/schemas/Predict/properties").fieldNames())
                .toIterable()
                .contains("inputs", "adapter", "raw_scores", "truncation_direction");
    }

    @Test
    void pagesAndTheDescriptionNeedNoToken() throws Exception {
        assertThat(client.get(PageRoutes.DESCRIPTION).json().has("security")).isFalse();
        try (Server guarded = Server.start(ServerSettings.usual().withToken("s3cret"), models, FAILURES::add)) {
            Client stranger = new Client(guarded.address());
            for (String path : PageRoutes.OPEN) {
                assertThat(stranger.get(path).status()).as(path).isEqualTo(200);
            }
            assertThat(stranger.get("/v1/models").status()).isEqualTo(401);
            JsonNode description = stranger.get(PageRoutes.DESCRIPTION).json();
            assertThat(description
                            .at("/components/securitySchemes/token/scheme")
                            .asText())
                    .isEqualTo("bearer");
            assertThat(description.at("/security/0").has("token")).isTrue();
        }
        assertThat(client.get("/").type()).isEqualTo("text/html;charset=utf-8");
    }

    @Test
    void everyExampleOfTheDescriptionIsAnswered() throws Exception {
        List<String> asked = new ArrayList<>();
        JsonNode paths = client.get(PageRoutes.DESCRIPTION).json().get("paths");
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            JsonNode content = path.getValue().at("/post/requestBody/content/application~1json");
            if (content.isMissingNode()) {
                continue;
            }
            // A reader names a model where there are several.
            ObjectNode example = (ObjectNode) content.get("example");
            if (example.has("model")) {
                example.put("model", "mood");
            } else if (!path.getKey().contains("{name}")) {
                example.put("adapter", path.getKey().equals("/rerank") ? "ranker" : "mood");
            }
            Client.Reply reply = client.post(path.getKey().replace("{name}", "gated"), example.toString());
            assertThat(reply.status()).as(path.getKey() + reply.text()).isEqualTo(200);
            asked.add(path.getKey());
        }
        assertThat(asked).contains("/predict", "/v2/models/{name}/infer").hasSizeGreaterThanOrEqualTo(6);
    }

    @Test
    void theListSaysWhatThePageShows() throws Exception {
        JsonNode gated = client.get("/v1/models/gated").json();
        assertThat(gated.get("gates").asBoolean()).isTrue();
        assertThat(gated.has("thresholds")).isFalse();
        JsonNode topics = client.get("/v1/models/topics").json();
        assertThat(topics.get("gates").asBoolean()).isFalse();
        assertThat(topics.get("thresholds").toString()).isEqualTo("[0.5,0.5]");
    }

    @Test
    void everyGateByLayerAndPlace() throws Exception {
        JsonNode gates = client.post("/v1/models/gated/gates", "{'text': 'so good'}")
                .json()
                .get("gates");
        List<GateValues> expected;
        try (TunedModel model = TunedModel.load(tuned.resolve("gated"), base)) {
            expected = model.gates(List.of(Example.of("so good")));
        }
        assertThat(gates).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            GateValues gate = expected.get(i);
            assertThat(gates.get(i).get("submodule").asText()).isEqualTo(gate.submodule());
            assertThat(gates.get(i).get("layer").asInt()).isEqualTo(gate.site().layer());
            assertThat(gates.get(i).get("place").asText())
                    .isEqualTo(gate.site().place().text());
            assertThat(gates.get(i).get("value").asDouble()).isCloseTo(gate.values()[0], within(1e-6));
        }
    }

    @Test
    void theOpenInferenceProtocol() throws Exception {
        assertThat(client.get("/v2/health/live").json().get("live").asBoolean()).isTrue();
        assertThat(client.get("/v2/models/mood/ready").json().get("ready").asBoolean())
                .isTrue();
        JsonNode about = client.get("/v2/models/same").json();
        assertThat(about.get("inputs").findValuesAsText("name")).containsExactly("text", "pair");
        assertThat(about.at("/outputs/0/shape/1").asInt()).isEqualTo(2);
        JsonNode inferred = client.post(
                        "/v2/models/mood/infer",
                        "{'id': 'a', 'inputs': [{'name': 'text', 'shape': [2], 'datatype': 'BYTES',"
                                + " 'data': ['so good', 'a film']}]}")
                .json();
        assertThat(inferred.get("id").asText()).isEqualTo("a");
        assertThat(inferred.get("model_name").asText()).isEqualTo("mood");
        JsonNode probabilities = inferred.get("outputs").get(0);
        assertThat(probabilities.get("shape").toString()).isEqualTo("[2,3]");
        Answer.Label second = (Answer.Label) answer("mood", "a film");
        assertThat(probabilities.get("data").get(3).asDouble())
                .isCloseTo(second.probabilities().get("bad"), within(1e-5));
        assertThat(inferred.get("outputs").get(1).get("data").get(1).asText()).isEqualTo(second.text());
    }

    @Test
    void modelsComeAndGo() throws Exception {
        assertThat(client.post("/v1/load_lora_adapter", "{}").status()).isEqualTo(404);
        String load = "{'lora_name': 'again', 'lora_path': '" + tuned.resolve("mood") + "'}";
        Client.Reply loaded = admin.post("/v1/load_lora_adapter", load);
        assertThat(loaded.status()).as(loaded.text()).isEqualTo(200);
        assertThat(admin.post("/v1/load_lora_adapter", load).status()).isEqualTo(400);
        assertThat(models.bases()).isEqualTo(1);
        assertSame(
                client.post("/predict", "{'inputs': 'so good', 'adapter': 'again'}")
                        .json(),
                answer("mood", "so good"));
        assertThat(admin.post("/v1/unload_lora_adapter", "{'lora_name': 'again'}")
                        .status())
                .isEqualTo(200);
        Client.Reply gone = client.post("/predict", "{'inputs': 'so good', 'adapter': 'again'}");
        assertThat(gone.status()).isEqualTo(404);
        assertThat(admin.post("/v1/unload_lora_adapter", "{'lora_name': 'again'}")
                        .status())
                .isEqualTo(404);
    }

    /** After a restart the command names 'gated' again, but a client had loaded another model by that name. */
    @Test
    void whatAClientLoadedHoldsAfterARestart() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        ServerSettings settings = ServerSettings.usual()
                .with(new ServerSettings.Address("127.0.0.1", port, OptionalInt.of(0), Optional.of(tuned)));
        Path file = tuned.resolve("served-" + port + ".json");
        for (boolean again : List.of(false, true)) {
            try (Models own = Models.open(
                            List.of(tuned.resolve("gated")),
                            (each, card) -> BaseModel.open(card.base().name()));
                    Server restarted = Server.start(settings, own, FAILURES::add)) {
                if (!again) {
                    assertThat(restarted.notes()).isEmpty();
                    Client loading = new Client(restarted.adminAddress().orElseThrow());
                    loading.post("/v1/unload_lora_adapter", "{'lora_name': 'gated'}");
                    for (String name : List.of("gated", "b", "a")) {
                        loading.post("/v1/load_lora_adapter", "{'lora_name': '" + name + "', 'lora_path': 'mood'}");
                    }
                } else {
                    assertThat(restarted.notes()).containsExactly("serves a, b, gated as " + file + " remembers");
                }
                assertThat(own.names()).containsExactlyInAnyOrder("a", "b", "gated");
                assertThat(own.bases()).isEqualTo(1);
                assertSame(
                        new Client(restarted.address())
                                .post("/predict", "{'inputs': 'so good', 'adapter': 'gated'}")
                                .json(),
                        answer("mood", "so good"));
            }
        }
        Files.delete(file);
    }

    @Test
    void modelsComeFromTheAllowedFolderOnly() throws Exception {
        Path link = Files.createSymbolicLink(tuned.resolve("link"), folder.resolve("base"));
        try {
            for (String path :
                    List.of("../base", folder.resolve("base").toString(), "link", ".", "/etc", "mood/../..")) {
                Client.Reply refused =
                        admin.post("/v1/load_lora_adapter", "{'lora_name': 'x', 'lora_path': '" + path + "'}");
                assertThat(refused.status()).as(path + refused.text()).isEqualTo(403);
                assertThat(refused.text()).doesNotContain(folder.toString());
            }
        } finally {
            Files.delete(link);
        }
        assertThat(admin.post("/v1/load_lora_adapter", "{'lora_name': '../x', 'lora_path': 'mood'}")
                        .status())
                .isEqualTo(422);
        assertThat(admin.post("/v1/load_lora_adapter", "{'lora_name': 'x', 'lora_path': 'none'}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aTakenPortIsTold() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            ServerSettings settings = ServerSettings.usual()
                    .with(new ServerSettings.Address(
                            "127.0.0.1", taken.getLocalPort(), OptionalInt.empty(), Optional.empty()));
            assertThatThrownBy(() -> Server.start(settings, models, FAILURES::add))
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("cannot listen at 127.0.0.1, port " + taken.getLocalPort());
        }
    }

    @Test
    void foldersWithoutModelsAreRefused() throws IOException {
        Models.Opener never = (each, card) -> {
            throw new AssertionError("no base model is opened");
        };
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> Models.open(List.of(empty), never))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds no adapter.json");
        assertThatThrownBy(() -> Models.open(List.of(folder.resolve("nix")), never))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("there is no such folder");
        assertThatThrownBy(() -> Models.open(List.of(tuned, tuned.resolve("mood")), never))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("have the same name, 'mood'");
    }
}

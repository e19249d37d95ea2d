package org.unipelt.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.hub.BaseModel;

/** Requests that get no answer: the status and one sentence, and never an error of the program. */
class BadRequestTest {
    @TempDir
    static Path folder;

    private static final List<Throwable> FAILURES = new CopyOnWriteArrayList<>();
    private static Models models;
    private static Server server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        Path tuned = TinyModels.write(folder);
        models = Models.open(
                List.of(tuned), (each, card) -> BaseModel.open(card.base().name()));
        server = Server.start(
                ServerSettings.usual().with(new ServerSettings.Limits(1_000_000, 100, 1000, Duration.ofMillis(700))),
                models,
                FAILURES::add);
        client = new Client(server.address());
    }

    @AfterAll
    static void stop() {
        server.close();
        models.close();
        assertThat(FAILURES).isEmpty();
    }

    private record Bad(String what, String path, byte[] body, String type, int status, String said) {
        @Override
        public String toString() {
            return what;
        }
    }

    /** With {@code '} for {@code "}. */
    private static Bad bad(String path, String body, int status, String said) {
        return new Bad(
                path + " " + body.substring(0, Math.min(60, body.length())),
                path,
                body.replace('\'', '"').getBytes(StandardCharsets.UTF_8),
                "application/json",
                status,
                said);
    }

    private static Bad predict(String body, int status, String said) {
        return bad("/predict", body, status, said);
    }

    private static Bad typed(String type, int status, String said) {
        return new Bad(
                "type " + type, "/predict", "{\"inputs\":\"a\"}".getBytes(StandardCharsets.UTF_8), type, status, said);
    }

    private static Bad infer(String input, int status, String said) {
        return bad("/v2/models/mood/infer", "{'inputs': [" + input + "]}", status, said);
    }

    static Stream<Bad> requests() {
        String named = ", 'adapter': 'mood'}";
        return Stream.of(
                predict("", 400, "empty"),
                predict("{", 400, "ends too early"),
                predict("{'inputs': 'a'", 400, "ends too early"),
                predict("{'inputs': 'a", 400, "ends too early"),
                predict("{'inputs': 'a'} x", 400, ""),
                predict("{'inputs': 'a', 'inputs': 'b'}", 400, "appears twice"),
                predict("{inputs: 1}", 400, "not valid JSON"),
                predict("{'inputs': NaN}", 400, "not valid JSON"),
                predict("{'inputs': " + "[".repeat(5000), 400, "nested too deeply"),
                new Bad(
                        "invalid UTF-8",
                        "/predict",
                        new byte[] {'{', '"', (byte) 0xc3, '(', '"', '}'},
                        "application/json",
                        400,
                        "not UTF-8"),
                predict("null", 422, "null"),
                predict("[]", 422, "the body"),
                predict("'text'", 422, "the body"),
                predict("{}", 422, "'inputs' is missing"),
                predict("{'inputs': null}", 422, "'inputs' is missing"),
                predict("{'inputs': 5}", 422, "'inputs' must be a text"),
                predict("{'inputs': {}}", 422, "'inputs' must be a text"),
                predict("{'inputs': []}", 400, "'inputs' is empty"),
                predict("{'inputs': [5]}", 422, "'inputs' must be"),
                predict("{'inputs': ['a', 'b', 'c']" + named, 422, "'inputs' must be"),
                predict("{'inputs': [['a'], 'b']" + named, 422, "'inputs' must be"),
                predict("{'inputs': [['a'], []]" + named, 422, "'inputs' must be"),
                predict("{'inputs': [['a', 'b', 'c']]" + named, 422, "'inputs' must be"),
                predict("{'inputs': ''" + named, 422, "blank"),
                predict("{'inputs': ' \\n '" + named, 422, "blank"),
                predict("{'inputs': 'a \\ud800 b'" + named, 422, "lone surrogate"),
                predict("{'inputs': 'a', 'tempo': 1}", 422, "'tempo' is not a known key"),
                predict("{'input': 'a'}", 422, "did you mean 'inputs'?"),
                predict("{'inputs': 'a', 'raw_scores': 'yes'}", 422, "'raw_scores'"),
                predict("{'inputs': 'a', 'truncate': 1" + named, 422, "'truncate'"),
                predict("{'inputs': 'a', 'truncation_direction': 'Left'" + named, 422, "must be Right"),
                predict("{'inputs': 'a'}", 422, "there are 6 models; name one"),
                predict("{'inputs': 'a', 'adapter': 'moot'}", 404, "did you mean 'mood'?"),
                predict("{'inputs': 'a', 'adapter': '../mood'}", 404, "unknown model"),
                predict("{'inputs': 'a', 'adapter': 7}", 422, "'adapter' must be"),
                predict("{'inputs': [['a'], ['b']], 'adapter': ['mood']}", 422, "1 names for 2 texts"),
                predict("{'inputs': ['a', 'b']" + named, 422, "reads single texts"),
                predict("{'inputs': 'a', 'adapter': 'same'}", 422, "reads pairs of texts"),
                predict("{'inputs': '" + "a".repeat(1001) + "'" + named, 413, "1001 characters"),
                predict("{'inputs': '" + "a".repeat(10_000_000) + "'" + named, 413, "more than 1000000 bytes"),
                predict("{'inputs': [" + "['a'],".repeat(100_000) + "['a']]" + named, 413, "100001 texts"),
                typed("text/plain", 415, "Content-Type: application/json"),
                typed("application/x-www-form-urlencoded", 415, "Content-Type: application/json"),
                typed("application/json; charset=latin1", 415, "UTF-8"),
                bad("/rerank", "{'query': 'a'}", 422, "a query and texts"),
                bad("/rerank", "{'query': 5, 'texts': ['a']}", 422, "'query'"),
                bad("/rerank", "{'query': 'a', 'texts': 'b'}", 422, "'texts'"),
                bad("/rerank", "{'query': 'a', 'texts': [null]}", 422, "a query and texts"),
                bad("/rerank", "{'query': 'a', 'texts': []}", 400, "'texts' is empty"),
                bad("/rerank", "{'query': 'a', 'texts': ['b']" + named, 424, "only one that was trained on queries"),
                bad("/embed", "{}", 422, "'inputs' is missing"),
                bad("/embed", "{'inputs': []" + named, 400, "'inputs' is empty"),
                bad("/embed", "{'inputs': [1]" + named, 422, "must be a text, or a list of texts"),
                bad("/embed", "{'inputs': 'a', 'adapter': 'same'}", 422, "reads pairs of texts"),
                bad("/v1/embeddings", "{'input': 'a', 'model': 'moot'}", 404, "did you mean 'mood'?"),
                bad("/v1/embeddings", "{'input': 'a', 'model': 'mood', 'dimensions': 2}", 422, "'dimensions'"),
                bad("/v1/embeddings", "{'input': 'a', 'encoding_format': 'hex'}", 422, "float or base64"),
                bad("/tokenize", "{}", 404, "there is no /tokenize"),
                bad("/health", "{}", 405, "does not take POST"),
                bad("/v1/load_lora_adapter", "{}", 404, "there is no"),
                bad("/v1/models/..%2fmood/gates", "{'text': 'a'}", -1, ""),
                bad("/v1/models/moot/gates", "{'text': 'a'}", 404, "did you mean 'mood'?"),
                bad("/v1/models/gated/gates", "{}", 422, "'text' is missing"),
                bad("/v1/models/mood/gates", "{'text': 'a'}", 424, "has no gates"),
                bad("/v2/models/moot/infer", "{}", 404, "did you mean 'mood'?"),
                bad("/v2/models/mood/infer", "{}", 422, "needs the input 'text'"),
                infer("{'name': 'pair'}", 422, "has no input 'pair'"),
                infer("null", 422, "has no input"),
                infer("{'name': 'text', 'datatype': 'FP32', 'shape': [1], 'data': [1]}", 422, "datatype BYTES"),
                infer("{'name': 'text', 'datatype': 'BYTES', 'shape': [1], 'data': [1]}", 422, "a list of texts"),
                infer("{'name': 'text', 'datatype': 'BYTES', 'shape': [2], 'data': ['a']}", 422, "must be [1]"),
                infer("{'name': 'text', 'datatype': 'BYTES', 'shape': [0], 'data': []}", 400, "is empty"));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void getsAStatusAndOneSentence(Bad bad) throws Exception {
        Client.Reply reply = client.send(client.request(bad.path())
                .header("Content-Type", bad.type())
                .POST(BodyPublishers.ofByteArray(bad.body())));
        if (bad.status() < 0) {
            assertThat(reply.status()).isIn(400, 404);
        } else {
            assertThat(reply.status()).as(reply.text()).isEqualTo(bad.status());
        }
        assertOneSentence(reply, bad.said());
    }

    private static void assertOneSentence(Client.Reply reply, String said) throws IOException {
        assertThat(reply.type()).startsWith("application/json");
        JsonNode body = reply.json();
        assertThat(body.fieldNames()).toIterable().containsExactly("error", "error_type");
        assertThat(body.get("error").asText())
                .contains(said)
                .doesNotContain("\n", "Exception", "org.unipelt", folder.toString())
                .hasSizeLessThan(400);
    }

    @Test
    void aBodyWithoutALengthIsLimitedToo() throws Exception {
        byte[] large = "a".repeat(3_000_000).getBytes(StandardCharsets.UTF_8);
        HttpRequest.BodyPublisher stream = BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large));
        Client.Reply reply = client.send(client.request("/predict")
                .header("Content-Type", "application/json")
                .POST(stream));
        assertThat(reply.status()).isEqualTo(413);
    }

    @Test
    void largeHeadersAndBrokenHttpAreRefused() throws IOException {
        assertThat(raw("GET /health HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("{\"error\":\"the headers are too large");
        assertThat(raw("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ")
                .contains("the path is too long");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ").contains("\"error\"");
        assertThat(raw("GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("\"error\"");
    }

    @Test
    void aSlowClientTimesOut() throws IOException {
        assertThat(
                        raw(
                                "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
                .startsWith("HTTP/1.1 408 ")
                .contains("did not arrive");
    }

    @Test
    void aBodyMayComeInParts() throws Exception {
        byte[] body = "{\"inputs\": \"so good\", \"adapter\": \"mood\"}".getBytes(StandardCharsets.UTF_8);
        try (Socket socket =
                new Socket(server.address().getHost(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST /predict HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                    + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            out.write(body, 0, 10);
            out.flush();
            Thread.sleep(100);
            out.write(body, 10, body.length - 10);
            out.flush();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    private static String raw(String request) throws IOException {
        try (Socket socket =
                new Socket(server.address().getHost(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void withATokenOnlyHealthIsFree() throws Exception {
        try (Server guarded = Server.start(ServerSettings.usual().withToken("secret"), models, FAILURES::add)) {
            Client other = new Client(guarded.address());
            assertThat(other.get("/health").status()).isEqualTo(200);
            for (Client.Reply reply : List.of(
                    other.get("/v1/models"),
                    other.get("/metrics"),
                    other.get("/none"),
                    other.post("/predict", "{", "Authorization", "Bearer secre"))) {
                assertThat(reply.status()).isEqualTo(401);
                assertOneSentence(reply, "a token is needed");
            }
            assertThat(other.post("/predict", "{'inputs': 'a', 'adapter': 'mood'}", "Authorization", "Bearer secret")
                            .status())
                    .isEqualTo(200);
        }
    }
}

package org.unipelt.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;
import org.unipelt.tuned.MixedBatch;

/** Batches, the end of the queue, deadlines, unloading under load, and the end of the server. */
@Timeout(30)
class BatchesTest {
    private static final String GOOD = "{'inputs': 'so good', 'adapter': 'mood'}";

    @TempDir
    static Path folder;

    private static Path tuned;

    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private CountDownLatch gate;
    private Models models;
    private Server server;

    @BeforeAll
    static void write() throws IOException {
        tuned = TinyModels.write(folder);
    }

    @BeforeEach
    void open() {
        models = Models.open(
                List.of(tuned.resolve("mood"), tuned.resolve("gated")),
                (each, card) -> BaseModel.open(card.base().name()));
        gate = new CountDownLatch(1);
    }

    @AfterEach
    void close() {
        gate.countDown();
        server.close();
        models.close();
    }

    /** Computes a batch when the gate opens. */
    private List<MixedBatch.Result> gated(List<MixedBatch.Request> requests) {
        sizes.add(requests.size());
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return MixedBatch.compute(requests);
    }

    private Client start(
            Duration delay,
            int tokens,
            int queue,
            Function<List<MixedBatch.Request>, List<MixedBatch.Result>> compute) {
        ServerSettings.Limits usual = ServerSettings.Limits.USUAL;
        server = Server.start(
                ServerSettings.usual()
                        .with(new ServerSettings.Limits(
                                usual.body(), Math.min(queue, usual.texts()), usual.characters(), usual.idle()))
                        .with(new ServerSettings.Batching(delay, tokens, queue, Duration.ofSeconds(20)))
                        .with(new ServerSettings.Address("127.0.0.1", 0, OptionalInt.of(0), Optional.of(tuned))),
                models,
                failures::add,
                compute);
        return new Client(server.address());
    }

    private static List<CompletableFuture<Client.Reply>> ask(Client client, int times) {
        return IntStream.range(0, times)
                .mapToObj(i -> client.posted("/predict", GOOD))
                .toList();
    }

    private void awaitQueue(Client client, int texts) throws Exception {
        while (!client.get("/metrics").text().contains("unipelt_queue_texts " + texts + ".0")) {
            Thread.sleep(10);
        }
    }

    @Test
    void requestsShareABatch() throws Exception {
        // 4 tokens each: they wait for the eighth text and no longer.
        Client client = start(Duration.ofSeconds(20), 32, 100, this::gated);
        int workers = Engine.workers().count();
        List<CompletableFuture<Client.Reply>> replies = new ArrayList<>(ask(client, workers));
        while (sizes.size() < workers) {
            Thread.sleep(10);
        }
        replies.addAll(ask(client, 8));
        awaitQueue(client, 8);
        gate.countDown();
        for (CompletableFuture<Client.Reply> reply : replies) {
            assertThat(reply.get(9, TimeUnit.SECONDS).status()).isEqualTo(200);
        }
        // Workers that are free at the same time share them.
        assertThat(sizes.subList(0, workers)).containsOnly(1);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(workers + 8);
        assertThat(sizes).hasSizeLessThanOrEqualTo(2 * workers);
    }

    @Test
    void aLoneRequestWaitsForNobody() throws Exception {
        gate.countDown();
        Client client = start(Duration.ofSeconds(20), 32, 100, this::gated);
        assertThat(client.posted("/predict", GOOD).get(9, TimeUnit.SECONDS).status())
                .isEqualTo(200);
    }

    @Test
    void aFullQueueRefusesAndADeadlineFreesPlaces() throws Exception {
        Client client = start(Duration.ZERO, 4, 3, this::gated);
        int workers = Engine.workers().count();
        List<CompletableFuture<Client.Reply>> computing = ask(client, workers);
        while (sizes.size() < workers) {
            Thread.sleep(10);
        }
        CompletableFuture<Client.Reply> late = client.posted(
                "/predict", "{'inputs': [['a'], ['i'], ['it']], 'adapter': 'mood'}", "X-Timeout-Ms", "300");
        awaitQueue(client, 3);
        Client.Reply refused = client.post("/predict", GOOD);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.retryAfter()).isEqualTo("1");
        assertThat(refused.json().get("error_type").asText()).isEqualTo("Overloaded");
        assertThat(late.get().status()).isEqualTo(504);
        awaitQueue(client, 0);
        CompletableFuture<Client.Reply> next = client.posted("/predict", GOOD);
        gate.countDown();
        assertThat(next.get().status()).isEqualTo(200);
        for (CompletableFuture<Client.Reply> reply : computing) {
            assertThat(reply.get().status()).isEqualTo(200);
        }
        assertThat(client.post("/predict", GOOD, "X-Timeout-Ms", "soon").status())
                .isEqualTo(400);
        assertThat(client.get("/metrics").text()).contains("route=\"/predict\",status=\"504\"");
    }

    /** Sends a request of three texts by hand, as only so its client can go away. */
    private Socket asked() throws IOException {
        Socket socket = new Socket(server.address().getHost(), server.address().getPort());
        String body = "{\"inputs\": [[\"a\"], [\"i\"], [\"it\"]], \"adapter\": \"gated\"}";
        socket.getOutputStream()
                .write(("POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    @Test
    void aClientThatWentAwayFreesItsPlacesAndIsNotComputed() throws Exception {
        Client client = start(Duration.ZERO, 4, 3, this::gated);
        int workers = Engine.workers().count();
        List<CompletableFuture<Client.Reply>> computing = ask(client, workers);
        while (sizes.size() < workers) {
            Thread.sleep(10);
        }
        try (Socket stays = asked()) {
            awaitQueue(client, 3);
            assertThat(client.post("/predict", GOOD).status()).isEqualTo(429);
        }
        // Its client is away now, so its three places are free.
        CompletableFuture<Client.Reply> next = client.posted("/predict", GOOD);
        awaitQueue(client, 1);
        gate.countDown();
        assertThat(next.get().status()).isEqualTo(200);
        for (CompletableFuture<Client.Reply> reply : computing) {
            assertThat(reply.get().status()).isEqualTo(200);
        }
        assertThat(client.get("/metrics").text())
                .contains("route=\"/predict\",status=\"499\"")
                .doesNotContain("unipelt_texts_total{model=\"gated\"}");
    }

    /** A second request on a connection whose first is not answered is no end of the connection. */
    @Test
    void aClientThatAsksAheadGetsBothAnswers() throws Exception {
        Client client = start(Duration.ZERO, 4, 3, this::gated);
        int workers = Engine.workers().count();
        List<CompletableFuture<Client.Reply>> computing = ask(client, workers);
        while (sizes.size() < workers) {
            Thread.sleep(10);
        }
        try (Socket ahead = asked()) {
            awaitQueue(client, 3);
            ahead.getOutputStream()
                    .write("GET /v2/health/live HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(client.post("/predict", GOOD).status()).isEqualTo(429);
            gate.countDown();
            StringBuilder read = new StringBuilder();
            while (!read.toString().contains("\"live\":true")) {
                int next = ahead.getInputStream().read();
                assertThat(next).isNotNegative();
                read.append((char) next);
            }
            assertThat(read.toString()).startsWith("HTTP/1.1 200 OK").contains("\"label\":\"good\"");
        }
        for (CompletableFuture<Client.Reply> reply : computing) {
            assertThat(reply.get().status()).isEqualTo(200);
        }
    }

    @Test
    void anUnloadedModelAnswersWhatItHasBegun() throws Exception {
        Client client = start(Duration.ZERO, 4, 100, this::gated);
        List<CompletableFuture<Client.Reply>> begun = ask(client, 10);
        while (sizes.isEmpty()
                || !client.get("/metrics").text().contains("unipelt_queue_texts " + (10 - sizes.size()))) {
            Thread.sleep(10);
        }
        Client admin = new Client(server.adminAddress().orElseThrow());
        CompletableFuture<Client.Reply> unloaded = admin.posted("/v1/unload_lora_adapter", "{'lora_name': 'mood'}");
        while (models.names().contains("mood")) {
            Thread.sleep(10);
        }
        assertThat(client.post("/predict", GOOD).status()).isEqualTo(404);
        assertThat(unloaded).isNotDone();
        gate.countDown();
        for (CompletableFuture<Client.Reply> reply : begun) {
            assertThat(reply.get().status()).isEqualTo(200);
        }
        assertThat(unloaded.get().status()).isEqualTo(200);
        assertThat(failures).isEmpty();
    }

    @Test
    void twoLoadsOfOneNameGiveOneModel() throws Exception {
        gate.countDown();
        start(Duration.ZERO, 4, 100, this::gated);
        Client admin = new Client(server.adminAddress().orElseThrow());
        List<Integer> statuses = new ArrayList<>();
        List<CompletableFuture<Client.Reply>> loads = IntStream.range(0, 2)
                .mapToObj(i -> admin.posted("/v1/load_lora_adapter", "{'lora_name': 'more', 'lora_path': 'topics'}"))
                .toList();
        for (CompletableFuture<Client.Reply> load : loads) {
            statuses.add(load.get().status());
        }
        assertThat(statuses).containsExactlyInAnyOrder(200, 400);
        assertThat(models.names()).containsExactly("mood", "gated", "more");
    }

    @Test
    void theEndAnswersWhatWasTaken() throws Exception {
        Client client = start(Duration.ZERO, 4, 100, this::gated);
        List<CompletableFuture<Client.Reply>> taken = ask(client, 6);
        while (sizes.isEmpty()
                || !client.get("/metrics").text().contains("unipelt_queue_texts " + (6 - sizes.size()))) {
            Thread.sleep(10);
        }
        Thread end = new Thread(server::close);
        end.start();
        Thread.sleep(1300);
        assertThat(end.isAlive()).isTrue();
        gate.countDown();
        for (CompletableFuture<Client.Reply> reply : taken) {
            assertThat(reply.get().status()).isEqualTo(200);
        }
        end.join();
    }

    @Test
    void oneRequestsFailureIsNoOthers() throws Exception {
        Client client = start(Duration.ofMillis(500), 100, 100, requests -> {
            if (requests.stream().anyMatch(request -> request.example().text().equals("bad"))) {
                throw new InputException("a weight is damaged");
            }
            if (requests.stream().anyMatch(request -> request.example().text().equals("awful"))) {
                throw new IllegalStateException("a secret of the program");
            }
            return MixedBatch.compute(requests);
        });
        List<CompletableFuture<Client.Reply>> replies = List.of(
                client.posted("/predict", "{'inputs': 'bad', 'adapter': 'mood'}"),
                client.posted("/predict", "{'inputs': 'awful', 'adapter': 'mood'}"),
                client.posted("/predict", "{'inputs': 'joy', 'adapter': 'gated'}"),
                client.posted("/predict", "{'inputs': 'pain', 'adapter': 'gated'}"));
        assertThat(replies.get(0).get().status()).isEqualTo(424);
        assertThat(replies.get(0).get().text()).contains("a weight is damaged", "\"Backend\"");
        assertThat(replies.get(1).get().status()).isEqualTo(500);
        assertThat(replies.get(1).get().text()).doesNotContain("secret");
        assertThat(replies.get(2).get().status()).isEqualTo(200);
        assertThat(replies.get(3).get().status()).isEqualTo(200);
        assertThat(failures).hasSize(1);
    }
}

package org.unipelt.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.unipelt.files.StrictJson;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Answer;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/**
 * The server that one writes first: a loop that answers each request by itself, with {@link TunedModel#predict} of its model.
 * It has as many threads as the engine has workers, and the JSON of {@code unipelt serve}'s {@code /predict} for one text.
 * {@code benchmarks/serving} compares both.
 *
 * <pre>
 *   OneByOne FOLDER PRECISION        serves the folder's tuned models, which have one base model; prints its address
 * </pre>
 */
public final class OneByOne {
    private static final int ACCEPTED = 1024;

    private final JsonMapper json = StrictJson.mapper().build();
    private final Map<String, TunedModel> models;

    private OneByOne(Map<String, TunedModel> models) {
        this.models = models;
    }

    /** The body of a request. */
    private record Asked(String inputs, String adapter) {}

    /** A label and its probability. */
    private record Prediction(String label, double score) {}

    /** What is said at the start, as {@code unipelt serve --json} does. */
    private record Serving(String address) {}

    /** Serves until the process is ended. */
    public static void main(String[] arguments) throws IOException {
        Compute compute = Compute.of(Device.CPU, Precision.named(arguments[1]));
        OneByOne served = new OneByOne(load(Path.of(arguments[0]), compute));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ACCEPTED);
        ExecutorService threads =
                Executors.newFixedThreadPool(Engine.workers().count(), work -> Engine.thread(work, "one-by-one"));
        server.setExecutor(threads);
        server.createContext("/predict", served::answer);
        server.start();
        InetSocketAddress at = server.getAddress();
        System.out.println(served.json.writeValueAsString(
                new Serving("http://" + at.getAddress().getHostAddress() + ":" + at.getPort())));
    }

    private static Map<String, TunedModel> load(Path folder, Compute compute) throws IOException {
        Map<String, TunedModel> models = new TreeMap<>();
        List<Path> folders;
        try (Stream<Path> entries = Files.list(folder)) {
            folders = entries.filter(each -> Files.exists(each.resolve("adapter.json")))
                    .toList();
        }
        BaseModel base = BaseModel.open(AdapterCard.read(folders.get(0)).base().name(), compute);
        for (Path each : folders) {
            models.put(each.getFileName().toString(), TunedModel.load(each, base));
        }
        return models;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Asked asked = json.readValue(exchange.getRequestBody().readAllBytes(), Asked.class);
            byte[] body = json.writeValueAsBytes(predictions(
                    Objects.requireNonNull(models.get(asked.adapter())).predict(asked.inputs())));
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static List<Prediction> predictions(Answer answer) {
        Map<String, Double> probabilities = answer instanceof Answer.Labels labels
                ? labels.probabilities()
                : ((Answer.Label) answer).probabilities();
        return probabilities.entrySet().stream()
                .map(each -> new Prediction(each.getKey(), each.getValue()))
                .sorted(Comparator.comparingDouble(Prediction::score).reversed())
                .toList();
    }
}

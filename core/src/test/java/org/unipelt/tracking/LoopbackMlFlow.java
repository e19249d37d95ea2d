package org.unipelt.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Plays an MLflow tracking server on the loopback interface: its calls, required fields, limits and error bodies. */
final class LoopbackMlFlow implements AutoCloseable {
    /** Answers in place of the server, or returns false to let it answer. */
    interface Trouble {
        boolean to(HttpExchange exchange, String call) throws IOException, InterruptedException;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    final List<String> calls = new CopyOnWriteArrayList<>();
    final List<String> authorizations = new CopyOnWriteArrayList<>();
    final Map<String, String> experiments = new LinkedHashMap<>();
    final Map<String, String> params = new LinkedHashMap<>();
    final List<JsonNode> metrics = new CopyOnWriteArrayList<>();
    volatile String status = "";
    volatile Trouble trouble = (exchange, call) -> false;
    volatile int longestValue = 6000;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "loopback-mlflow");
        thread.setDaemon(true);
        return thread;
    });

    /** An answer that says no. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;

        Refusal(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    LoopbackMlFlow() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
        experiments.put("Default", "0");
    }

    String address() {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String call = exchange.getRequestURI().getPath().replaceFirst("^/api/2.0/mlflow/", "");
        try (exchange) {
            if (trouble.to(exchange, call)) {
                return;
            }
            calls.add(call);
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            try {
                answer(exchange, 200, result(exchange, call));
            } catch (Refusal e) {
                answer(
                        exchange,
                        e.status,
                        JSON.createObjectNode().put("error_code", e.code).put("message", e.getMessage()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void answer(HttpExchange exchange, int status, JsonNode body) throws IOException {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized JsonNode result(HttpExchange exchange, String call) throws IOException, Refusal {
        boolean asks = call.equals("experiments/get-by-name");
        if (!exchange.getRequestMethod().equals(asks ? "GET" : "POST")) {
            throw new Refusal(405, "BAD_REQUEST", "method not allowed");
        }
        if (asks) {
            String name = URLDecoder.decode(
                    exchange.getRequestURI().getRawQuery().replaceFirst("^experiment_name=", ""),
                    StandardCharsets.UTF_8);
            if (!experiments.containsKey(name)) {
                throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name '" + name + "'");
            }
            ObjectNode found = JSON.createObjectNode();
            found.putObject("experiment")
                    .put("experiment_id", experiments.get(name))
                    .put("name", name)
                    .put("lifecycle_stage", name.startsWith("old") ? "deleted" : "active");
            return found;
        }
        JsonNode body = JSON.readTree(exchange.getRequestBody());
        return switch (call) {
            case "experiments/create" -> {
                String id = Integer.toString(experiments.size());
                experiments.put(required(body, "name").asText(), id);
                yield JSON.createObjectNode().put("experiment_id", id);
            }
            case "runs/create" -> {
                if (!experiments.containsValue(required(body, "experiment_id").asText())) {
                    throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "No such experiment");
                }
                required(body, "start_time");
                required(body, "run_name");
                status = "RUNNING";
                ObjectNode run = JSON.createObjectNode();
                run.putObject("run").putObject("info").put("run_id", "run-1");
                yield run;
            }
            case "runs/log-batch" -> log(body);
            case "runs/update" -> {
                known(body);
                required(body, "end_time");
                status = required(body, "status").asText();
                yield JSON.createObjectNode();
            }
            default -> throw new Refusal(404, "ENDPOINT_NOT_FOUND", call);
        };
    }

    private JsonNode log(JsonNode body) throws Refusal {
        known(body);
        if (body.path("metrics").size() > 1000 || body.path("params").size() > 100) {
            throw new Refusal(400, "INVALID_PARAMETER_VALUE", "A batch logging request has too many entries");
        }
        List<JsonNode> read = new ArrayList<>();
        for (JsonNode metric : body.path("metrics")) {
            for (String field : List.of("key", "value", "timestamp", "step")) {
                required(metric, field);
            }
            read.add(metric);
        }
        for (JsonNode param : body.path("params")) {
            String value = required(param, "value").asText();
            if (value.length() > longestValue) {
                throw new Refusal(400, "INVALID_PARAMETER_VALUE", "Param value exceeded length");
            }
            params.put(required(param, "key").asText(), value);
        }
        metrics.addAll(read);
        return JSON.createObjectNode();
    }

    private static void known(JsonNode body) throws Refusal {
        if (!required(body, "run_id").asText().equals("run-1")) {
            throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST", "Run not found");
        }
    }

    private static JsonNode required(JsonNode body, String field) throws Refusal {
        if (!body.hasNonNull(field)) {
            throw new Refusal(400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter '" + field + "'");
        }
        return body.get(field);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}

package org.unipelt.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** A client of the server. */
final class Client {
    private final HttpClient http = HttpClient.newHttpClient();
    private final URI address;

    Client(URI address) {
        this.address = address;
    }

    /** An answer. */
    record Reply(int status, String type, String retryAfter, String text) {
        JsonNode json() throws IOException {
            return new JsonMapper().readTree(text);
        }

        private static Reply of(HttpResponse<byte[]> response) {
            return new Reply(
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response.headers().firstValue("Retry-After").orElse(""),
                    new String(response.body(), StandardCharsets.UTF_8));
        }
    }

    Reply get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    /** Sends JSON, with {@code '} for {@code "}. */
    Reply post(String path, String json, String... headers) throws IOException, InterruptedException {
        return send(posting(path, json, headers));
    }

    CompletableFuture<Reply> posted(String path, String json, String... headers) {
        return http.sendAsync(posting(path, json, headers).build(), HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(Reply::of);
    }

    private HttpRequest.Builder posting(String path, String json, String... headers) {
        HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request.POST(BodyPublishers.ofString(json.replace('\'', '"')));
    }

    Reply send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return Reply.of(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + path));
    }
}

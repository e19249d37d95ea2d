package org.unipelt.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The REST calls of an MLflow tracking server, version 2.0 (MLflow's documentation, "REST API"). */
final class MlFlowServer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CALLS = "/api/2.0/mlflow/";
    /** Of a message of the server. */
    private static final int LONGEST = 300;

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final String address;
    private final Optional<String> authorization;
    private final Duration wait;
    private final HttpClient http;

    /**
     * A server.
     *
     * @param address its address, without a path of a call
     * @param authorization the value of the header; never shown
     * @param wait the longest time for an answer
     */
    MlFlowServer(URI address, Optional<String> authorization, Duration wait) {
        this.address = address.toString().replaceFirst("/+$", "");
        this.authorization = authorization;
        this.wait = wait;
        // A redirection would get the authorization.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** An answer that says no. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;

        Refused(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }

        /** MLflow's word for the reason, e.g. {@code RESOURCE_DOES_NOT_EXIST}; may be empty. */
        String code() {
            return code;
        }

        /** Whether the same call may succeed later. */
        boolean mayPass() {
            return status >= 500 || status == 429;
        }
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    String address() {
        return address;
    }

    /** Asks for something. */
    JsonNode get(String call, String key, String value) throws IOException {
        return answer(request(call + "?" + key + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8))
                .GET()
                .build());
    }

    /** Sends something. */
    JsonNode post(String call, ObjectNode body) throws IOException {
        return answer(request(call)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    }

    private HttpRequest.Builder request(String call) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(address + CALLS + call)).timeout(wait);
        authorization.ifPresent(value -> request.header("Authorization", value));
        return request;
    }

    private JsonNode answer(HttpRequest request) throws IOException {
        HttpResponse<String> answer;
        try {
            answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (HttpTimeoutException e) {
            throw new IOException("no answer in time", e);
        } catch (ConnectException e) {
            throw new IOException("cannot be reached", e);
        } catch (IOException e) {
            throw new IOException("the connection broke (" + e.getMessage() + ")", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        JsonNode read = json(answer.body());
        if (answer.statusCode() != 200) {
            String code = read.path("error_code").asText();
            String said = line(read.path("message").asText());
            throw new Refused(
                    answer.statusCode(),
                    code,
                    "it answers " + answer.statusCode() + (code.isEmpty() ? "" : " " + code)
                            + (said.isEmpty() ? "" : ": " + said));
        }
        if (!read.isObject()) {
            throw new IOException("it does not answer as MLflow does; check the address");
        }
        return read;
    }

    private static String line(String message) {
        String line = message.replaceAll("\\s+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "\u2026";
    }

    private static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }
}

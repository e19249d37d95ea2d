package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.testkit.TinyBert;

class ServeCommandTest {
    @TempDir
    static Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve                                   | FOLDER is missing",
                "serve nix                               | nix: there is no such folder",
                "serve nix --port 70000                  | --port must be from 0 to 65535, got 70000",
                "serve nix --port x                      | --port: must be a whole number, got 'x'",
                "serve nix --admin-port 1                | --admin-port and --allow-load go together",
                "serve nix --allow-load nix              | --admin-port and --allow-load go together",
                "serve nix --max-texts 0                 | --max-texts must be at least 1, got 0",
                "serve nix --wait-ms -1                  | --wait-ms must be at least 0, got -1",
                "serve nix --queue 10                    | make --queue larger or --max-texts smaller",
                "serve nix --token-file nix              | nix: cannot be read; --token-file needs",
                "serve nix --ports 1                     | did you mean '--port'?"
            })
    void aMistakeIsToldInOneLine(String line, String said) {
        Shell.Outcome outcome = Shell.run(List.of(line.split(" ")).toArray());
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("unipelt: ").contains(said);
        assertThat(outcome.err().lines()).hasSize(1);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void itAnswersUntilASignalEndsItAndRemembersWhatWasLoaded() throws IOException, InterruptedException {
        Path base = TinyBert.write(folder.resolve("base"));
        Path table = Files.writeString(
                folder.resolve("rows.tsv"), "text\tlabel\ngood\tup\nbad\tdown\nso good\tup\nso bad\tdown\n");
        Path model = folder.resolve("moods");
        assertThat(Shell.run(
                                "train",
                                "--train",
                                table,
                                "--model",
                                base,
                                "--method",
                                "unipelt(adapter(bottleneck=4),lora(rank=2))",
                                "--epochs",
                                1,
                                "--max-length",
                                12,
                                "--out",
                                model)
                        .code())
                .isZero();
        Path more = Files.createDirectories(folder.resolve("more"));
        copy(model, more.resolve("again"));
        int port = freePort();
        Process killed = serve(model, "--port=" + port, "--admin-port=0", "--allow-load=" + more);
        try (BufferedReader out = killed.inputReader()) {
            String first = out.readLine();
            assertThat(first)
                    .matches("http://127\\.0\\.0\\.1:" + port
                            + " answers for moods; http://127\\.0\\.0\\.1:\\d+ loads and unloads");
            assertThat(post(
                                    first.replaceAll(".*; | loads.*", "") + "/v1/load_lora_adapter",
                                    "{\"lora_name\": \"more\", \"lora_path\": \"again\"}")
                            .statusCode())
                    .isEqualTo(200);
        } finally {
            killed.destroyForcibly().waitFor();
        }
        Process process = serve(model, "--port=" + port, "--admin-port=0", "--allow-load=" + more);
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine())
                    .isEqualTo("serves more as " + more.resolve("served-" + port + ".json") + " remembers");
            String first = out.readLine();
            assertThat(first).contains(" answers for moods, more; ");
            HttpResponse<String> answer =
                    post(first.split(" ")[0] + "/predict", "{\"inputs\": \"so good\", \"adapter\": \"more\"}");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"label\":\"up\"", "\"label\":\"down\"");
            JsonNode gates = new JsonMapper()
                    .readTree(post(first.split(" ")[0] + "/v1/models/more/gates", "{\"text\": \"so good\"}")
                            .body());
            assertThat(gates.get("means").toString()).isEqualTo("{\"part\":\"train\",\"rows\":4}");
            assertThat(gates.get("gates"))
                    .isNotEmpty()
                    .allSatisfy(gate -> assertThat(gate.get("mean").asDouble()).isStrictlyBetween(0.0, 1.0));
            new ProcessBuilder("kill", "-TERM", Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(out.lines()).containsExactly("stopping: answers what it has taken");
        } finally {
            process.destroy();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String file : List.of("adapter.json", "adapter.safetensors")) {
            Files.copy(from.resolve(file), to.resolve(file));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static HttpResponse<String> post(String address, String json) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(address))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static Process serve(Path model, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName(),
                "serve",
                model.toString()));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}

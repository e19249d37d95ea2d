package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void itAnswersUntilASignalEndsIt() throws IOException, InterruptedException {
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
                                "head",
                                "--epochs",
                                1,
                                "--max-length",
                                12,
                                "--out",
                                model)
                        .code())
                .isZero();
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Main.class.getName(),
                        "serve",
                        model.toString(),
                        "--port=0"))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader()) {
            String first = out.readLine();
            assertThat(first).matches("http://127\\.0\\.0\\.1:\\d+ answers for moods");
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(first.split(" ")[0] + "/predict"))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"inputs\": \"so good\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("\"label\":\"up\"", "\"label\":\"down\"");
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
}

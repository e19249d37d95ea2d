package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.LoopbackHub;
import org.unipelt.testkit.TinyBert;

/** Commands that need a model of the hub, in processes of their own: the environment says where the hub is. */
class DownloadTest {
    private static final String NAME = "some-org/tiny-bert";

    @TempDir
    Path home;

    private LoopbackHub server;
    private String commit;

    @BeforeEach
    void serve() throws IOException {
        server = new LoopbackHub();
        commit = server.add(NAME, TinyBert.write(home.resolve("original")));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Process start(List<String> java, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                // As the command is started: newer JDKs warn otherwise.
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.addAll(java);
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
        builder.environment().remove("HF_HUB_OFFLINE");
        builder.environment().putAll(server.environment(home.resolve("hf")));
        return builder.start();
    }

    private Shell.Outcome run(List<String> java, String... arguments) throws Exception {
        Process process = start(java, arguments);
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()));
        String out = read(process.getInputStream());
        return new Shell.Outcome(process.waitFor(), out, err.get());
    }

    private static String read(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theFirstLineSaysWhatFromWhereAndHowLarge() throws Exception {
        Shell.Outcome first = run(List.of(), "methods", "--model", NAME, "--method", "lora");
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.err().lines().findFirst().orElseThrow())
                .matches("fetch   some-org/tiny-bert from 127\\.0\\.0\\.1:\\d+: 3 files, 27 kB, into "
                        + home.resolve("hf/hub"));
        assertThat(first.err()).contains("of 27 kB");
        assertThat(first.out()).startsWith("On some-org/tiny-bert (");

        server.forget();
        Shell.Outcome again = run(List.of(), "methods", "--model", NAME, "--method", "lora");
        assertThat(again.code()).isZero();
        assertThat(again.err()).isEmpty();
        assertThat(server.requests()).isEmpty();

        Shell.Outcome fetched = run(List.of(), "models", "fetch", NAME, "--json");
        assertThat(fetched.json().get("commit").asText()).isEqualTo(commit);
        assertThat(fetched.err()).as("nothing to download").isEmpty();

        Shell.Outcome table = run(List.of(), "models");
        assertThat(table.out())
                .contains("bge-small ", "minilm-l6 ", "cache: " + home.resolve("hf/hub"))
                .containsPattern("(?m)^some-org/tiny-bert +bert +27 kB +classes, scores; cache$")
                .containsPattern("(?m)^original +bert +27 kB +classes, scores; folder$");
        JsonNode listing = run(List.of(), "models", "--json").json();
        assertThat(listing.get("models")).hasSize(4);
        assertThat(listing.get("architectures").findValuesAsText("model_type")).contains("bert", "mbart");
        assertThat(table.out().replaceAll("\\s+", " "))
                .contains("architectures of folders and of the hub's models: bert, ", "to generate texts, too: bart, ");
        assertThat(new JsonMapper()
                        .readTree(listing.toString())
                        .at("/models/2/source")
                        .asText())
                .isEqualTo("CACHE");
    }

    @Test
    void aTerminalShowsHowFarItIs() throws Exception {
        byte[] weights = server.content(NAME, TinyBert.WEIGHTS);
        int quarter = weights.length / 4;
        server.answerOnce("GET", "tiny-bert/" + TinyBert.WEIGHTS, 1, exchange -> {
            exchange.sendResponseHeaders(200, weights.length);
            exchange.getResponseBody().write(weights, 0, quarter);
            exchange.getResponseBody().flush();
            pause();
            return LoopbackHub.sendRest(exchange, weights, quarter, 2 * quarter, 600);
        });
        Shell.Outcome fetched = run(List.of("-Dunipelt.terminal=true"), "models", "fetch", NAME);
        assertThat(fetched.code()).as(fetched.err()).isZero();
        assertThat(fetched.err())
                .containsPattern("\rfetch   1\\d kB of 27 kB \\[#+\\.+]  \\d+ kB/s  0:0\\d left")
                .containsPattern("\rfetch   27 kB of 27 kB \\[#{20}]");
        assertThat(fetched.out()).startsWith(NAME + " is in " + home.resolve("hf/hub"));
    }

    private static void pause() {
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aStoppedDownloadSaysHowItGoesOn() throws Exception {
        byte[] weights = server.content(NAME, TinyBert.WEIGHTS);
        server.answerOnce(
                "GET",
                "tiny-bert/" + TinyBert.WEIGHTS,
                1,
                exchange -> LoopbackHub.sendPart(exchange, weights, 5000, 60_000));
        Path part = home.resolve("hf/hub/models--some-org--tiny-bert/blobs")
                .resolve(LoopbackHub.hash("SHA-256", weights) + ".unipelt.incomplete");
        Process process = start(List.of(), "models", "fetch", NAME);
        for (int tries = 0; tries < 500 && !(Files.exists(part) && Files.size(part) == 5000); tries++) {
            Thread.sleep(20);
        }
        // As in InterruptionTest: it goes the same way as Ctrl-C.
        process.toHandle().destroy();
        assertThat(read(process.getErrorStream())).contains("stopped; the same command continues the download");
        assertThat(process.waitFor()).isEqualTo(143);

        Shell.Outcome fetched = run(List.of(), "models", "fetch", NAME);
        assertThat(fetched.code()).as(fetched.err()).isZero();
        assertThat(fetched.err()).contains("(5 kB of them are there already)");
    }

    @Test
    void aRefusalIsOneLine() throws Exception {
        Shell.Outcome refused = run(List.of(), "train", "--train", "x.tsv", "--model", "some-org/none");
        assertThat(refused.code()).isEqualTo(2);
        Shell.Outcome none = run(List.of(), "methods", "--model", "some-org/none");
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err().lines()).hasSize(1);
        assertThat(none.err()).startsWith("unipelt: no model 'some-org/none' at 127.0.0.1:");
    }
}

package org.unipelt.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.tracking.MlFlow.Patience;
import org.unipelt.training.End;
import org.unipelt.training.TrainingEvent;

class MlFlowTest {
    private static final Patience SHORT =
            new Patience(Duration.ofSeconds(5), Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofSeconds(5));

    private final List<String> remarks = new CopyOnWriteArrayList<>();
    private LoopbackMlFlow server;

    @BeforeEach
    void start() throws IOException {
        server = new LoopbackMlFlow();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private MlFlow at(String experiment, Patience patience) {
        return MlFlow.at(server.address() + "/", experiment, "first", Map.of(), remarks::add, patience);
    }

    private static void train(MlFlow listener, int steps) {
        listener.on(new TrainingEvent.Started(0, steps, 1, 16, 10, "macro-f1", "cpu"));
        for (int step = 1; step <= steps; step++) {
            listener.on(new TrainingEvent.Stepped(1, step, 1.0 / step, 0.1, 4, 40));
        }
        listener.on(new TrainingEvent.Evaluated(1, steps, 0.5, 0.25, "macro-f1", Double.NaN, true));
    }

    @Test
    void aTrainingIsARunWithParametersAndEveryNumber() {
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 0; i < 230; i++) {
            settings.put("setting-" + i, "value " + i);
        }
        MlFlow listener = at("my experiment & more", SHORT);
        listener.settings(settings);
        assertThat(server.status).isEqualTo("RUNNING");
        train(listener, 2500);
        listener.scores(Map.of("test", Map.of("mean absolute error", 0.75)));
        listener.over(End.FINISHED);
        assertThat(server.calls.subList(0, 6))
                .containsExactly(
                        "experiments/get-by-name",
                        "experiments/create",
                        "runs/create",
                        "runs/log-batch",
                        "runs/log-batch",
                        "runs/log-batch");
        assertThat(server.calls).last().isEqualTo("runs/update");
        assertThat(server.experiments).containsKey("my experiment & more");
        assertThat(server.params).isEqualTo(settings);
        assertThat(server.status).isEqualTo("FINISHED");
        // An undefined metric is no number.
        assertThat(server.metrics).hasSize(2 * 2500 + 2 + 1);
        assertThat(server.metrics.get(4).get("key").asText()).isEqualTo("train/loss");
        assertThat(server.metrics.get(4).get("step").asLong()).isEqualTo(3);
        assertThat(server.metrics.get(4).get("value").asDouble()).isEqualTo(1.0 / 3);
        assertThat(server.metrics.get(4).get("timestamp").asLong())
                .isBetween(System.currentTimeMillis() - 600_000, System.currentTimeMillis());
        assertThat(server.metrics.get(5002).get("key").asText()).isEqualTo("final/test/mean_absolute_error");
        assertThat(server.metrics.get(5002).get("step").asLong()).isEqualTo(2500);
        assertThat(remarks).isEmpty();
    }

    @Test
    void anEarlierVersionGetsShorterValuesAndAStoppedRunIsKilled() {
        server.longestValue = 500;
        MlFlow listener = at("Default", SHORT);
        listener.settings(Map.of("method", "m".repeat(7000)));
        assertThat(server.params.get("method")).hasSize(500).endsWith("m\u2026");
        listener.over(End.STOPPED);
        assertThat(server.calls).doesNotContain("experiments/create");
        assertThat(server.status).isEqualTo("KILLED");
    }

    /** Two failures are repeated; what was sent is whole. */
    @Test
    void aServerThatFailsForAMomentGetsEverything() {
        MlFlow listener = at("Default", SHORT);
        listener.settings(Map.of());
        AtomicInteger failures = new AtomicInteger();
        server.trouble = (exchange, call) -> {
            if (call.equals("runs/log-batch") && failures.getAndIncrement() < 2) {
                LoopbackMlFlow.answer(exchange, 500, JsonNodeFactory.instance.objectNode());
                return true;
            }
            return false;
        };
        train(listener, 10);
        listener.over(End.FINISHED);
        assertThat(server.metrics).hasSize(22);
        assertThat(remarks).isEmpty();
    }

    @Test
    void aServerThatAnswers500IsToldOnceAndTheRunStillEnds() {
        MlFlow listener = at("Default", SHORT);
        listener.settings(Map.of());
        server.trouble = (exchange, call) -> {
            if (call.equals("runs/log-batch")) {
                LoopbackMlFlow.answer(
                        exchange,
                        500,
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("error_code", "INTERNAL_ERROR")
                                .put("message", "the\ndatabase is locked"));
                return true;
            }
            return false;
        };
        train(listener, 10);
        listener.over(End.FAILED);
        assertThat(remarks)
                .containsExactly("MLflow at " + server.address() + ": it answers 500 INTERNAL_ERROR: the database is"
                        + " locked; the training goes on without it, and its run there lacks numbers");
        assertThat(server.status).isEqualTo("FAILED");
    }

    @Test
    void aServerThatDiesIsToldOnce() {
        MlFlow listener = at("Default", SHORT);
        listener.settings(Map.of());
        server.close();
        train(listener, 10);
        listener.over(End.FINISHED);
        assertThat(remarks).hasSize(1);
        assertThat(remarks.get(0))
                .startsWith("MLflow at " + server.address() + ": ")
                .contains("goes on without it");
    }

    /** The training does not wait for an answer; only its end does, and not for long. */
    @Test
    void aServerThatHangsHoldsNothingUp() {
        CountDownLatch never = new CountDownLatch(1);
        MlFlow listener = at(
                "Default",
                new Patience(
                        Duration.ofMillis(300), Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(200)));
        listener.settings(Map.of());
        server.trouble = (exchange, call) -> {
            never.await();
            return true;
        };
        long before = System.nanoTime();
        train(listener, 30_000);
        listener.over(End.FINISHED);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        assertThat(remarks).hasSize(1);
        never.countDown();
    }

    @Test
    void whatFailsAtTheBeginningIsToldInOneLine() {
        server.experiments.put("old", "7");
        assertThatThrownBy(() -> at("old", SHORT).settings(Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessage("MLflow at " + server.address() + ": its experiment 'old' is deleted; restore it or choose"
                        + " another; start the server, or train without it");
        server.trouble = (exchange, call) -> {
            exchange.sendResponseHeaders(200, 4);
            exchange.getResponseBody().write("html".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return true;
        };
        assertThatThrownBy(() -> at("Default", SHORT).settings(Map.of()))
                .hasMessageContaining("it does not answer as MLflow does; check the address");
        server.close();
        assertThatThrownBy(() -> at("Default", SHORT).settings(Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "MLflow at " + server.address() + ": cannot be reached; start the server, or train without it");
    }

    @Test
    void whoAsksIsKnownByTokenOrPassword() {
        for (Map<String, String> environment : List.of(
                Map.of("MLFLOW_TRACKING_TOKEN", "secret", "OTHER", "x"),
                Map.of("MLFLOW_TRACKING_USERNAME", "me", "MLFLOW_TRACKING_PASSWORD", "pass"))) {
            MlFlow listener = MlFlow.at(server.address(), "Default", "first", environment, remarks::add, SHORT);
            listener.settings(Map.of());
            listener.over(End.FINISHED);
        }
        assertThat(server.authorizations)
                .contains("Bearer secret", "Basic bWU6cGFzcw==")
                .hasSize(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ftp://host/ | TOKEN=a | 'ftp://host/' is no address of an MLflow server, as in http://localhost:5000",
                "mlruns | TOKEN=a | 'mlruns' is no address of an MLflow server, as in http://localhost:5000",
                "http://me:hidden@host | TOKEN=a | the address of the MLflow server holds a user or a password; give them by"
                        + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
                "http://host | TOKEN=a b | MLFLOW_TRACKING_TOKEN holds a blank or another character that no token has",
                "http://host | TOKEN=a,USERNAME=b | MLFLOW_TRACKING_TOKEN and MLFLOW_TRACKING_USERNAME are both set; unset one",
                "http://host | USERNAME=b | MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD belong together, and one is"
                        + " not set"
            })
    void whatIsWrongIsToldWithoutSecrets(String address, String variables, String said) {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String variable : variables.split(",")) {
            environment.put("MLFLOW_TRACKING_" + variable.split("=")[0], variable.split("=")[1]);
        }
        assertThatThrownBy(() -> MlFlow.at(address, "Default", "first", environment, remarks::add))
                .isInstanceOf(InputException.class)
                .hasMessage(said);
    }
}

package org.unipelt.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.tracking.MlFlowServer.Refused;
import org.unipelt.training.End;
import org.unipelt.training.TrainingEvent;

/**
 * Shows a training to an MLflow tracking server: a run with the settings as parameters and the same numbers as {@link
 * TensorBoard}, each with its step and time. Only an undefined number, NaN, is not sent. No file is uploaded, and no row of the
 * data.
 *
 * <p>A thread of its own sends, so that a slow server does not slow the training: what the training has done since the last
 * call goes with the next. If the server fails for longer, one sentence says so and the training goes on without it. At the
 * end it waits some seconds for what is left. A resumed training is a new run of MLflow.
 *
 * <p>Not thread safe: it is for one training at a time, which calls it on one thread.
 */
public final class MlFlow implements TrainingEvent.Listener {
    /** Limits of a call {@code runs/log-batch}. */
    private static final int MOST_METRICS = 1000;

    private static final int MOST_PARAMS = 100;

    /** The longest value of a parameter, in this and in earlier versions of MLflow. */
    private static final List<Integer> LONGEST_VALUES = List.of(6000, 500);

    /** Numbers that wait; many minutes of steps. */
    private static final int MOST_WAITING = 20_000;

    private static final int TRIES = 3;

    private static final Pattern UNFIT = Pattern.compile("[^\\x21-\\x7e]");

    /**
     * How long it waits.
     *
     * @param answer for an answer
     * @param between after a number came, before it is sent with those that follow
     * @param again before a failed call is repeated
     * @param end for the last numbers
     */
    record Patience(Duration answer, Duration between, Duration again, Duration end) {
        static final Patience USUAL = new Patience(
                Duration.ofSeconds(10), Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(15));
    }

    /** A number and its time. */
    private record Timed(Scalar scalar, long millis) {}

    private final MlFlowServer server;
    private final String experiment;
    private final String name;
    private final Patience patience;
    private final Clock clock;
    private final Consumer<String> remarks;
    private Optional<Sender> sender = Optional.empty();
    private long step;

    private MlFlow(
            MlFlowServer server,
            String experiment,
            String name,
            Patience patience,
            Clock clock,
            Consumer<String> remarks) {
        this.server = server;
        this.experiment = experiment;
        this.name = name;
        this.patience = patience;
        this.clock = clock;
        this.remarks = remarks;
    }

    /**
     * A listener that calls a server. It asks the server when the training begins; if that fails, nothing is trained.
     *
     * @param address where the server is, {@code http://...} or {@code https://...}
     * @param experiment the name of MLflow's experiment; it is created if it does not exist
     * @param name the name of the run
     * @param environment variables, of which {@code MLFLOW_TRACKING_TOKEN}, or {@code MLFLOW_TRACKING_USERNAME} and {@code
     *     MLFLOW_TRACKING_PASSWORD}, are used if they are set; no message shows them
     * @param remarks receives a sentence, once, if the server fails while the training goes on; on any thread
     * @throws InputException if the address or the variables are wrong
     */
    public static MlFlow at(
            String address, String experiment, String name, Map<String, String> environment, Consumer<String> remarks) {
        Objects.requireNonNull(address, "address is null");
        Objects.requireNonNull(experiment, "experiment is null");
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(environment, "environment is null");
        Objects.requireNonNull(remarks, "remarks is null");
        return at(address, experiment, name, environment, remarks, Patience.USUAL);
    }

    static MlFlow at(
            String address,
            String experiment,
            String name,
            Map<String, String> environment,
            Consumer<String> remarks,
            Patience patience) {
        if (experiment.isBlank()) {
            throw new InputException("the name of MLflow's experiment is empty; give one");
        }
        return new MlFlow(
                new MlFlowServer(uri(address), authorization(environment), patience.answer()),
                experiment,
                name,
                patience,
                Clock.systemUTC(),
                remarks);
    }

    private static URI uri(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            throw new InputException(
                    "'" + address + "' is no address of an MLflow server, as in http://localhost:5000", e);
        }
        if (uri.getRawUserInfo() != null) {
            throw new InputException("the address of the MLflow server holds a user or a password; give them by"
                    + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new InputException(
                    "'" + address + "' is no address of an MLflow server, as in http://localhost:5000");
        }
        return uri;
    }

    private static Optional<String> authorization(Map<String, String> environment) {
        Optional<String> token = variable(environment, "MLFLOW_TRACKING_TOKEN");
        Optional<String> user = variable(environment, "MLFLOW_TRACKING_USERNAME");
        Optional<String> password = variable(environment, "MLFLOW_TRACKING_PASSWORD");
        if (token.isPresent() && user.isPresent()) {
            throw new InputException("MLFLOW_TRACKING_TOKEN and MLFLOW_TRACKING_USERNAME are both set; unset one");
        }
        if (user.isPresent() != password.isPresent()) {
            throw new InputException(
                    "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD belong together, and one is not set");
        }
        if (token.filter(text -> UNFIT.matcher(text).find()).isPresent()) {
            throw new InputException("MLFLOW_TRACKING_TOKEN holds a blank or another character that no token has");
        }
        return token.map(text -> "Bearer " + text)
                .or(() -> user.map(one -> "Basic "
                        + Base64.getEncoder()
                                .encodeToString(
                                        (one + ":" + password.orElseThrow()).getBytes(StandardCharsets.UTF_8))));
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    /**
     * Creates a run with these parameters.
     *
     * @throws InputException if the server cannot be reached or refuses
     */
    @Override
    public void settings(Map<String, String> byName) {
        step = 0;
        try {
            String id = server.post(
                            "runs/create",
                            MlFlowServer.object()
                                    .put("experiment_id", experimentId())
                                    .put("run_name", name)
                                    .put("start_time", clock.millis())
                                    .set("tags", tags()))
                    .path("run")
                    .path("info")
                    .path("run_id")
                    .asText();
            if (id.isEmpty()) {
                throw new IOException("it does not answer as MLflow does; check the address");
            }
            Sender created = new Sender(id);
            try {
                params(id, byName);
            } catch (IOException e) {
                created.update(End.FAILED);
                throw e;
            }
            created.start();
            sender = Optional.of(created);
        } catch (IOException e) {
            throw new InputException(
                    "MLflow at " + server.address() + ": " + e.getMessage() + "; start the server, or train without it",
                    e);
        }
    }

    private static ArrayNode tags() {
        ArrayNode tags = MlFlowServer.object().arrayNode();
        tags.addObject().put("key", "mlflow.source.name").put("value", "unipelt");
        tags.addObject().put("key", "mlflow.source.type").put("value", "LOCAL");
        return tags;
    }

    private String experimentId() throws IOException {
        try {
            return foundExperiment();
        } catch (Refused e) {
            if (!e.code().equals("RESOURCE_DOES_NOT_EXIST")) {
                throw e;
            }
        }
        try {
            return server.post("experiments/create", MlFlowServer.object().put("name", experiment))
                    .path("experiment_id")
                    .asText();
        } catch (Refused e) {
            if (!e.code().equals("RESOURCE_ALREADY_EXISTS")) {
                throw e;
            }
            // Another training created it meanwhile.
            return foundExperiment();
        }
    }

    private String foundExperiment() throws IOException {
        JsonNode found = server.get("experiments/get-by-name", "experiment_name", experiment)
                .path("experiment");
        if (found.path("lifecycle_stage").asText().equals("deleted")) {
            throw new IOException("its experiment '" + experiment + "' is deleted; restore it or choose another");
        }
        return found.path("experiment_id").asText();
    }

    private void params(String id, Map<String, String> settings) throws IOException {
        List<Map.Entry<String, String>> all = List.copyOf(settings.entrySet());
        for (int from = 0; from < all.size(); from += MOST_PARAMS) {
            params(id, all.subList(from, Math.min(all.size(), from + MOST_PARAMS)));
        }
    }

    private void params(String id, List<Map.Entry<String, String>> settings) throws IOException {
        for (int longest : LONGEST_VALUES) {
            ObjectNode body = MlFlowServer.object().put("run_id", id);
            ArrayNode params = body.putArray("params");
            settings.forEach(setting ->
                    params.addObject().put("key", setting.getKey()).put("value", cut(setting.getValue(), longest)));
            try {
                server.post("runs/log-batch", body);
                return;
            } catch (Refused e) {
                // An earlier version with a shorter limit; anything else it refuses again.
                if (!e.code().equals("INVALID_PARAMETER_VALUE") || longest == LONGEST_VALUES.get(1)) {
                    throw e;
                }
            }
        }
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "\u2026";
    }

    @Override
    public void on(TrainingEvent event) {
        if (event instanceof TrainingEvent.Started started) {
            step = started.step();
        } else if (event instanceof TrainingEvent.Stepped made) {
            step = made.step();
        }
        sender.ifPresent(one -> one.add(Scalar.of(event)));
    }

    @Override
    public void scores(Map<String, Map<String, Double>> byPart) {
        sender.ifPresent(one -> one.add(Scalar.of(byPart, step)));
    }

    @Override
    public void over(End end) {
        sender.ifPresent(one -> one.end(end));
        sender = Optional.empty();
    }

    /** Sends the numbers of one run, on a thread of its own. */
    private final class Sender {
        private final String run;
        private final BlockingQueue<Timed> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
        private final CountDownLatch ending = new CountDownLatch(1);
        private final AtomicBoolean failed = new AtomicBoolean();
        private final AtomicLong lost = new AtomicLong();
        private final Thread thread;

        Sender(String run) {
            this.run = run;
            this.thread = new Thread(this::sendAll, "mlflow");
            this.thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        void add(List<Scalar> scalars) {
            for (Scalar scalar : scalars) {
                if (Double.isFinite(scalar.value()) && !waiting.offer(new Timed(scalar, clock.millis()))) {
                    lost.incrementAndGet();
                }
            }
        }

        private void sendAll() {
            try {
                while (!failed.get()) {
                    boolean last = ending.await(patience.between().toMillis(), TimeUnit.MILLISECONDS);
                    List<Timed> batch = new ArrayList<>();
                    while (!failed.get() && waiting.drainTo(batch, MOST_METRICS) > 0) {
                        send(batch);
                        batch.clear();
                    }
                    if (last) {
                        return;
                    }
                }
            } catch (InterruptedException e) {
                // The end does not wait any longer, and says so.
            }
        }

        private void send(List<Timed> batch) throws InterruptedException {
            ObjectNode body = MlFlowServer.object().put("run_id", run);
            ArrayNode metrics = body.putArray("metrics");
            batch.forEach(each -> metrics.addObject()
                    .put("key", each.scalar().name())
                    .put("value", each.scalar().value())
                    .put("timestamp", each.millis())
                    .put("step", each.scalar().step()));
            for (int tries = 1; ; tries++) {
                try {
                    server.post("runs/log-batch", body);
                    return;
                } catch (IOException e) {
                    boolean hopeless = e instanceof Refused refused && !refused.mayPass();
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    if (tries == TRIES || hopeless) {
                        fail(AtomicFile.reason(e));
                        return;
                    }
                    Thread.sleep(patience.again().toMillis() * tries);
                }
            }
        }

        private void fail(String why) {
            if (failed.compareAndSet(false, true)) {
                remarks.accept("MLflow at " + server.address() + ": " + why
                        + "; the training goes on without it, and its run there lacks numbers");
            }
        }

        void end(End end) {
            // An interrupted training must still tell how it ended.
            boolean interrupted = Thread.interrupted();
            try {
                ending.countDown();
                thread.join(patience.end().toMillis());
                if (thread.isAlive()) {
                    thread.interrupt();
                    fail("no answer in time");
                } else if (lost.get() > 0) {
                    fail("it is too slow for " + lost.get() + " numbers");
                }
                update(end);
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (IOException e) {
                fail(AtomicFile.reason(e));
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private void update(End end) throws IOException {
            server.post(
                    "runs/update",
                    MlFlowServer.object()
                            .put("run_id", run)
                            .put("status", status(end))
                            .put("end_time", clock.millis()));
        }

        private static String status(End end) {
            return switch (end) {
                case FINISHED -> "FINISHED";
                case STOPPED -> "KILLED";
                case FAILED -> "FAILED";
            };
        }
    }
}

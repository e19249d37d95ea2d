package org.unipelt.server;

import io.javalin.Javalin;
import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers requests for tuned models over HTTP. {@link #close} answers what was taken, then frees the ports; the models stay
 * open. Any number of threads may use it.
 */
public final class Server implements AutoCloseable {
    private final Listener listener;
    private final Optional<Listener> admin;
    private final Batches batches;

    private Server(Listener listener, Optional<Listener> admin, Batches batches) {
        this.listener = listener;
        this.admin = admin;
        this.batches = batches;
    }

    /**
     * Starts a server.
     *
     * @param models what it serves; the caller closes them after it
     * @param failures is told of errors of the program, from any thread; no client sees them
     * @throws org.unipelt.InputException if a port is taken
     */
    public static Server start(ServerSettings settings, Models models, Consumer<Throwable> failures) {
        return start(settings, models, failures, new ByModel());
    }

    static Server start(ServerSettings settings, Models models, Consumer<Throwable> failures, Answering answering) {
        Objects.requireNonNull(settings, "settings is null");
        Objects.requireNonNull(models, "models is null");
        Objects.requireNonNull(failures, "failures is null");
        Measures measures = new Measures();
        Bodies bodies = new Bodies(settings.limits().body());
        Batches batches = new Batches(settings.batching(), answering, measures, failures);
        Listener listener = null;
        try {
            listener = Listener.open(
                    settings,
                    settings.address().port(),
                    bodies,
                    measures,
                    app -> routes(app, settings, models, bodies, batches, measures),
                    failures);
            return new Server(listener, admin(settings, models, bodies, measures, failures), batches);
        } catch (RuntimeException | Error e) {
            if (listener != null) {
                listener.close();
            }
            batches.close();
            throw e;
        }
    }

    private static void routes(
            Javalin app, ServerSettings settings, Models models, Bodies bodies, Batches batches, Measures measures) {
        Asking asking = new Asking(batches, settings);
        TextRoutes texts = new TextRoutes(models, asking, bodies, settings.limits());
        app.post("/predict", texts::predict);
        app.post("/rerank", texts::rerank);
        ModelRoutes about = new ModelRoutes(models, bodies, settings);
        app.get("/info", about::info);
        app.get("/v1/models", about::list);
        app.get("/v1/models/{name}", about::one);
        app.get("/v1/models/{name}/card", about::card);
        app.post("/v1/models/{name}/gates", about::gates);
        OpenInference open = new OpenInference(models, asking, bodies, settings.limits());
        app.get("/v2", open::about);
        app.get("/v2/health/live", open::live);
        app.get("/v2/health/ready", open::ready);
        app.get("/v2/models/{name}", open::metadata);
        app.get("/v2/models/{name}/ready", open::modelReady);
        app.post("/v2/models/{name}/infer", open::infer);
        app.get("/health", request -> request.status(200));
        app.get("/metrics", request -> request.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(measures.text()));
        PageRoutes.add(app);
        String description = description(settings.token().isPresent());
        app.get(PageRoutes.DESCRIPTION, request -> request.contentType("application/json")
                .result(description));
    }

    private static String description(boolean token) {
        return new ApiDescription(token)
                .post("/predict", "labels or scores of texts", TextRoutes.Predict.class, Replies.Prediction[].class)
                .post(
                        "/rerank",
                        "texts in the order of their relevance",
                        TextRoutes.Rerank.class,
                        TextRoutes.Rank[].class)
                .get("/info", "a model and the limits", ModelRoutes.Info.class)
                .get("/health", "whether the server lives", String.class)
                .get("/metrics", "measurements for Prometheus", String.class)
                .get("/v1/models", "all models", ModelRoutes.Listing.class)
                .get("/v1/models/{name}", "a model", ModelRoutes.Listed.class)
                .get("/v1/models/{name}/card", "a model's card, in Markdown", String.class)
                .post(
                        "/v1/models/{name}/gates",
                        "every gate of a model for a text, by layer and place",
                        ModelRoutes.GatesOf.class,
                        ModelRoutes.Gates.class)
                .get("/v2", "what the server is", OpenInference.About.class)
                .get("/v2/health/live", "whether the server lives", OpenInference.Live.class)
                .get("/v2/health/ready", "whether it has models", OpenInference.Ready.class)
                .get("/v2/models/{name}", "what a model reads and gives", OpenInference.Metadata.class)
                .get("/v2/models/{name}/ready", "whether a model can answer", OpenInference.Ready.class)
                .post(
                        "/v2/models/{name}/infer",
                        "probabilities and labels of texts",
                        OpenInference.Infer.class,
                        OpenInference.Inferred.class)
                .json();
    }

    private static Optional<Listener> admin(
            ServerSettings settings, Models models, Bodies bodies, Measures measures, Consumer<Throwable> failures) {
        if (settings.address().adminPort().isEmpty()) {
            return Optional.empty();
        }
        AdminRoutes routes =
                new AdminRoutes(models, bodies, settings.address().loadable().orElseThrow());
        return Optional.of(Listener.open(
                settings,
                settings.address().adminPort().getAsInt(),
                bodies,
                measures,
                app -> app.post("/v1/load_lora_adapter", routes::load).post("/v1/unload_lora_adapter", routes::unload),
                failures));
    }

    /** Returns where it listens, e.g. {@code http://127.0.0.1:8080}. */
    public URI address() {
        return listener.address();
    }

    /** Returns where it loads and unloads models; empty if it does not. */
    public Optional<URI> adminAddress() {
        return admin.map(Listener::address);
    }

    @Override
    public void close() {
        admin.ifPresent(Listener::close);
        listener.close();
        batches.close();
    }
}

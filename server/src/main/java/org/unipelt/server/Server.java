package org.unipelt.server;

import io.javalin.Javalin;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.unipelt.tuned.MixedBatch;

/**
 * Answers requests for tuned models over HTTP. {@link #close} answers what was taken, then frees the ports; the models stay
 * open. Any number of threads may use it.
 */
public final class Server implements AutoCloseable {
    private final Listener listener;
    private final Optional<Listener> admin;
    private final Batches batches;
    private final List<String> notes;

    private Server(Listener listener, Optional<Listener> admin, Batches batches, List<String> notes) {
        this.listener = listener;
        this.admin = admin;
        this.batches = batches;
        this.notes = notes;
    }

    /**
     * Starts a server.
     *
     * @param models what it serves; the caller closes them after it
     * @param failures is told of errors of the program, from any thread; no client sees them
     * @throws org.unipelt.InputException if a port is taken
     */
    public static Server start(ServerSettings settings, Models models, Consumer<Throwable> failures) {
        return start(settings, models, failures, MixedBatch::computeInCaller);
    }

    static Server start(
            ServerSettings settings,
            Models models,
            Consumer<Throwable> failures,
            Function<List<MixedBatch.Request>, List<MixedBatch.Result>> compute) {
        Objects.requireNonNull(settings, "settings is null");
        Objects.requireNonNull(models, "models is null");
        Objects.requireNonNull(failures, "failures is null");
        Measures measures = new Measures();
        Bodies bodies = new Bodies(settings.limits());
        Batches batches = new Batches(settings.batching(), compute, measures, failures);
        Listener listener = null;
        try {
            Optional<AdminRoutes> loading = loading(settings.address(), models, bodies);
            List<String> notes = loading.map(AdminRoutes::restore).orElse(List.of());
            listener = Listener.open(
                    settings,
                    settings.address().port(),
                    bodies,
                    measures,
                    app -> routes(app, settings, models, bodies, batches, measures),
                    failures);
            return new Server(
                    listener,
                    loading.map(routes -> admin(settings, routes, bodies, measures, failures)),
                    batches,
                    notes);
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
        // As text-embeddings-inference: clients that know no path post there.
        app.post("/", texts::predict);
        app.post("/rerank", texts::rerank);
        Embeddings vectors = new Embeddings(models, asking, bodies, settings.limits());
        app.post("/embed", vectors::embed);
        app.post("/v1/embeddings", vectors::openAi);
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
                .post("/embed", "the vectors of texts", Embeddings.Embed.class, float[][].class)
                .post(
                        "/v1/embeddings",
                        "the vectors of texts, as OpenAI's",
                        Embeddings.OpenAi.class,
                        Embeddings.Listing.class)
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
                .example("/predict", "{\"inputs\": \"a text\"}")
                .example("/rerank", "{\"query\": \"a query\", \"texts\": [\"a text\", \"another\"]}")
                .example("/embed", "{\"inputs\": \"a text\"}")
                .example("/v1/embeddings", "{\"input\": \"a text\", \"model\": \"NAME\"}")
                .example("/v1/models/{name}/gates", "{\"text\": \"a text\"}")
                .example(
                        "/v2/models/{name}/infer",
                        "{\"inputs\": [{\"name\": \"text\", \"shape\": [1], \"datatype\": \"BYTES\","
                                + " \"data\": [\"a text\"]}]}")
                .json();
    }

    private static Optional<AdminRoutes> loading(ServerSettings.Address address, Models models, Bodies bodies) {
        return address.loadable().map(folder -> new AdminRoutes(models, bodies, Loadable.open(folder, address.port())));
    }

    private static Listener admin(
            ServerSettings settings,
            AdminRoutes routes,
            Bodies bodies,
            Measures measures,
            Consumer<Throwable> failures) {
        return Listener.open(
                settings,
                settings.address().adminPort().orElseThrow(),
                bodies,
                measures,
                app -> app.post("/v1/load_lora_adapter", routes::load).post("/v1/unload_lora_adapter", routes::unload),
                failures);
    }

    /** Returns where it listens, e.g. {@code http://127.0.0.1:8080}. */
    public URI address() {
        return listener.address();
    }

    /** Returns where it loads and unloads models; empty if it does not. */
    public Optional<URI> adminAddress() {
        return admin.map(Listener::address);
    }

    /** Returns what its operator should know, in sentences: which models it remembers from before, and which it lost. */
    public List<String> notes() {
        return notes;
    }

    @Override
    public void close() {
        admin.ifPresent(Listener::close);
        listener.close();
        batches.close();
    }
}

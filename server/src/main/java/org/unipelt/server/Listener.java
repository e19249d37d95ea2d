package org.unipelt.server;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.unipelt.InputException;

/**
 * A port with its routes: checks the token, measures each request, and turns whatever goes wrong into a body with one
 * sentence. {@link #close} lets running requests finish.
 */
final class Listener implements AutoCloseable {
    /** Bytes of a request's line and headers. */
    private static final int HEADERS = 8192;

    private static final int THREADS = 64;
    /** Connections that may wait to be accepted. With Java's own 50, a client of a burst waits for a second or more. */
    private static final int ACCEPTED = 1024;

    private static final double NANOSECONDS = 1e6;

    /** How long running requests may take at the end; none takes longer than its deadline. */
    private static final int ENDING = 1000;

    /** What a watch may ask without a token. */
    private static final Set<String> OPEN = Set.of("/health", "/v2/health/live", "/v2/health/ready");

    private final Javalin app;
    private final String host;

    private Listener(Javalin app, String host) {
        this.app = app;
        this.host = host;
    }

    /**
     * Opens a port.
     *
     * @param routes adds the routes
     * @param failures is told of errors of the program
     * @throws InputException if the port is taken or the host is not of this machine
     */
    static Listener open(
            ServerSettings settings,
            int port,
            Bodies bodies,
            Measures measures,
            Consumer<Javalin> routes,
            Consumer<Throwable> failures) {
        String host = settings.address().host();
        Javalin app = Javalin.create(config -> configure(config, settings, port, bodies, measures));
        app.before(request -> requireToken(request, settings.token()));
        app.exception(Problem.class, (problem, request) -> answer(problem, request, bodies));
        app.exception(
                HttpResponseException.class, (refusal, request) -> answer(problem(refusal, request), request, bodies));
        app.exception(Exception.class, (failure, request) -> {
            failures.accept(failure);
            answer(Problem.internal(), request, bodies);
        });
        routes.accept(app);
        try {
            app.start();
        } catch (Exception e) {
            // Kotlin throws what Java would have to declare. Whatever it is, the port is not open.
            throw new InputException(
                    "cannot listen at " + host + ", port " + port
                            + "; choose another --host or --port (0 takes a free one)",
                    e);
        }
        // Only now: a server that did not start has nothing to wait for.
        app.jettyServer().server().setStopTimeout(settings.batching().deadline().toMillis() + ENDING);
        return new Listener(app, host);
    }

    private static void configure(
            JavalinConfig config, ServerSettings settings, int port, Bodies bodies, Measures measures) {
        config.showJavalinBanner = false;
        config.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        // Runs after every request; an 'after' handler does not where an answer fails later.
        config.requestLogger.http((request, milliseconds) -> measures.request(
                request.matchedPath().startsWith("/") ? request.matchedPath() : "none",
                request.statusCode(),
                Math.round(milliseconds * NANOSECONDS)));
        config.jetty.threadPool = new QueuedThreadPool(THREADS);
        config.jetty.modifyHttpConfiguration(Listener::configure);
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new PlainErrors(bodies));
            // Counts running requests, so that the end waits for them.
            server.insertHandler(new StatisticsHandler());
        });
        config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new PlainErrors(bodies)));
        config.jetty.addConnector((server, http) -> {
            ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
            connector.setHost(settings.address().host());
            connector.setPort(port);
            connector.setAcceptQueueSize(ACCEPTED);
            connector.setIdleTimeout(settings.limits().idle().toMillis());
            connector.setShutdownIdleTimeout(ENDING);
            return connector;
        });
    }

    private static void configure(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADERS);
    }

    private static void requireToken(Context request, Optional<String> token) {
        if (token.isEmpty() || OPEN.contains(request.path()) || PageRoutes.OPEN.contains(request.path())) {
            return;
        }
        byte[] expected = ("Bearer " + token.get()).getBytes(StandardCharsets.UTF_8);
        String given = request.header("Authorization");
        // In a time that does not depend on where they differ.
        if (given == null || !MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) {
            throw Problem.of(401, "a token is needed; send the header 'Authorization: Bearer TOKEN'");
        }
    }

    private static Problem problem(HttpResponseException refusal, Context request) {
        return switch (refusal.getStatus()) {
            case 404 -> Problem.unknown("there is no " + request.path() + "; /openapi.json lists what there is");
            case 405 ->
                Problem.of(
                        405,
                        request.path() + " does not take " + request.method() + "; /openapi.json lists what it takes");
            default -> Problem.of(refusal.getStatus(), "the request is refused");
        };
    }

    private static void answer(Problem problem, Context request, Bodies bodies) {
        request.status(problem.status());
        problem.retryAfter().ifPresent(seconds -> request.header("Retry-After", Integer.toString(seconds)));
        if (problem.status() == 401) {
            request.header("WWW-Authenticate", "Bearer");
        }
        bodies.write(request, problem.body());
    }

    /** Returns its address, with the port that was taken. */
    URI address() {
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + app.port());
    }

    @Override
    public void close() {
        app.stop();
    }
}

package org.unipelt.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.IntSupplier;

/** What the server measures, as Prometheus reads it. Thread safe. */
final class Measures {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final DistributionSummary batchTexts = DistributionSummary.builder("unipelt.batch.texts")
            .description("Texts of a batch")
            .register(registry);
    private final DistributionSummary batchTokens = DistributionSummary.builder("unipelt.batch.tokens")
            .description("Tokens of a batch, without padding")
            .register(registry);
    private final Timer batchTime = Timer.builder("unipelt.batch")
            .description("Time to compute a batch")
            .register(registry);
    private final Counter refused = Counter.builder("unipelt.refused")
            .description("Requests that found the queue full")
            .register(registry);

    /** Shows how many texts wait. */
    void queue(IntSupplier waiting) {
        Gauge.builder("unipelt.queue.texts", waiting, IntSupplier::getAsInt)
                .description("Texts that wait")
                .strongReference(true)
                .register(registry);
    }

    void batch(int texts, int tokens, long nanoseconds) {
        batchTexts.record(texts);
        batchTokens.record(tokens);
        batchTime.record(Duration.ofNanos(nanoseconds));
    }

    void answered(ServedModel model) {
        Counter.builder("unipelt.texts")
                .description("Texts that were answered")
                .tag("model", model.name())
                .register(registry)
                .increment();
    }

    void refused() {
        refused.increment();
    }

    /**
     * Counts a request.
     *
     * @param route the route, never the path that was asked for: there are only a few
     */
    void request(String route, int status, long nanoseconds) {
        Timer.builder("unipelt.requests")
                .description("Requests and the time until their answer")
                .tag("route", route)
                .tag("status", Integer.toString(status))
                .register(registry)
                .record(Duration.ofNanos(nanoseconds));
    }

    /** Returns all in Prometheus' text format. */
    String text() {
        return registry.scrape();
    }
}

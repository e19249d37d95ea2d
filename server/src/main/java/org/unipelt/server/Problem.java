package org.unipelt.server;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * Why a request gets no answer: one sentence, a status, and the kind of error as text-embeddings-inference names it ({@code
 * error_type} of its bodies).
 */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SOON = 1;

    private final int status;
    private final String kind;
    private final int retryAfter;

    private Problem(int status, String kind, String sentence, int retryAfter) {
        super(sentence);
        this.status = status;
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    /** A mistake of the client with any status of 4xx. */
    static Problem of(int status, String sentence) {
        return new Problem(status, "Validation", sentence, 0);
    }

    /** The body is no JSON (400). */
    static Problem malformed(String sentence) {
        return of(400, sentence);
    }

    /** The body holds nothing to answer (400). */
    static Problem empty(String sentence) {
        return new Problem(400, "Empty", sentence, 0);
    }

    /** There is no such thing (404). */
    static Problem unknown(String sentence) {
        return of(404, sentence);
    }

    /** More than the limits allow (413). */
    static Problem tooLarge(String sentence) {
        return of(413, sentence);
    }

    /** The body is JSON, but not what is expected (422). */
    static Problem wrong(String sentence) {
        return of(422, sentence);
    }

    /** The model cannot answer this (424). */
    static Problem failed(String sentence) {
        return new Problem(424, "Backend", sentence, 0);
    }

    /** The queue is full (429). */
    static Problem full(String sentence) {
        return new Problem(429, "Overloaded", sentence, SOON);
    }

    /** The client went away (499, as nginx has it); nobody reads it but the measurements. */
    static Problem gone() {
        return new Problem(499, "Backend", "the client went away", 0);
    }

    /** An error of the program (500). Its details stay here. */
    static Problem internal() {
        return new Problem(500, "Backend", "an error inside the server; its own output says more", 0);
    }

    /** The server ends (503). */
    static Problem ending() {
        return new Problem(503, "Unhealthy", "the server is stopping; ask again in a moment", SOON);
    }

    /** The deadline has passed (504). */
    static Problem late(long milliseconds) {
        return new Problem(
                504, "Overloaded", "no answer within " + milliseconds + " ms; ask again, or allow more time", 0);
    }

    int status() {
        return status;
    }

    /** After how many seconds it may be better; empty if waiting does not help. */
    OptionalInt retryAfter() {
        return retryAfter > 0 ? OptionalInt.of(retryAfter) : OptionalInt.empty();
    }

    /** The body of the answer. */
    Body body() {
        return new Body(Objects.requireNonNull(getMessage()), kind);
    }

    /**
     * The body of an error.
     *
     * @param error one sentence
     * @param errorType its kind
     */
    record Body(
            String error,

            @com.fasterxml.jackson.annotation.JsonProperty("error_type")
            String errorType) {}
}

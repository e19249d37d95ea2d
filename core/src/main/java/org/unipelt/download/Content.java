package org.unipelt.download;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The content of an answer, piece by piece as it arrives. The client's own stream knows no time limit, and until Java 20
 * it swallows interrupts.
 */
final class Content implements HttpResponse.BodySubscriber<Content>, AutoCloseable {
    /**
     * What arrived.
     *
     * @param bytes empty at the end
     * @param error what broke the connection, if it ended so
     */
    private record Piece(List<ByteBuffer> bytes, Optional<Throwable> error) {}

    private final BlockingQueue<Piece> arrived = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

    /** At once: the content follows the answer. */
    @Override
    public CompletionStage<Content> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription.complete(given)) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        arrived.add(new Piece(bytes, Optional.empty()));
    }

    @Override
    public void onError(Throwable error) {
        arrived.add(new Piece(List.of(), Optional.of(error)));
    }

    @Override
    public void onComplete() {
        arrived.add(new Piece(List.of(), Optional.empty()));
    }

    /**
     * Waits for the next piece. Returns an empty list at the end.
     *
     * @throws IOException if the connection broke, or nothing arrived in time
     */
    List<ByteBuffer> next(Duration patience) throws IOException, InterruptedException {
        Piece piece = arrived.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (piece == null) {
            throw new HttpTimeoutException("nothing arrived for " + patience.toSeconds() + " s");
        }
        if (piece.error().isPresent()) {
            throw new IOException(piece.error().get());
        }
        if (!piece.bytes().isEmpty()) {
            subscription.join().request(1);
        }
        return piece.bytes();
    }

    /** Wants no more. */
    @Override
    public void close() {
        // Without a subscription there is nothing to cancel.
        var unused = subscription.thenAccept(Flow.Subscription::cancel);
    }
}

package org.unipelt.server;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.unipelt.tuned.MixedBatch;

/**
 * A request: its results, as they come, until it is over: all are there, it failed, or its client went away. Thread safe.
 */
final class Asked {
    private final MixedBatch.Result[] results;
    private final BooleanSupplier gone;
    private final CompletableFuture<List<MixedBatch.Result>> done = new CompletableFuture<>();
    private int left;

    Asked(int texts, BooleanSupplier gone) {
        this.results = new MixedBatch.Result[texts];
        this.left = texts;
        this.gone = gone;
    }

    synchronized void take(int place, MixedBatch.Result result) {
        results[place] = result;
        left--;
        if (left == 0) {
            done.complete(Arrays.asList(results));
        }
    }

    synchronized void fail(Problem problem) {
        done.completeExceptionally(problem);
    }

    /** The results in the order of the texts; it fails with a {@link Problem}. */
    CompletableFuture<List<MixedBatch.Result>> done() {
        return done;
    }

    /** Looks whether the client is still there, which only a request that is not over may ask. */
    synchronized boolean isOver() {
        if (!done.isDone() && gone.getAsBoolean()) {
            fail(Problem.gone());
        }
        return done.isDone();
    }
}

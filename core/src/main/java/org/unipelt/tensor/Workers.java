package org.unipelt.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.global.torch;

/**
 * Does independent pieces of work at once, one core each. A batch is divided among cores once, instead of every kernel
 * being divided anew: threads then meet once a step and not a thousand times, which costs less on a quiet machine and far
 * less on a busy one, where each meeting waits for whichever thread the system has put aside.
 *
 * <p>Modes of libtorch and scopes are a thread's own: a piece opens its own, and retains what it returns.
 */
public final class Workers {
    private final int count;
    private final ExecutorService threads;

    Workers(int count) {
        this.count = count;
        this.threads = Executors.newFixedThreadPool(count, piece -> {
            Thread thread = thread(piece, "unipelt-worker");
            // A program that has ended does not wait for them.
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A thread, not yet started, whose kernels run on one core; OpenMP keeps that setting for each thread. */
    static Thread thread(Runnable work, String name) {
        return new Thread(
                () -> {
                    torch.set_num_threads(1);
                    work.run();
                },
                name);
    }

    /** How many pieces are done at once. */
    public int count() {
        return count;
    }

    /**
     * Does all pieces and waits for them.
     *
     * @return their results, in order
     * @throws RuntimeException or Error that a piece threw, the first in order; all pieces have ended by then
     */
    public <T> List<T> all(List<? extends Callable<T>> pieces) {
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> piece : threads.invokeAll(pieces)) {
                results.add(piece.get());
            }
            return results;
        } catch (ExecutionException e) {
            // Thrown as it was: the caller knows what to do with it.
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while computing", e);
        }
    }
}

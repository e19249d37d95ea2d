package org.unipelt.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Runs independent pieces of work at once, one per core. This divides a batch once instead of dividing every kernel:
 * threads meet once a step instead of a thousand times. That is cheaper on an idle machine, and much cheaper on a busy
 * one, where each meeting waits for whichever thread the OS has suspended.
 *
 * <p>libtorch's modes and scopes belong to a thread: a piece opens its own, and retains what it returns.
 */
public final class Workers {
    private static final long IDLE_SECONDS = 60;

    private final int count;
    private final Executor threads;

    /**
     * Creates separate workers. Idle threads end by themselves, so there is nothing to close.
     *
     * @param count the number of workers, at least 1
     */
    public Workers(int count) {
        this.count = count;
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Worker::new);
        // Nobody closes the pool: threads without work end.
        pool.allowCoreThreadTimeOut(true);
        this.threads = pool;
    }

    private Workers(int count, Executor threads) {
        this.count = count;
        this.threads = threads;
    }

    /** Returns a worker without a thread: pieces run in the thread that calls, one after the other. */
    public static Workers inCaller() {
        return new Workers(1, Runnable::run);
    }

    /** A thread that runs pieces, of any workers. */
    private static final class Worker extends Thread {
        Worker(Runnable pieces) {
            super(alone(pieces), "unipelt-worker");
            // The JVM may exit while they wait.
            setDaemon(true);
        }
    }

    /** Creates a thread, not yet started, whose kernels run on one core; OpenMP stores that setting per thread. */
    static Thread thread(Runnable work, String name) {
        return new Thread(alone(work), name);
    }

    private static Runnable alone(Runnable work) {
        return () -> {
            torch.set_num_threads(1);
            work.run();
        };
    }

    /** Returns how many pieces run at once. */
    public int count() {
        return count;
    }

    /** Returns whether a thread is a worker, of these workers or of others. */
    static boolean isOne(Thread thread) {
        return thread instanceof Worker;
    }

    /**
     * Runs all pieces and waits for them. An interrupt ends the call early and skips pieces that have not started.
     * However the call ends, no piece computes any more, so the caller may free what they read.
     *
     * <p>A piece may call this method; its pieces then run one after the other.
     *
     * @return the results, in order
     * @throws RuntimeException or Error that a piece threw, the first in order
     * @throws CancellationException if the thread was interrupted; it stays interrupted
     */
    public <T> List<T> all(List<? extends Callable<T>> pieces) {
        return new Round<T>(pieces, true).results();
    }

    /**
     * Runs all pieces even if the thread is interrupted, and leaves it interrupted: for pieces that together change
     * something. Otherwise like {@link #all}.
     */
    public <T> List<T> allUninterruptibly(List<? extends Callable<T>> pieces) {
        return new Round<T>(pieces, false).results();
    }

    /** The pieces of one call. */
    private final class Round<T> {
        private final List<Callable<T>> pieces;
        private final List<T> done;
        private final Throwable[] failures;
        private final CountDownLatch left;
        private final boolean mayEndEarly;
        private volatile boolean ending;

        Round(List<? extends Callable<T>> pieces, boolean mayEndEarly) {
            this.pieces = List.copyOf(pieces);
            this.done = new ArrayList<>(Collections.nCopies(pieces.size(), null));
            this.failures = new Throwable[pieces.size()];
            this.left = new CountDownLatch(pieces.size());
            this.mayEndEarly = mayEndEarly;
        }

        List<T> results() {
            Throwable failure = null;
            try {
                begin();
            } catch (RuntimeException | Error e) {
                failure = e;
            }
            boolean interrupted = false;
            // Wait in any case: the caller frees what the pieces read.
            while (left.getCount() > 0) {
                try {
                    left.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    ending = mayEndEarly;
                } catch (Error e) {
                    failure = e;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            for (Throwable each : failures) {
                failure = each == null || failure != null ? failure : each;
            }
            throwIfAny(failure);
            if (mayEndEarly && Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted while computing");
            }
            return done;
        }

        private void begin() {
            int begun = 0;
            try {
                for (; begun < pieces.size(); begun++) {
                    int piece = begun;
                    if (isOne(Thread.currentThread())) {
                        // A worker that waits for workers might wait for itself.
                        run(piece);
                    } else {
                        threads.execute(() -> run(piece));
                    }
                }
            } finally {
                for (; begun < pieces.size(); begun++) {
                    ending = true;
                    left.countDown();
                }
            }
        }

        private void run(int piece) {
            try {
                if (!ending) {
                    done.set(piece, pieces.get(piece).call());
                }
            } catch (Throwable e) {
                failures[piece] = e;
            } finally {
                left.countDown();
            }
        }

        private static void throwIfAny(@Nullable Throwable failure) {
            // Rethrown unchanged: the caller can handle it.
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            if (failure instanceof Error e) {
                throw e;
            }
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
        }
    }
}

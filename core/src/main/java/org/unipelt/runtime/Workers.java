package org.unipelt.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;

/**
 * Does independent pieces of work at once, one core each. A batch is divided among cores once, instead of every kernel
 * being divided anew: threads then meet once a step and not a thousand times, which costs less on a quiet machine and far
 * less on a busy one, where each meeting waits for whichever thread the system has put aside.
 *
 * <p>Modes of libtorch and scopes are a thread's own: a piece opens its own, and retains what it returns.
 */
public final class Workers {
    private static final long IDLE_SECONDS = 60;

    private final int count;
    private final ExecutorService threads;

    /**
     * Workers of their own, which last as long as they have work.
     *
     * @param count how many, at least 1
     */
    public Workers(int count) {
        this.count = count;
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                count, count, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Worker::new);
        // Nobody closes them: whoever has no more work for them is rid of them.
        pool.allowCoreThreadTimeOut(true);
        this.threads = pool;
    }

    /** A thread that does pieces, of whichever workers. */
    private static final class Worker extends Thread {
        Worker(Runnable pieces) {
            super(alone(pieces), "unipelt-worker");
            // A program that has ended does not wait for them.
            setDaemon(true);
        }
    }

    /** A thread, not yet started, whose kernels run on one core; OpenMP keeps that setting for each thread. */
    static Thread thread(Runnable work, String name) {
        return new Thread(alone(work), name);
    }

    private static Runnable alone(Runnable work) {
        return () -> {
            torch.set_num_threads(1);
            work.run();
        };
    }

    /** How many pieces are done at once. */
    public int count() {
        return count;
    }

    /** Whether a thread is a worker, of these workers or of others. */
    static boolean isOne(Thread thread) {
        return thread instanceof Worker;
    }

    /**
     * Does all pieces and waits for them. An interrupt ends the call early: pieces that have not begun are left out. However
     * the call ends, no piece computes any more then, so that what they read may be freed.
     *
     * <p>A piece may call this itself; its pieces are done one after the other then.
     *
     * @return their results, in order
     * @throws RuntimeException or Error that a piece threw, the first in order
     * @throws CancellationException if the thread was interrupted; it still is
     */
    public <T> List<T> all(List<? extends Callable<T>> pieces) {
        return new Round<T>(pieces, true).results();
    }

    /**
     * Does all pieces even if the thread is interrupted, which it still is in the end: for pieces that change something
     * together. Otherwise as {@link #all}.
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
            // Whatever happens meanwhile: who called frees what the pieces read.
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
                        // A worker that waited for workers might wait for itself.
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

        private static void throwIfAny(Throwable failure) {
            // Thrown as it was: the caller knows what to do with it.
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

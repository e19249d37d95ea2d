package org.unipelt.runtime;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps native memory alive while somebody reads it. Who reads it holds a {@link Use}; closing waits until all uses have
 * ended and refuses new ones at once.
 *
 * <p>A thread that holds a use may take more of them, also while another thread waits to close: a call that has begun
 * comes to its end.
 */
public final class Lifetime {
    private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock();
    private volatile boolean closing;
    private volatile boolean over;

    /** The right to read until {@link #close()}, which the thread calls that took it. */
    @FunctionalInterface
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Begins a use.
     *
     * @param what is used, for the message, e.g. {@code the base model bge-small}
     * @throws IllegalStateException if it is closed, or about to be
     */
    public Use use(String what) {
        // Fails only while the memory is being freed.
        if (!uses.readLock().tryLock()) {
            throw closed(what);
        }
        if (closing && (over || uses.getReadHoldCount() == 1)) {
            uses.readLock().unlock();
            throw closed(what);
        }
        return uses.readLock()::unlock;
    }

    private static IllegalStateException closed(String what) {
        return new IllegalStateException(what + " is closed; open it again to use it");
    }

    /** Whether the memory was freed. */
    public boolean isOver() {
        return over;
    }

    /**
     * Waits until all uses have ended, and frees. A second call frees nothing; it waits for the first.
     *
     * @param free gives the memory back
     * @throws IllegalStateException if the call comes from inside a use, for example from a listener: it would wait for
     *     itself; nothing is closed then
     */
    public void close(Runnable free) {
        boolean inside =
                uses.getReadHoldCount() > 0 || uses.getReadLockCount() > 0 && Workers.isOne(Thread.currentThread());
        if (inside) {
            throw new IllegalStateException(
                    "cannot be closed from inside a call that uses it, such as from a listener; close it after the call");
        }
        closing = true;
        uses.writeLock().lock();
        try {
            if (!over) {
                over = true;
                free.run();
            }
        } finally {
            uses.writeLock().unlock();
        }
    }
}

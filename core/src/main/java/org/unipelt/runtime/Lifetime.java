package org.unipelt.runtime;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps native memory alive while somebody reads it. A reader holds a {@link Use}; closing refuses new uses at once and
 * waits for the existing ones to end.
 *
 * <p>A thread that holds a use may take more, even while another thread waits to close: a running call always finishes.
 */
public final class Lifetime {
    private final ReentrantReadWriteLock uses = new ReentrantReadWriteLock();
    private volatile boolean closing;
    private volatile boolean over;

    /** Begins a lifetime that nobody uses yet. */
    public Lifetime() {}

    /** The right to read until {@link #close()}. The thread that took it must close it. */
    @FunctionalInterface
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Starts a use.
     *
     * @param what the thing used, for the message, e.g. {@code the base model bge-small}
     * @throws IllegalStateException if it is closed or closing
     */
    public Use use(String what) {
        // Fails only during the release of the memory.
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

    /** Returns whether the memory is released. */
    public boolean isOver() {
        return over;
    }

    /**
     * Waits until all uses end, then releases the memory. A second call only waits for the first.
     *
     * @param free releases the memory
     * @throws IllegalStateException if called from inside a use, such as from a listener, because it would wait for
     *     itself; nothing is closed then
     */
    public void close(Runnable free) {
        boolean inside =
                uses.getReadHoldCount() > 0 || (uses.getReadLockCount() > 0 && Workers.isOne(Thread.currentThread()));
        if (inside) {
            throw new IllegalStateException(
                    "cannot be closed from inside a call that uses it, such as a listener; close it after the call");
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

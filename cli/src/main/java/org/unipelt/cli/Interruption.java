package org.unipelt.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Handles Ctrl-C during work that can be resumed: the first Ctrl-C asks the work to stop. The process ends when this is
 * closed, with the exit code of the signal (130 for Ctrl-C).
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
    private final Console console;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean asked;

    /** Listens until closed. */
    Interruption(Console console) {
        this.console = console;
        this.hook = new Thread(this::stop, "interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void stop() {
        asked = true;
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the user asked to stop. */
    @Override
    public boolean getAsBoolean() {
        return asked;
    }

    @Override
    public void close() {
        try {
            // The process may end as soon as the hook does.
            console.out().flush();
        } finally {
            closed.countDown();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is already ending and no longer waits for the hook.
        }
    }
}

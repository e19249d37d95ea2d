package org.unipelt.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C while something runs that can be gone on with: the first asks it to stop, and the process ends when it is closed,
 * with the exit code that the signal has (130 for Ctrl-C).
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
    private final Console console;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean asked;

    /** Listens from now on until closed. */
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

    /** Whether somebody asked to stop. */
    @Override
    public boolean getAsBoolean() {
        return asked;
    }

    @Override
    public void close() {
        try {
            // The process may end the moment the hook does.
            console.out().flush();
        } finally {
            closed.countDown();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already, and waits for the hook no longer.
        }
    }
}

package org.unipelt.training;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.unipelt.method.MethodObserver;
import org.unipelt.task.SequenceClassifier;

/** Asks whether to stop, one thread at a time. Observes an evaluation and ends it when asked to stop. */
public final class Stop implements SequenceClassifier.BatchObserver {
    private final BooleanSupplier stop;
    private volatile boolean heeded;

    /** A question that {@code stop} answers. */
    public Stop(BooleanSupplier stop) {
        this.stop = stop;
    }

    /** Whether to stop now. */
    synchronized boolean isAsked() {
        return stop.getAsBoolean();
    }

    /**
     * Whether this ended an evaluation. An interrupt of the current thread ends one too, and counts as none of this.
     */
    public boolean isHeeded() {
        return heeded && !Thread.currentThread().isInterrupted();
    }

    /** {@inheritDoc} Throws a {@link CancellationException} when asked to stop. */
    @Override
    public MethodObserver of(int... rows) {
        if (heeded || isAsked()) {
            heeded = true;
            throw new CancellationException("asked to stop");
        }
        return MethodObserver.NONE;
    }
}

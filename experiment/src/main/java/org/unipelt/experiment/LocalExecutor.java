package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Engine;

/**
 * Runs cells in this process, several at a time if asked to. All runs share one base model and the engine's workers, so
 * more runs use the cores better but do not use more cores.
 *
 * @param base the base model; the caller closes it
 * @param data the rows of the cells
 * @param workers number of runs at a time
 */
public record LocalExecutor(BaseModel base, SweepData data, int workers) implements Executor {
    /** Checks the number of workers. */
    public LocalExecutor {
        if (workers < 1) {
            throw new InputException("workers must be at least 1, got " + workers);
        }
    }

    @Override
    public boolean execute(
            List<Cell> left,
            Function<Cell, Path> work,
            Consumer<Outcome> done,
            SweepEvent.Listener listener,
            BooleanSupplier stop) {
        AtomicInteger next = new AtomicInteger();
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Object turn = new Object();
        SweepEvent.Listener oneByOne = event -> {
            synchronized (turn) {
                listener.on(event);
            }
        };
        BooleanSupplier ending = () -> stop.getAsBoolean() || failure.get() != null;
        CellTraining training = new CellTraining(base, data, workers);
        Runnable loop = () -> {
            try {
                int at;
                while (!ending.getAsBoolean() && (at = next.getAndIncrement()) < left.size()) {
                    Cell cell = left.get(at);
                    Optional<Outcome> outcome = training.run(cell, work.apply(cell), oneByOne, ending);
                    if (outcome.isEmpty()) {
                        stopped.set(true);
                    }
                    outcome.ifPresent(gave -> {
                        done.accept(gave);
                        oneByOne.on(new SweepEvent.Ended(gave.result(), gave.timing()));
                    });
                }
                if (next.get() < left.size()) {
                    stopped.set(true);
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        };
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i <= Math.min(workers, left.size()); i++) {
            Thread thread = Engine.thread(loop, "unipelt-run-" + i);
            thread.start();
            threads.add(thread);
        }
        join(threads, failure);
        if (failure.get() instanceof RuntimeException e) {
            throw e;
        }
        if (failure.get() instanceof Error e) {
            throw e;
        }
        return !stopped.get();
    }

    /** Waits for all runs. An interrupt asks them to stop; each then saves its state. */
    private static void join(List<Thread> threads, AtomicReference<Throwable> failure) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    failure.compareAndSet(null, new CancellationException("interrupted during runs"));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

package org.unipelt.cli;

import java.util.Locale;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Executor;
import org.unipelt.experiment.LocalExecutor;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Sweep;
import org.unipelt.experiment.SweepEvent;
import org.unipelt.tensor.Device;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How to run a sweep. */
final class WorkOptions {
    /** The exit code after Ctrl-C. */
    static final int INTERRUPTED = 130;

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Runs at the same time; results do not depend on it. Default: ${DEFAULT-VALUE}.")
    private int workers;

    @Option(names = "--device", paramLabel = "cpu|cuda", description = ModelOptions.WHAT_DEVICE)
    private Device device = Device.CPU;

    @Mixin
    @SuppressWarnings("unused") // picocli reads it.
    private ThreadOptions threads;

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    /** Prints the end: all runs are done, or they were stopped. */
    @FunctionalInterface
    interface Telling {
        void tell(boolean done);
    }

    void check() {
        if (workers < 1) {
            throw new InputException("--workers must be at least 1, got " + workers);
        }
    }

    Device device() {
        return device;
    }

    boolean quiet() {
        return quiet;
    }

    /**
     * Runs the rest of a sweep and shows its progress. Ctrl-C stops it and keeps finished runs.
     *
     * @param kept which cells keep their tuned models
     * @param again the command that continues
     * @param telling prints the end, before the process ends
     * @return whether all runs are done
     */
    boolean run(Console console, Sweep sweep, Store store, Predicate<Cell> kept, String again, Telling telling) {
        return run(console, sweep, store, new LocalExecutor(sweep.base(), sweep.data(), workers), kept, again, telling);
    }

    /** Does the same with another executor. */
    boolean run(
            Console console,
            Sweep sweep,
            Store store,
            Executor executor,
            Predicate<Cell> kept,
            String again,
            Telling telling) {
        int cells = sweep.cells().size();
        int left = sweep.left(store).size();
        try (SweepProgress progress = new SweepProgress(console, cells, sweep.left(store));
                Interruption interruption = new Interruption(console)) {
            if (!quiet) {
                console.say(String.format(
                        Locale.ROOT,
                        "%,d runs into %s%s",
                        cells,
                        store.folder(),
                        left < cells ? String.format(Locale.ROOT, ", %,d of them done before", cells - left) : ""));
            }
            SweepEvent.Listener listener = quiet ? event -> {} : progress;
            boolean done = sweep.run(store, executor, kept, listener, interruption);
            progress.close();
            telling.tell(done);
            if (!done) {
                console.say(String.format(
                        Locale.ROOT,
                        "stopped and saved, %,d runs left; to continue:%n  %s",
                        sweep.left(store).size(),
                        again));
            }
            return done;
        }
    }
}

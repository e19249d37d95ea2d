package org.unipelt.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.training.Ending;
import org.unipelt.training.EventLog;
import org.unipelt.training.Group;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterDirectory;

/**
 * The folder of a training: who may use it, and the files of an unfinished one. {@code run.json} marks it, {@code
 * events.jsonl} logs it, {@code state.safetensors} holds its progress.
 */
record RunFolder(Path folder) {
    private static final String STATE = "state.safetensors";
    private static final String EVENTS = "events.jsonl";

    /**
     * Checks that a new training can begin here.
     *
     * @throws InputException if the folder is not empty, is in use, or is not writable
     */
    void demandFree() {
        FolderLock.demandFree(folder);
        demandNoModel();
        if (isUnfinished()) {
            throw new InputException(
                    folder + ": holds an unfinished run; use --resume " + folder + " or choose another folder");
        }
        if (Files.exists(folder)) {
            checkEmpty();
        }
        Path nearest = nearest();
        if (!Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
            throw new InputException(folder + ": cannot be written: " + nearest + " is "
                    + (Files.isDirectory(nearest) ? "read-only" : "a file") + "; choose another folder");
        }
    }

    private void demandNoModel() {
        if (AdapterDirectory.isOne(folder)) {
            throw new InputException(
                    folder + ": already holds a tuned model; choose another folder or remove this one");
        }
    }

    /** Returns the folder, or its nearest existing parent. */
    private Path nearest() {
        Path nearest = folder.toAbsolutePath();
        // The root of a drive that is not there has no parent.
        for (Path parent = nearest.getParent(); !Files.exists(nearest) && parent != null; parent = parent.getParent()) {
            nearest = parent;
        }
        return nearest;
    }

    private void checkEmpty() {
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.anyMatch(entry -> !FolderLock.isTrace(entry))) {
                throw new InputException(folder + ": is not empty; choose another folder");
            }
        } catch (NotDirectoryException e) {
            throw new InputException(folder + ": is a file; choose another name for the folder", e);
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Checks that an unfinished training can continue here. Tidies the folder of a finished one.
     *
     * @throws InputException if the folder holds no unfinished training, or is in use
     */
    void demandUnfinished() {
        FolderLock.demandFree(folder);
        if (AdapterDirectory.isOne(folder)) {
            if (isUnfinished()) {
                tidy();
            }
            throw new InputException(folder + ": this run is finished; there is nothing to resume");
        }
        if (!isUnfinished()) {
            throw new InputException(folder + ": holds no unfinished run (no " + AdapterDirectory.RUN + ")");
        }
    }

    /** The file that describes an unfinished training. */
    Path file() {
        return folder.resolve(AdapterDirectory.RUN);
    }

    private Path state() {
        return folder.resolve(STATE);
    }

    boolean isUnfinished() {
        return Files.exists(file());
    }

    /** Deletes the files that a process left beside a tuned model if it was killed after writing the model. */
    void tidy() {
        try (FolderLock lock = FolderLock.take(folder)) {
            finish();
        }
    }

    /** Deletes what only an unfinished training needs. */
    void finish() {
        delete(state());
        // Last, because this file marks an unfinished run.
        delete(file());
    }

    /** Restores the folder of a training without a state: it cannot be resumed, and would only block the next one. */
    void removeUnlessSaved() {
        if (Files.exists(state())) {
            return;
        }
        try {
            Files.deleteIfExists(folder.resolve(EVENTS));
            // Last, because this file marks an unfinished run.
            Files.deleteIfExists(file());
        } catch (IOException e) {
            // The error of the run matters more than leftover files.
        }
    }

    /** Makes a folder one that holds no tuned model. */
    void removeModel() {
        delete(folder.resolve(AdapterDirectory.CARD));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be deleted: " + e.getMessage(), e);
        }
    }

    /**
     * Creates the folder, keeps every other process out of it and the base model open while something trains in it, and
     * removes what it created if nothing was written.
     *
     * @throws InputException if the folder is in use or holds a tuned model, or a result is not finite
     * @throws CancellationException if the thread was interrupted, which it stays
     */
    <T> T use(BaseModel base, Supplier<T> training) {
        Path nearest = nearest();
        AdapterDirectory.create(folder);
        try (Lifetime.Use use = base.useForTraining();
                FolderLock lock = FolderLock.take(folder)) {
            demandNoModel();
            return training.get();
        } catch (ArithmeticException e) {
            throw new InputException(
                    base.name() + ": " + e.getMessage()
                            + "; a weight is damaged or much too large: download the model again",
                    e);
        } catch (CancellationException e) {
            throw interrupted(e);
        } finally {
            removeEmpty(nearest);
        }
    }

    private CancellationException interrupted(CancellationException e) {
        CancellationException named = new CancellationException(folder + ": " + e.getMessage()
                + (isUnfinished()
                        ? "; the run can be resumed (Run.reopen, or unipelt train --resume " + folder + ")"
                        : "; nothing was written"));
        named.initCause(e);
        return named;
    }

    /** Deletes the folder and its parents below {@code kept}, as long as they are empty. */
    private void removeEmpty(Path kept) {
        try {
            for (Path created = folder.toAbsolutePath();
                    created != null && !created.equals(kept);
                    created = created.getParent()) {
                Files.deleteIfExists(created);
            }
        } catch (IOException e) {
            // The folder is not empty.
        }
    }

    /**
     * Trains an objective, from the start or from the saved state, and evaluates the result.
     *
     * @param evaluation evaluates what was trained, with an observer; also gets who ended the training
     * @param group the processes that train it together
     * @return the evaluation's result; empty if {@code stop} stopped the training, which can then be resumed
     */
    <T> Optional<T> train(
            Objective objective,
            TrainingConfig config,
            TrainingEvent.Listener listener,
            BooleanSupplier stop,
            BiFunction<SequenceClassifier.BatchObserver, Ending, T> evaluation,
            Group group) {
        Path state = state();
        try (EventLog log = new EventLog(folder.resolve(EVENTS), Clock.systemUTC());
                Trainer trainer =
                        new Trainer(objective, config, TrainingEvent.Listener.all(List.of(log, listener)), group)) {
            if (Files.exists(state)) {
                trainer.resume(state);
            }
            return trainer.run(state, stop)
                    ? trainer.evaluate(state, stop, observer -> evaluation.apply(observer, trainer.ending()))
                    : Optional.empty();
        }
    }
}

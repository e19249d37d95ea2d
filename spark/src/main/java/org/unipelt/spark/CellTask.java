package org.unipelt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.LocalExecutor;
import org.unipelt.experiment.Outcome;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Sweep;

/**
 * Runs one cell in an executor, as a local sweep would, into a folder of its own.
 *
 * @param study the sweep
 * @param keepModel whether the tuned model travels back too
 */
record CellTask(SentStudy study, boolean keepModel) implements Serializable {
    /**
     * What travels back.
     *
     * @param files the folder of the run, zipped; empty if it was refused
     * @param refusal why this node cannot run it, in one line; empty if it ran
     */
    record Answer(byte[] files, String refusal) implements Serializable {}

    Answer run(String hash) {
        try {
            return new Answer(files(hash), "");
        } catch (InputException e) {
            // Another try would find the same.
            return new Answer(new byte[0], OpenStudies.node() + ": " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] files(String hash) throws IOException {
        Sweep sweep = OpenStudies.here().sweep(study);
        Cell cell = sweep.cells().stream()
                .filter(each -> each.hash().equals(hash))
                .findFirst()
                .orElseThrow(() -> new InputException("has no run " + hash
                        + ": its base model or data are others than the driver's (it has base model "
                        + sweep.base().fingerprint() + "); give every node the same files"));
        Path folder = Files.createTempDirectory("unipelt-run");
        try {
            Store store = new Store(folder);
            AtomicReference<Outcome> outcome = new AtomicReference<>();
            TaskContext task = TaskContext.get();
            boolean done = new LocalExecutor(sweep.base(), sweep.data(), 1)
                    .execute(
                            List.of(cell),
                            each -> store.work(each.hash()),
                            outcome::set,
                            event -> {},
                            () -> task != null && task.isInterrupted());
            if (!done) {
                throw new IOException("the run was stopped");
            }
            store.finish(Objects.requireNonNull(outcome.get()), keepModel);
            return ZippedFolder.of(folder);
        } finally {
            remove(folder);
        }
    }

    static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

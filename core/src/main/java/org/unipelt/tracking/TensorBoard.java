package org.unipelt.tracking;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.training.End;
import org.unipelt.training.TrainingEvent;

/**
 * Writes a training as event files for TensorBoard: {@code train/loss} and {@code train/learning_rate} of every step, {@code
 * train/epoch_loss}, {@code dev/loss} and {@code dev/METRIC} of every evaluation, {@code final/dev/METRIC} and {@code
 * final/test/METRIC} of the state that is kept, and the settings for the page of hyperparameters.
 *
 * <pre>{@code
 * Tuning.of(base, "lora").on(rows).tell(TensorBoard.in(Path.of("logs/first"), System.err::println)).train(folder);
 * }</pre>
 *
 * <p>A resumed training adds a file; TensorBoard then forgets the steps that are made again. Not thread safe: it is for one
 * training at a time.
 */
public final class TensorBoard implements TrainingEvent.Listener {
    private final Path folder;
    private final Consumer<String> warnings;
    private final Clock clock;
    private final Opening opening;
    private @Nullable EventFile file;
    private long step;

    private TensorBoard(Path folder, Consumer<String> warnings, Clock clock, Opening opening) {
        this.folder = folder;
        this.warnings = warnings;
        this.clock = clock;
        this.opening = opening;
    }

    /** Creates a file. */
    @FunctionalInterface
    interface Opening {
        OutputStream open(Path folder, Clock clock) throws IOException;
    }

    /**
     * A listener that writes into a folder. The file is created when the training begins; if it cannot be, nothing is
     * trained.
     *
     * @param folder the folder, which need not exist; TensorBoard shows a folder as one run
     * @param warnings receives a sentence, once, if the file cannot be written any more; the training goes on
     */
    public static TensorBoard in(Path folder, Consumer<String> warnings) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(warnings, "warnings is null");
        return in(folder, warnings, Clock.systemUTC(), EventFile::create);
    }

    static TensorBoard in(Path folder, Consumer<String> warnings, Clock clock, Opening opening) {
        return new TensorBoard(folder, warnings, clock, opening);
    }

    /**
     * Creates the file.
     *
     * @throws InputException if it cannot be written
     */
    @Override
    public void settings(Map<String, String> byName) {
        step = 0;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException(folder + ": is a file; choose another folder for TensorBoard's events");
        }
        try {
            Files.createDirectories(folder);
            file = new EventFile(opening.open(folder, clock), clock);
            file.begin(byName);
        } catch (IOException e) {
            throw new InputException(
                    folder + ": the events for TensorBoard cannot be written: " + AtomicFile.reason(e), e);
        }
    }

    @Override
    public void on(TrainingEvent event) {
        if (event instanceof TrainingEvent.Started started) {
            step = started.step();
            if (step > 0) {
                write(events -> events.restart(step + 1));
            }
        } else if (event instanceof TrainingEvent.Stepped made) {
            step = made.step();
        }
        List<Scalar> scalars = Scalar.of(event);
        write(events -> events.scalars(scalars));
    }

    @Override
    public void scores(Map<String, Map<String, Double>> byPart) {
        write(events -> events.scalars(Scalar.of(byPart, step)));
    }

    @Override
    public void over(End end) {
        if (end != End.STOPPED) {
            write(events -> events.end(end == End.FINISHED));
        }
        write(EventFile::close);
        file = null;
    }

    /** Something to write. */
    @FunctionalInterface
    private interface Writing {
        void to(EventFile file) throws IOException;
    }

    /** Writes, unless that failed before. */
    private void write(Writing what) {
        if (file == null) {
            return;
        }
        try {
            what.to(file);
        } catch (IOException e) {
            warnings.accept(folder + ": the events for TensorBoard cannot be written any more: " + AtomicFile.reason(e)
                    + "; the training goes on without them");
            try {
                file.close();
            } catch (IOException closing) {
                // The first failure has been told.
            }
            file = null;
        }
    }
}

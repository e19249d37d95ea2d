package org.unipelt.experiment;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.unipelt.training.EventLog;
import org.unipelt.training.TrainingEvent;

/**
 * What {@code events.jsonl} tells about a run. After a kill and a resume, some steps and epochs are in it twice, with
 * equal values; each counts once.
 *
 * @param trained number of trained parameters
 * @param epochs how many ended
 * @param curve the epochs that ended with an evaluation
 * @param bestEpoch the epoch whose state is kept, from 1; 0 for the state before the first step
 * @param end why training ended; none if it failed or was stopped
 * @param failed why it failed, if it did
 * @param steps number of the last step
 * @param spent time of training
 * @param stepMillis median milliseconds of a step; NaN without steps
 */
record TrainingLog(
        long trained,
        int epochs,
        List<Result.Epoch> curve,
        int bestEpoch,
        Optional<String> end,
        Optional<String> failed,
        long steps,
        Duration spent,
        double stepMillis) {
    /**
     * Reads a log.
     *
     * @throws org.unipelt.InputException as {@link EventLog#read}
     */
    static TrainingLog read(Path file) {
        return of(EventLog.read(file));
    }

    /** What the lines of a log tell. */
    static TrainingLog of(List<EventLog.Entry> entries) {
        Reader reader = new Reader();
        entries.forEach(reader::read);
        return reader.log();
    }

    /** Whether the log has every epoch. After a power cut it may lack some that the saved state has. */
    boolean whole() {
        for (int i = 0; i < curve.size(); i++) {
            if (curve.get(i).epoch() != i + 1) {
                return false;
            }
        }
        return end.isPresent() || failed.isPresent();
    }

    /** Goes from event to event. */
    private static final class Reader {
        private final TreeMap<Integer, Result.Epoch> curve = new TreeMap<>();
        private final List<Double> millis = new ArrayList<>();
        private long trained;
        private int epochs;
        private int bestEpoch;
        private long steps;
        private Optional<String> end = Optional.empty();
        private Optional<String> failed = Optional.empty();
        private Duration spent = Duration.ZERO;
        private Optional<EventLog.Entry> before = Optional.empty();

        void read(EventLog.Entry entry) {
            TrainingEvent event = entry.event();
            // Between a kill and the next start nothing was trained.
            if (before.isPresent() && !(event instanceof TrainingEvent.Started)) {
                Duration since = entry.since(before.get());
                spent = spent.plus(since);
                if (event instanceof TrainingEvent.Stepped && before.get().event() instanceof TrainingEvent.Stepped) {
                    millis.add(since.toNanos() / 1e6);
                }
            }
            before = Optional.of(entry);
            if (event instanceof TrainingEvent.Started started) {
                trained = started.trained();
            } else if (event instanceof TrainingEvent.Stepped stepped) {
                steps = stepped.step();
            } else if (event instanceof TrainingEvent.Evaluated evaluated && evaluated.epoch() > 0) {
                epochs = Math.max(epochs, evaluated.epoch());
                curve.put(
                        evaluated.epoch(),
                        new Result.Epoch(evaluated.epoch(), evaluated.meanLoss(), evaluated.value()));
                bestEpoch = evaluated.best() ? Math.max(bestEpoch, evaluated.epoch()) : bestEpoch;
            } else if (event instanceof TrainingEvent.Finished finished) {
                end = Optional.of(finished.reason());
                bestEpoch = finished.bestEpoch();
                epochs = finished.epoch();
            } else if (event instanceof TrainingEvent.Diverged diverged) {
                failed = Optional.of(diverged.describe());
            }
        }

        TrainingLog log() {
            Collections.sort(millis);
            return new TrainingLog(
                    trained,
                    epochs,
                    List.copyOf(curve.values()),
                    bestEpoch,
                    end,
                    failed,
                    steps,
                    spent,
                    millis.isEmpty() ? Double.NaN : millis.get(millis.size() / 2));
        }
    }
}

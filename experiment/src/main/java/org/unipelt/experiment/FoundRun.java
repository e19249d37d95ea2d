package org.unipelt.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.files.FolderLock;
import org.unipelt.run.RunFile;
import org.unipelt.run.RunSettings;
import org.unipelt.run.RunSpec;
import org.unipelt.training.EventLog;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
import org.unipelt.tuned.DataSpec;

/**
 * A training in a folder, as its files tell: a tuned model, or a run that is not finished.
 *
 * @param folder the folder
 * @param state whether it is finished
 * @param base the name or the folder of the base model
 * @param method the method's text
 * @param kind what its labels are; none if the rows would have to say
 * @param data the name of the task or of the training file; none if a program gave its own rows
 * @param rows number of training rows; none if another program trained it
 * @param metric the metric that guided the training; none if that is not known
 * @param scores by part of the data ({@code dev}, {@code test}), then by metric. An unfinished run has the best dev score so
 *     far
 * @param epochs number of epochs that ended; none without a log
 * @param mostEpochs the most epochs of its settings; none if they are not known
 * @param seconds time of training; none without a log
 * @param last when the last event was logged; none without a log
 * @param settings every setting by the name of its option
 * @param remark what is wrong with its log, if something is
 */
public record FoundRun(
        Path folder,
        State state,
        String base,
        String method,
        Optional<String> kind,
        Optional<String> data,
        Optional<Integer> rows,
        Optional<String> metric,
        Map<String, Map<String, Double>> scores,
        Optional<Integer> epochs,
        Optional<Integer> mostEpochs,
        Optional<Double> seconds,
        Optional<Instant> last,
        Map<String, String> settings,
        Optional<String> remark) {
    private static final String EVENTS = "events.jsonl";
    private static final String TRAIN = "train";
    private static final String DEV = "dev";

    /** How far a training is. */
    public enum State {
        /** It left a tuned model. */
        FINISHED,
        /** It was stopped or killed; {@code unipelt train --resume} continues it. */
        UNFINISHED,
        /** A process trains now. */
        RUNNING
    }

    /** What the log tells; nothing without one. */
    private record Log(Optional<TrainingLog> told, Optional<Instant> last, Optional<String> remark) {
        static Log of(Path folder) {
            Path file = folder.resolve(EVENTS);
            if (!Files.exists(file)) {
                return new Log(Optional.empty(), Optional.empty(), Optional.empty());
            }
            try {
                List<EventLog.Entry> entries = EventLog.read(file);
                Optional<Instant> last =
                        entries.stream().reduce((one, next) -> next).map(EventLog.Entry::time);
                return new Log(Optional.of(TrainingLog.of(entries)), last, Optional.empty());
            } catch (InputException e) {
                return new Log(Optional.empty(), Optional.empty(), Optional.of(e.getMessage()));
            }
        }

        Optional<Double> seconds() {
            return told.map(log -> log.spent().toMillis() / 1e3);
        }
    }

    /** Whether a folder holds a training. */
    static boolean isOne(Path folder) {
        return AdapterDirectory.isOne(folder) || Files.exists(folder.resolve(AdapterDirectory.RUN));
    }

    /**
     * Reads a folder.
     *
     * @throws InputException if the file that describes the training cannot be read
     */
    static FoundRun read(Path folder) {
        return AdapterDirectory.isOne(folder)
                ? finished(folder, AdapterCard.read(folder), Log.of(folder))
                : unfinished(folder, RunFile.read(folder.resolve(AdapterDirectory.RUN)), Log.of(folder));
    }

    private static FoundRun finished(Path folder, AdapterCard card, Log log) {
        return new FoundRun(
                folder,
                State.FINISHED,
                card.base().name(),
                card.method().toString(),
                Optional.of(card.labels().kind().text()),
                card.source().map(FoundRun::name),
                card.provenance().flatMap(how -> rows(how.data().parts())),
                card.provenance().map(how -> how.training().metric().text()),
                card.metrics(),
                log.told().map(TrainingLog::epochs),
                card.provenance().map(how -> how.training().epochs()),
                log.seconds(),
                log.last(),
                RunSettings.of(card),
                log.remark());
    }

    private static FoundRun unfinished(Path folder, RunFile file, Log log) {
        RunSpec spec = file.spec();
        String metric = spec.training().metric().text();
        return new FoundRun(
                folder,
                FolderLock.isHeld(folder) ? State.RUNNING : State.UNFINISHED,
                spec.model(),
                spec.method().toString(),
                spec.data()
                        .map(DataSpec::labels)
                        .filter(kind -> kind != LabelKind.AUTO)
                        .map(LabelKind::text),
                spec.data().map(FoundRun::name),
                rows(file.data()),
                Optional.of(metric),
                log.told()
                        .flatMap(FoundRun::best)
                        .map(best -> Map.of(DEV, Map.of(metric, best)))
                        .orElse(Map.of()),
                log.told().map(TrainingLog::epochs),
                Optional.of(spec.training().epochs()),
                log.seconds(),
                log.last(),
                RunSettings.of(spec),
                log.remark());
    }

    private static Optional<Double> best(TrainingLog log) {
        return log.curve().stream()
                .map(Result.Epoch::dev)
                .filter(Double::isFinite)
                .max(Double::compare);
    }

    private static Optional<Integer> rows(Map<String, AdapterCard.DataPart> parts) {
        return Optional.ofNullable(parts.get(TRAIN)).map(AdapterCard.DataPart::examples);
    }

    private static String name(DataSpec data) {
        return data.task().orElseGet(() -> String.valueOf(data.train().getFileName()));
    }

    /** The score of the metric that guided the training on a part of the data, if it is defined. */
    public Optional<Double> score(String part) {
        return metric.map(name -> scores.getOrDefault(part, Map.of()).get(name)).filter(Double::isFinite);
    }

    /** The score to compare it by: on test rows, or else on development rows. */
    public Optional<Double> score() {
        return score("test").or(() -> score(DEV));
    }
}

package org.unipelt.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Folds;
import org.unipelt.data.Split;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.ClassProbabilities;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.FoldScores;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Temperature;
import org.unipelt.runtime.Lifetime;
import org.unipelt.training.Stop;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * A training with K-fold cross-validation: K models, each trained without one fold of the training rows and scored on it,
 * then the model to keep, trained on all of them with the same settings.
 *
 * <pre>
 *   training rows ─▶ fold 1 │ fold 2 │ … │ fold K
 *                      │
 *    for each fold:    ├─ all other rows ─▶ a {@link Run} in folds/K ─▶ model ─┐
 *                      └─ its rows ───────────────────────────────────────▶ answers ─▶ scores, temperature
 *                                                                                              │
 *    then:              all rows ─▶ a {@link Run} in the folder ─▶ model ◀───────── its card ──┘
 * </pre>
 *
 * <p>The models of the folds are in the folder {@code folds} until the last training ends, so a stopped cross-validation
 * continues: a finished fold does not train again, and the result has the same bytes. Let one thread train with it.
 */
public final class CrossValidation {
    private static final String FOLDS = "folds";
    private static final String FILE = "folds.json";

    private final Path folder;
    private final RunSpec spec;
    private final int count;
    private final Path directory;
    private Run last;

    private CrossValidation(Path folder, RunSpec spec, int count, Path directory) {
        this.folder = folder;
        this.spec = spec;
        this.count = count;
        this.directory = directory;
        this.last = Run.of(folder, spec, directory, HeldOut.NONE);
    }

    /** What is told while the folds train. */
    public interface Progress {
        /** Tells nothing. */
        Progress NONE = new Progress() {};

        /** Returns the listener to a fold's training. It cannot end a training early. */
        default TrainingEvent.Listener fold(int number, int count) {
            return event -> {};
        }

        /**
         * Called after each fold, also after one that an earlier process trained.
         *
         * @param number the fold's number, from 1
         * @param count the number of folds
         * @param train the number of rows that its model learned from
         * @param scores the model's scores on the fold
         */
        default void scored(int number, int count, int train, Evaluation scores) {}
    }

    /**
     * Creates a new cross-validation in a folder that is empty or does not exist yet.
     *
     * @param count the number of folds, two or more
     * @throws InputException as {@link Run#begin}, and if {@code count} is too small
     */
    public static CrossValidation begin(Path folder, RunSpec spec, int count) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(spec, "spec is null");
        Folds.require(count);
        if (isUnfinished(folder)) {
            throw new InputException(folder + ": holds an unfinished cross-validation; use --resume " + folder
                    + " or choose another folder");
        }
        Run.begin(folder, spec);
        return new CrossValidation(folder, spec, count, Run.workingDirectory());
    }

    /** Returns whether a folder holds a cross-validation that can be continued. */
    public static boolean isUnfinished(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return Files.exists(file(folder)) && !AdapterDirectory.isOne(folder);
    }

    private static Path file(Path folder) {
        return folder.resolve(FOLDS).resolve(FILE);
    }

    /**
     * Opens a stopped cross-validation to continue it.
     *
     * @throws InputException if the folder holds no unfinished one, or is in use
     */
    public static CrossValidation reopen(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        if (!isUnfinished(folder)) {
            throw new InputException(folder + ": holds no unfinished cross-validation");
        }
        FolderLock.demandFree(folder.resolve(FOLDS));
        FoldsFile started = FoldsFile.read(file(folder));
        return new CrossValidation(folder, started.spec(), started.count(), started.directory());
    }

    /** Returns the number of folds. */
    public int count() {
        return count;
    }

    /** Returns the training of the model to keep; after {@link #train} with its evaluations. */
    public Run run() {
        return last;
    }

    /**
     * Trains the folds that are not trained yet, and then the model to keep. Its card has the scores of the folds, {@link
     * AdapterCard#heldOut}.
     *
     * @param base the base model that the spec names
     * @param data the data, see {@link Run#load()}
     * @param progress told of the folds
     * @param listener told of the training of the model to keep; it may end that one early
     * @param stop asked after every step, and before every piece of an evaluation
     * @return the tuned model; empty if {@code stop} stopped it, then it can be continued
     * @throws InputException as {@link Run#train}, and if there are too few rows for the folds
     * @throws CancellationException if the thread was interrupted, which it stays; it can be continued
     */
    public Optional<TunedModel> train(
            BaseModel base,
            DataSpec.Loaded data,
            Progress progress,
            TrainingEvent.Listener listener,
            BooleanSupplier stop) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(progress, "progress is null");
        Objects.requireNonNull(listener, "listener is null");
        Objects.requireNonNull(stop, "stop is null");
        Dataset rows = (data.split().aside() ? data.together() : data).split().train();
        Folds folds = Folds.of(rows, data.labels(), count, seed());
        Path scratch = folder.resolve(FOLDS);
        boolean resumed = Files.exists(file(folder));
        AdapterDirectory.create(scratch);
        List<Evaluation> scores = new ArrayList<>();
        boolean kept = false;
        try (Lifetime.Use use = base.useForTraining();
                FolderLock lock = FolderLock.take(scratch)) {
            if (!resumed) {
                new FoldsFile(FoldsFile.VERSION_1, count, directory, spec).write(file(folder));
            }
            for (int fold = 0; fold < count; fold++) {
                Dataset train = rows.subset(folds.without(fold));
                Dataset held = rows.subset(folds.rows().get(fold));
                Optional<Evaluation> scored = scored(
                        base,
                        scratch.resolve(Integer.toString(fold + 1)),
                        part(data, train),
                        held,
                        progress.fold(fold + 1, count),
                        stop);
                if (scored.isEmpty()) {
                    kept = true;
                    return Optional.empty();
                }
                scores.add(scored.get());
                kept = true;
                progress.scored(fold + 1, count, train.size(), scored.get());
            }
            last = Run.of(folder, spec, directory, heldOut(data, scores));
            Optional<TunedModel> model = last.train(base, data, listener, stop);
            kept = model.isEmpty();
            return model;
        } catch (CancellationException e) {
            kept = true;
            throw e;
        } finally {
            // After an error before the first fold ended there is nothing to continue.
            if ((!kept && !resumed) || AdapterDirectory.isOne(folder)) {
                remove(scratch);
            }
        }
    }

    /** The seed of all draws of rows; rows of a program have the usual one. */
    private long seed() {
        return spec.data().map(DataSpec::dataSeed).orElse(DataSpec.FIRST_SEED);
    }

    /** Returns the data of a fold's training; rows are set aside for development as in the whole training. */
    private DataSpec.Loaded part(DataSpec.Loaded data, Dataset train) {
        Split whole = data.split();
        Split split = whole.aside()
                ? Split.heldOut(train, data.labels(), Split.USUAL_SHARE, seed())
                : new Split(train, whole.dev(), Optional.empty(), whole.description(), false);
        return new DataSpec.Loaded(split, data.labels(), data.metrics());
    }

    /** Trains a fold, unless it is trained, and evaluates it; empty if asked to stop. */
    private Optional<Evaluation> scored(
            BaseModel base,
            Path place,
            DataSpec.Loaded part,
            Dataset held,
            TrainingEvent.Listener listener,
            BooleanSupplier stop) {
        if (!AdapterDirectory.isOne(place)) {
            RunSpec fold = new RunSpec(
                    spec.model(),
                    spec.method(),
                    spec.pooling(),
                    Optional.empty(),
                    spec.writing(),
                    spec.training(),
                    spec.precision(),
                    // The temperature of the model to keep is fitted to logits as they are.
                    Calibrate.NONE);
            Run run = Files.exists(place.resolve(AdapterDirectory.RUN)) ? Run.reopen(place) : Run.begin(place, fold);
            Optional<TunedModel> model = run.train(base, part, listener, stop);
            if (model.isEmpty()) {
                return Optional.empty();
            }
            model.get().close();
        }
        // Read back, so that a fold of an earlier process gives the same bytes.
        Stop asked = new Stop(stop);
        try (TunedModel model = TunedModel.load(place, base)) {
            requireSame(model.card(), part);
            return Optional.of(model.evaluate(held, asked));
        } catch (CancellationException e) {
            if (asked.isHeeded()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void requireSame(AdapterCard card, DataSpec.Loaded part) {
        Dataset train = (spec.learnsFromAll(part.split()) ? part.together() : part)
                .split()
                .train();
        AdapterCard.DataPart now = AdapterCard.DataPart.of(train);
        if (!now.equals(card.provenance().orElseThrow().data().parts().get("train"))) {
            throw new InputException(folder + ": the training rows are not what this cross-validation started with;"
                    + " restore them or start again in another folder");
        }
    }

    private HeldOut heldOut(DataSpec.Loaded data, List<Evaluation> scores) {
        FoldScores folds = new FoldScores(
                scores.stream().map(Evaluation::examples).toList(),
                scores.stream().map(Evaluation::metrics).toList(),
                together(data, scores));
        List<ClassProbabilities> probabilities =
                scores.stream().flatMap(each -> each.probabilities().stream()).toList();
        Optional<Temperature> temperature = spec.calibrate() == Calibrate.NONE || probabilities.isEmpty()
                ? Optional.empty()
                : Temperature.trusted(ClassProbabilities.together(probabilities));
        return new HeldOut(Optional.of(folds), temperature);
    }

    private static Map<String, Double> together(DataSpec.Loaded data, List<Evaluation> scores) {
        return new AllAnswers(
                        scores.stream()
                                .flatMap(each -> each.predicted().stream())
                                .toList(),
                        scores.stream().flatMap(each -> each.right().stream()).toList())
                .scores(data.labels(), scores.get(0).metrics().keySet());
    }

    /** Deletes what a process left beside a tuned model if it was killed after writing the model. */
    static void tidy(Path folder) {
        if (Files.exists(file(folder)) && AdapterDirectory.isOne(folder)) {
            remove(folder.resolve(FOLDS));
        }
    }

    private static void remove(Path scratch) {
        try (Stream<Path> all = Files.walk(scratch)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new InputException(scratch + ": cannot be removed: " + e.getMessage(), e);
        }
    }
}

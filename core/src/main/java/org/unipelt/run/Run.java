package org.unipelt.run;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.Version;
import org.unipelt.backbone.Pass;
import org.unipelt.data.LabelKind;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.PretrainedModel;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Temperature;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Inference;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.task.Task;
import org.unipelt.tensor.Weights;
import org.unipelt.training.Ending;
import org.unipelt.training.Group;
import org.unipelt.training.Replica;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * One training in a folder: {@code run.json} describes it, {@code events.jsonl} logs it, {@code state.safetensors}
 * holds its progress. When it finishes, the folder holds a tuned model, and the first and the last of these files are
 * deleted.
 *
 * <p>Let one thread train with it at a time; a lock in the folder refuses a second, of any process. Different runs may train
 * on one base model at once.
 */
public final class Run {
    private final Path folder;
    private final RunSpec spec;
    private final Path directory;
    private final HeldOut heldOut;
    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();

    private Run(Path folder, RunSpec spec, Path directory, HeldOut heldOut) {
        this.heldOut = heldOut;
        this.folder = folder;
        this.spec = spec;
        this.directory = directory;
    }

    static Path workingDirectory() {
        return Path.of("").toAbsolutePath();
    }

    /**
     * Creates a new run in a folder that is empty or does not exist yet.
     *
     * @throws InputException if the folder is not empty, is in use, or is not writable
     */
    public static Run begin(Path folder, RunSpec spec) {
        Objects.requireNonNull(spec, "spec is null");
        new RunFolder(folder).demandFree();
        return new Run(folder, spec, workingDirectory(), HeldOut.NONE);
    }

    /**
     * Opens a stopped run to continue it.
     *
     * @throws InputException if the folder holds no unfinished run, or is in use
     */
    public static Run reopen(Path folder) {
        RunFolder here = new RunFolder(folder);
        FolderLock.demandFree(folder);
        if (CrossValidation.isUnfinished(folder)) {
            throw new InputException(
                    folder + ": holds an unfinished cross-validation; continue it with the same number of"
                            + " folds (Tuning.folds, or unipelt train --resume " + folder + ")");
        }
        CrossValidation.tidy(folder);
        here.demandUnfinished();
        JointRun.demandNone(here);
        RunFile started = RunFile.read(here.file());
        return new Run(folder, started.spec(), started.directory(), HeldOut.NONE);
    }

    /**
     * Returns a run in a folder that is known to be free: one that ends a cross-validation, or one of several tasks.
     *
     * @param directory the folder that the spec's relative paths start from
     * @param heldOut what the folds say
     */
    static Run of(Path folder, RunSpec spec, Path directory, HeldOut heldOut) {
        return new Run(folder, spec, directory, heldOut);
    }

    /**
     * Deletes the files that a process left beside a tuned model if it was killed after writing the model.
     *
     * @throws InputException if the folder is in use or not writable
     */
    public static void tidy(Path folder) {
        new RunFolder(folder).tidy();
    }

    /** Returns the specification of this run. */
    public RunSpec spec() {
        return spec;
    }

    /** Returns the base model to open; if it is a folder, the path works from any working directory. */
    public String model() {
        return PretrainedModel.embeddedNames().contains(spec.model())
                ? spec.model()
                : from(Path.of(spec.model())).toString();
    }

    /**
     * Loads the run's data from any working directory.
     *
     * @throws InputException as {@link DataSpec#load}, and if its rows come from a program and not from files
     */
    public DataSpec.Loaded load() {
        return load(remark -> {});
    }

    /**
     * Reads and checks the run's data, and reports the rows and labels that were left out or changed.
     *
     * @param remarks receives a sentence about each change
     * @throws InputException as {@link DataSpec#load}, and if its rows come from a program and not from files
     */
    public DataSpec.Loaded load(Consumer<String> remarks) {
        return data().orElseThrow(
                        () -> new InputException(folder + ": its rows come from a program, not from files, so only"
                                + " that program can continue it, with the same rows: Tuning.resume"))
                .load(remarks);
    }

    /** Returns the run's files, from any working directory; empty if its rows come from a program. */
    public Optional<DataSpec> data() {
        return spec.data().map(files -> files.at(this::from));
    }

    /** Describes how this run uses the data's rows. */
    public String describe(DataSpec.Loaded data) {
        return (spec.learnsFromAll(data.split()) ? data.together() : data)
                .split()
                .description();
    }

    private Path from(Path path) {
        return directory.equals(workingDirectory()) ? path : directory.resolve(path);
    }

    /** Returns the folder of the run. */
    public Path folder() {
        return folder;
    }

    /**
     * Trains, from the start or from where the run was stopped, and saves a tuned model.
     *
     * @param base the base model that {@link #model()} names
     * @param data the data from {@link #load()}, or from {@link org.unipelt.tuned.DataRows#load}
     * @param listener called for each event, in addition to {@code events.jsonl}; it may end the training early
     * @param stop asked after every step, and before every piece of an evaluation while training
     * @return the tuned model; empty if {@code stop} stopped the run, which can then be resumed
     * @throws InputException if base model or data differ from those the run started with, or the folder is in use
     * @throws CancellationException if the thread was interrupted, which it stays; the run can be resumed
     * @throws IllegalStateException if the base model is closed
     */
    public Optional<TunedModel> train(
            BaseModel base, DataSpec.Loaded data, TrainingEvent.Listener listener, BooleanSupplier stop) {
        return train(base, data, listener, stop, Group.alone());
    }

    /**
     * Does the same with the processes of a group, as its rank 0. The others have a {@link ReplicaRun}. The model has the same
     * bytes as one that a process alone trains.
     *
     * @param group stays the caller's
     * @throws InputException also if another rank has other data, settings or another base model, or is gone; what was trained
     *     until then is saved, and the run can be resumed
     * @throws IllegalArgumentException if this is not its rank 0
     */
    public Optional<TunedModel> train(
            BaseModel base, DataSpec.Loaded data, TrainingEvent.Listener listener, BooleanSupplier stop, Group group) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(listener, "listener is null");
        Objects.requireNonNull(stop, "stop is null");
        Objects.requireNonNull(group, "group is null");
        if (group.rank() != 0) {
            throw new IllegalArgumentException("rank 0 has the run; rank " + group.rank() + " has a ReplicaRun");
        }
        requirePrecision(base);
        RunFolder here = new RunFolder(folder);
        return here.use(base, () -> {
            try (FollowedRun followed = new FollowedRun(listener)) {
                return train(here, base, used(data), isJudged(data), followed, stop, group);
            }
        });
    }

    void requirePrecision(BaseModel base) {
        if (base.precision() != spec.precision()) {
            throw new InputException(folder + ": this run is one of precision "
                    + spec.precision().text() + ", but its base model was opened with "
                    + base.precision().text());
        }
    }

    /** Returns whether development rows judge what is trained; otherwise they train too. */
    boolean isJudged(DataSpec.Loaded data) {
        return !spec.learnsFromAll(data.split());
    }

    /** Returns the data with the rows to train on. */
    DataSpec.Loaded used(DataSpec.Loaded data) {
        return isJudged(data) ? data : data.together();
    }

    private Optional<TunedModel> train(
            RunFolder here,
            BaseModel base,
            DataSpec.Loaded data,
            boolean judged,
            FollowedRun followed,
            BooleanSupplier stop,
            Group group) {
        RunFile started = started(base, data, judged);
        boolean resumed = here.isUnfinished();
        Optional<TunedModel> trained = Optional.empty();
        TunedModel model = untrained(base, data, started, Map.of());
        try {
            Objective objective = objective(model, data, judged);
            if (resumed) {
                checkSame(started, RunFile.read(here.file()));
            }
            RankCheck.tell(started, group);
            RankCheck.demandSame(started, group);
            Replica.requireShares(objective, spec.training(), group);
            if (!resumed) {
                started.write(here.file());
            }
            followed.begin(RunSettings.of(spec));
            trained = here.train(
                    objective,
                    spec.training(),
                    followed.listener(),
                    stop,
                    (observer, ending) -> evaluated(model, data, judged, observer, ending),
                    group);
        } catch (CancellationException e) {
            followed.stopped();
            throw e;
        } finally {
            if (trained.isEmpty()) {
                model.close();
                if (!resumed) {
                    here.removeUnlessSaved();
                }
            }
        }
        if (trained.isEmpty()) {
            followed.stopped();
            return Optional.empty();
        }
        boolean saved = false;
        try {
            TunedModel done = trained.get().save(folder);
            here.finish();
            followed.finished(done.card().metrics());
            saved = true;
            return Optional.of(done);
        } finally {
            if (!saved) {
                model.close();
            }
        }
    }

    /** What this run starts on. */
    RunFile started(BaseModel base, DataSpec.Loaded data, boolean judged) {
        return new RunFile(
                RunFile.VERSION_2,
                directory,
                spec,
                base.fingerprint(),
                Optional.of(base.reading()),
                parts(data, judged));
    }

    /** Returns the objective of an untrained model, after a check of all input. */
    Objective objective(TunedModel model, DataSpec.Loaded data, boolean judged) {
        AdapterCard card = model.card();
        card.requireFits(data.split().dev());
        data.split().test().ifPresent(card::requireFits);
        Objective objective = model.objective(data, spec.training().headTraining(spec.method()), judged);
        demandTrained(objective);
        // One example through the whole network reveals what this base model lacks, such as a pooler.
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            double loss =
                    objective.loss(new int[] {0}, new int[] {0}, Pass.INFERENCE).item_double();
            if (Double.isNaN(loss)) {
                throw new ArithmeticException("a text gives NaN instead of a finite number");
            }
        }
        return objective;
    }

    /**
     * Creates the model with initial values, and with a card that lacks only the metrics.
     *
     * @param shared tensors of other models to share, by name
     */
    TunedModel untrained(BaseModel base, DataSpec.Loaded data, RunFile started, Map<String, Tensor> shared) {
        TrainingConfig config = spec.training();
        spec.requireFits(data.labels());
        Task task = spec.task(data.labels());
        task.requireFits(config.metric());
        boolean head = spec.writing().isEmpty() && data.labels().kind() != LabelKind.TOKENS;
        Inference inference = new Inference(
                config.maxLength(),
                config.paddedLength(),
                head ? Optional.of(spec.pooling().orElseGet(base::pooling)) : Optional.empty(),
                head ? Optional.of(base.head()) : Optional.empty(),
                data.split().train().pairs());
        inference.requireFits(base);
        Method method = spec.method();
        AdapterCard card = new AdapterCard(
                method,
                task,
                inference,
                new AdapterCard.Base(spec.model(), base.fingerprint(), started.reading()),
                Optional.of(new AdapterCard.Provenance(
                        config,
                        new AdapterCard.Data(spec.data(), data.split().description(), started.data()),
                        Map.of(),
                        versions(base))),
                "");
        Weights adapterWeights = Init.draw(
                        task.parameters(base.backbone(), method, inference), config.seed(), base.backbone())
                .intoSharing(shared);
        boolean created = false;
        try {
            TunedModel model = TunedModel.of(base, method, adapterWeights, card);
            created = true;
            return model;
        } finally {
            if (!created) {
                adapterWeights.close();
            }
        }
    }

    /** How the trained model did on the parts of the data that judge it, {@code dev} and {@code test}; empty before. */
    public Map<String, Evaluation> evaluations() {
        return Collections.unmodifiableMap(evaluations);
    }

    /** How the trained model did on the test rows, or on the development rows if there are no others; empty before. */
    public Optional<Evaluation> evaluation() {
        return Optional.ofNullable(evaluations.getOrDefault("test", evaluations.get("dev")));
    }

    private void demandTrained(Objective objective) {
        if (objective.trained().isEmpty()) {
            throw new InputException("method '" + spec.method()
                    + "' trains nothing here, because a model that generates text has no head; use another method");
        }
    }

    /**
     * Lets the development data choose what the task leaves open, if it evaluates the model. Evaluates on it, and on the
     * test data, if there is some.
     */
    TunedModel evaluated(
            TunedModel undecided,
            DataSpec.Loaded data,
            boolean judged,
            SequenceClassifier.BatchObserver observer,
            Ending ending) {
        TunedModel model = judged ? undecided.decided(data.split().dev(), observer) : undecided;
        Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
        if (judged) {
            evaluations.put("dev", model.evaluate(data.split().dev(), observer));
        }
        data.split().test().ifPresent(test -> evaluations.put("test", model.evaluate(test, observer)));
        evaluations.forEach((part, evaluation) -> metrics.put(part, evaluation.metrics()));
        TunedModel scored = model.with(model.card()
                .withResults(
                        metrics,
                        ending,
                        new HeldOut(heldOut.folds(), Optional.empty()),
                        MeanGates.of(model, data, judged, observer)));
        // Last: after it no evaluation can be interrupted, and so no state with divided logits is saved.
        return temperature(judged).map(scored::withTemperature).orElse(scored);
    }

    /** Returns the temperature that the held-out rows of the folds chose, or else the development rows. */
    private Optional<Temperature> temperature(boolean judged) {
        if (spec.calibrate() == Calibrate.NONE || !judged || heldOut.folds().isPresent()) {
            return heldOut.temperature();
        }
        return Objects.requireNonNull(evaluations.get("dev")).probabilities().flatMap(Temperature::trusted);
    }

    private static Map<String, String> versions(BaseModel base) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("unipelt", Version.text());
        versions.put("libtorch", Engine.describe().get("libtorch"));
        versions.put("precision", base.precision().text());
        return versions;
    }

    private static Map<String, AdapterCard.DataPart> parts(DataSpec.Loaded data, boolean judged) {
        Map<String, AdapterCard.DataPart> parts = new LinkedHashMap<>();
        parts.put("train", AdapterCard.DataPart.of(data.split().train()));
        if (judged) {
            parts.put("dev", AdapterCard.DataPart.of(data.split().dev()));
        }
        data.split().test().ifPresent(test -> parts.put("test", AdapterCard.DataPart.of(test)));
        return parts;
    }

    void checkSame(RunFile now, RunFile then) {
        if (!now.spec().equals(then.spec())) {
            throw new InputException(folder + ": holds an unfinished run with other settings; choose another folder");
        }
        if (!now.base().equals(then.base())) {
            throw new InputException(folder + ": this run started on a base model with fingerprint " + then.base()
                    + ", but " + spec.model() + " now has " + now.base());
        }
        Optional<String> changed = then.reading()
                .flatMap(before -> spec.pooling().isPresent()
                        ? now.reading().orElseThrow().changedSince(before, spec.model())
                        : now.reading().orElseThrow().changedAtAllSince(before, spec.model()));
        if (changed.isPresent()) {
            throw new InputException(folder + ": " + changed.get() + "; restore the base model or start a new run");
        }
        for (String part : List.of("train", "dev", "test")) {
            AdapterCard.DataPart before = then.data().get(part);
            if (before != null && !before.equals(now.data().get(part))) {
                throw new InputException(folder + ": the " + part + " data is not what this run started with ("
                        + before.examples() + " examples then); restore it or start a new run");
            }
        }
    }
}

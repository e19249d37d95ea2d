package org.unipelt.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.unipelt.InputException;
import org.unipelt.Version;
import org.unipelt.backbone.Pass;
import org.unipelt.data.LabelKind;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.PretrainedModel;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Inference;
import org.unipelt.task.Objective;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.task.Task;
import org.unipelt.tensor.Weights;
import org.unipelt.training.Ending;
import org.unipelt.training.EventLog;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
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
    private static final String STATE = "state.safetensors";
    private static final String EVENTS = "events.jsonl";

    private final Path folder;
    private final RunSpec spec;
    private final Path directory;
    private final Map<String, Evaluation> evaluations = new LinkedHashMap<>();

    private Run(Path folder, RunSpec spec, Path directory) {
        this.folder = folder;
        this.spec = spec;
        this.directory = directory;
    }

    private static Path workingDirectory() {
        return Path.of("").toAbsolutePath();
    }

    /**
     * Creates a new run in a folder that is empty or does not exist yet.
     *
     * @throws InputException if the folder is not empty, is in use, or is not writable
     */
    public static Run begin(Path folder, RunSpec spec) {
        Objects.requireNonNull(spec, "spec is null");
        FolderLock.demandFree(folder);
        if (AdapterDirectory.isOne(folder)) {
            throw new InputException(
                    folder + ": already holds a tuned model; choose another folder or remove this one");
        }
        if (Files.exists(folder.resolve(AdapterDirectory.RUN))) {
            throw new InputException(
                    folder + ": holds an unfinished run; use --resume " + folder + " or choose another folder");
        }
        if (Files.exists(folder)) {
            checkEmpty(folder);
        }
        Path nearest = nearest(folder);
        if (!Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
            throw new InputException(folder + ": cannot be written: " + nearest + " is "
                    + (Files.isDirectory(nearest) ? "read-only" : "a file") + "; choose another folder");
        }
        return new Run(folder, spec, workingDirectory());
    }

    /** Returns the folder, or its nearest existing parent. */
    private static Path nearest(Path folder) {
        Path nearest = folder.toAbsolutePath();
        while (!Files.exists(nearest)) {
            nearest = nearest.getParent();
        }
        return nearest;
    }

    private static void checkEmpty(Path folder) {
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
     * Opens a stopped run to continue it.
     *
     * @throws InputException if the folder holds no unfinished run, or is in use
     */
    public static Run reopen(Path folder) {
        FolderLock.demandFree(folder);
        if (AdapterDirectory.isOne(folder)) {
            if (Files.exists(folder.resolve(AdapterDirectory.RUN))) {
                tidy(folder);
            }
            throw new InputException(folder + ": this run is finished; there is nothing to resume");
        }
        if (!Files.exists(folder.resolve(AdapterDirectory.RUN))) {
            throw new InputException(folder + ": holds no unfinished run (no " + AdapterDirectory.RUN + ")");
        }
        RunFile started = RunFile.read(folder.resolve(AdapterDirectory.RUN));
        return new Run(folder, started.spec(), started.directory());
    }

    /**
     * Deletes the files that a process left beside a tuned model if it was killed after writing the model.
     *
     * @throws InputException if the folder is in use or not writable
     */
    public static void tidy(Path folder) {
        try (FolderLock lock = FolderLock.take(folder)) {
            delete(folder.resolve(STATE));
            delete(folder.resolve(AdapterDirectory.RUN));
        }
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
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(listener, "listener is null");
        Objects.requireNonNull(stop, "stop is null");
        if (base.precision() != spec.precision()) {
            throw new InputException(folder + ": this run is one of precision "
                    + spec.precision().text() + ", but its base model was opened with "
                    + base.precision().text());
        }
        Path nearest = nearest(folder);
        AdapterDirectory.create(folder);
        try (Lifetime.Use use = base.use();
                FolderLock lock = FolderLock.take(folder)) {
            if (AdapterDirectory.isOne(folder)) {
                throw new InputException(folder + ": already holds a tuned model; choose another folder");
            }
            return spec.learnsFromAll(data.split())
                    ? train(base, data.together(), false, listener, stop)
                    : train(base, data, true, listener, stop);
        } catch (ArithmeticException e) {
            throw notFinite(base, e);
        } catch (CancellationException e) {
            throw interrupted(e);
        } finally {
            removeEmpty(folder.toAbsolutePath(), nearest);
        }
    }

    private CancellationException interrupted(CancellationException e) {
        CancellationException named = new CancellationException(folder + ": " + e.getMessage()
                + (Files.exists(folder.resolve(AdapterDirectory.RUN))
                        ? "; the run can be resumed (Run.reopen, or unipelt train --resume " + folder + ")"
                        : "; nothing was written"));
        named.initCause(e);
        return named;
    }

    private static InputException notFinite(BaseModel base, ArithmeticException e) {
        return new InputException(
                base.name() + ": " + e.getMessage()
                        + "; a weight is damaged or much too large: download the model again",
                e);
    }

    /** Deletes a folder and its parents below {@code kept}, as long as they are empty. */
    private static void removeEmpty(Path folder, Path kept) {
        try {
            for (Path created = folder; !created.equals(kept); created = created.getParent()) {
                Files.deleteIfExists(created);
            }
        } catch (IOException e) {
            // The folder is not empty.
        }
    }

    private Optional<TunedModel> train(
            BaseModel base,
            DataSpec.Loaded data,
            boolean judged,
            TrainingEvent.Listener listener,
            BooleanSupplier stop) {
        RunFile started = new RunFile(
                RunFile.VERSION_2,
                directory,
                spec,
                base.fingerprint(),
                Optional.of(base.reading()),
                parts(data, judged));
        Path file = folder.resolve(AdapterDirectory.RUN);
        Path state = folder.resolve(STATE);
        boolean resumed = Files.exists(file);
        Optional<TunedModel> trained = Optional.empty();
        Ending ending = Ending.BY_ITSELF;
        TunedModel model = untrained(base, data, started);
        try {
            // Check all input before writing anything.
            AdapterCard card = model.card();
            card.requireFits(data.split().dev());
            data.split().test().ifPresent(card::requireFits);
            Objective objective = model.objective(data, spec.training().headTraining(spec.method()), judged);
            demandTrained(objective);
            // One example through the whole network reveals what this base model lacks, such as a pooler.
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                double loss = objective
                        .loss(new int[] {0}, new int[] {0}, Pass.INFERENCE)
                        .item_double();
                if (Double.isNaN(loss)) {
                    throw new ArithmeticException("a text gives NaN instead of a finite number");
                }
            }
            if (resumed) {
                checkSame(started, RunFile.read(file));
            } else {
                started.write(file);
            }
            try (EventLog log = new EventLog(folder.resolve(EVENTS), Clock.systemUTC());
                    Trainer trainer = new Trainer(objective, spec.training(), both(log, listener))) {
                if (Files.exists(state)) {
                    trainer.resume(state);
                }
                if (trainer.run(state, stop)) {
                    trained = trainer.evaluate(state, stop, observer -> evaluated(model, data, judged, observer));
                    ending = trainer.ending();
                }
            }
        } finally {
            if (trained.isEmpty()) {
                model.close();
                if (!resumed && !Files.exists(state)) {
                    removeFiles();
                }
            }
        }
        if (trained.isEmpty()) {
            return Optional.empty();
        }
        boolean saved = false;
        try {
            TunedModel last = trained.get();
            TunedModel done = last.with(last.card().withEnding(ending)).save(folder);
            delete(state);
            delete(file);
            saved = true;
            return Optional.of(done);
        } finally {
            if (!saved) {
                model.close();
            }
        }
    }

    /** Creates the model with initial values, and with a card that lacks only the metrics. */
    private TunedModel untrained(BaseModel base, DataSpec.Loaded data, RunFile started) {
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
        Weights adapterWeights =
                Init.draw(task.parameters(base.backbone(), method, inference), config.seed(), base.backbone());
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
    private TunedModel evaluated(
            TunedModel undecided, DataSpec.Loaded data, boolean judged, SequenceClassifier.BatchObserver observer) {
        TunedModel model = judged ? undecided.decided(data.split().dev(), observer) : undecided;
        Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
        if (judged) {
            evaluations.put("dev", model.evaluate(data.split().dev(), observer));
        }
        data.split().test().ifPresent(test -> evaluations.put("test", model.evaluate(test, observer)));
        evaluations.forEach((part, evaluation) -> metrics.put(part, evaluation.metrics()));
        return model.with(model.card().withMetrics(metrics));
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

    private void checkSame(RunFile now, RunFile then) {
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

    /** Restores the folder: a run without a state cannot be resumed, and would only block the next one. */
    private void removeFiles() {
        try {
            Files.deleteIfExists(folder.resolve(EVENTS));
            // Last, because this file marks an unfinished run.
            Files.deleteIfExists(folder.resolve(AdapterDirectory.RUN));
        } catch (IOException e) {
            // The error of the run matters more than leftover files.
        }
    }

    private static TrainingEvent.Listener both(TrainingEvent.Listener one, TrainingEvent.Listener other) {
        return new TrainingEvent.Listener() {
            @Override
            public void on(TrainingEvent event) {
                one.on(event);
                other.on(event);
            }

            @Override
            public boolean endsTraining() {
                return one.endsTraining() || other.endsTraining();
            }
        };
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be deleted: " + e.getMessage(), e);
        }
    }
}

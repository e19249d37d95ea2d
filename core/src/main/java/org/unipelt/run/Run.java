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
import org.unipelt.task.Task;
import org.unipelt.tensor.Weights;
import org.unipelt.training.EventLog;
import org.unipelt.training.Trainer;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * One training in a folder: {@code run.json} says what is trained, {@code events.jsonl} what happened, {@code
 * state.safetensors} how far it has come. When it ends by itself it leaves an adapter directory there, and the first and
 * the last of these three go.
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
     * A new run in a folder that is empty or not there yet.
     *
     * @throws InputException if the folder holds something, somebody works in it, or it cannot be written
     */
    public static Run begin(Path folder, RunSpec spec) {
        Objects.requireNonNull(spec, "spec is null");
        FolderLock.demandFree(folder);
        if (AdapterDirectory.isOne(folder)) {
            throw new InputException(
                    folder + ": holds a tuned model already; choose another folder or remove this one");
        }
        if (Files.exists(folder.resolve(AdapterDirectory.RUN))) {
            throw new InputException(
                    folder + ": holds an unfinished run; go on with --resume " + folder + " or choose another folder");
        }
        if (Files.exists(folder)) {
            checkEmpty(folder);
        }
        Path nearest = nearest(folder);
        if (!Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
            throw new InputException(folder + ": cannot be written, as " + nearest + " is "
                    + (Files.isDirectory(nearest) ? "read-only" : "a file") + "; choose another folder");
        }
        return new Run(folder, spec, workingDirectory());
    }

    /** The folder, or the one above it that is there. */
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
     * A run that was stopped, to go on with.
     *
     * @throws InputException if the folder holds no unfinished run, or somebody works in it
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
     * Clears away what is left beside a tuned model where a process was killed after it had written that.
     *
     * @throws InputException if somebody works in the folder, or it cannot be written
     */
    public static void tidy(Path folder) {
        try (FolderLock lock = FolderLock.take(folder)) {
            delete(folder.resolve(STATE));
            delete(folder.resolve(AdapterDirectory.RUN));
        }
    }

    /** What this run trains. */
    public RunSpec spec() {
        return spec;
    }

    /** The base model to open; where the spec names a folder, the same folder from any working directory. */
    public String model() {
        return PretrainedModel.embeddedNames().contains(spec.model())
                ? spec.model()
                : from(Path.of(spec.model())).toString();
    }

    /**
     * The spec's data, the same from any working directory.
     *
     * @throws InputException as {@link DataSpec#load}
     */
    public DataSpec.Loaded load() {
        return load(remark -> {});
    }

    /**
     * The same, and tells what was left out or changed.
     *
     * @param remarks takes it in words
     * @throws InputException as {@link DataSpec#load}
     */
    public DataSpec.Loaded load(Consumer<String> remarks) {
        return spec.data().at(this::from).load(remarks);
    }

    /** Which of the data's rows this run uses for what, as a phrase for people. */
    public String describe(DataSpec.Loaded data) {
        return (spec.learnsFromAll(data.split()) ? data.together() : data)
                .split()
                .description();
    }

    private Path from(Path given) {
        return directory.equals(workingDirectory()) ? given : directory.resolve(given);
    }

    /** Where it trains. */
    public Path folder() {
        return folder;
    }

    /**
     * Trains, from the start or from where the run was stopped, and leaves an adapter directory.
     *
     * @param base the model that the spec names
     * @param data what the spec's data loads
     * @param listener told of every event, besides {@code events.jsonl}
     * @param stop asked after every step, and before every piece of an evaluation while training
     * @return the tuned model, or nothing if it was asked to stop; then the run can be resumed
     * @throws InputException if base or data are not those that the run began with, or somebody else works in the folder
     * @throws CancellationException if the thread was interrupted, which it still is; the run can be
     *     resumed
     * @throws IllegalStateException if the base is closed
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
                throw new InputException(folder + ": holds a tuned model already; choose another folder");
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
        CancellationException told = new CancellationException(folder + ": " + e.getMessage()
                + (Files.exists(folder.resolve(AdapterDirectory.RUN))
                        ? "; the run can be resumed (Run.reopen, or unipelt train --resume " + folder + ")"
                        : "; nothing was written"));
        told.initCause(e);
        return told;
    }

    private static InputException notFinite(BaseModel base, ArithmeticException e) {
        return new InputException(
                base.name() + ": " + e.getMessage() + "; a weight is damaged or far too large: fetch the model again",
                e);
    }

    /** Removes the folders below one, as long as nothing is in them. */
    private static void removeEmpty(Path folder, Path kept) {
        try {
            for (Path made = folder; !made.equals(kept); made = made.getParent()) {
                Files.deleteIfExists(made);
            }
        } catch (IOException e) {
            // Something is in it.
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
        boolean begun = Files.exists(file);
        boolean finished = false;
        TunedModel model = untrained(base, data, started);
        try {
            // Nothing is written before everything given was found to be right.
            AdapterCard card = model.card();
            card.requireFits(data.split().dev());
            data.split().test().ifPresent(card::requireFits);
            Objective objective = model.objective(data, spec.training().headTraining(spec.method()), judged);
            demandTrained(objective);
            // One example through the whole network shows what this base cannot do, such as a pooler that it lacks.
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                double loss = objective
                        .loss(new int[] {0}, new int[] {0}, Pass.INFERENCE)
                        .item_double();
                if (Double.isNaN(loss)) {
                    throw new ArithmeticException("a text gives NaN in the place of a finite number");
                }
            }
            if (begun) {
                checkSame(started, RunFile.read(file));
            } else {
                started.write(file);
            }
            try (EventLog log = new EventLog(folder.resolve(EVENTS), Clock.systemUTC());
                    Trainer trainer = new Trainer(objective, spec.training(), both(log, listener))) {
                if (Files.exists(state)) {
                    trainer.resume(state);
                }
                finished = trainer.run(state, stop);
            }
        } finally {
            if (!finished) {
                model.close();
                if (!begun && !Files.exists(state)) {
                    takeBack();
                }
            }
        }
        if (!finished) {
            return Optional.empty();
        }
        boolean saved = false;
        try {
            TunedModel done = judged(model, data, judged).save(folder);
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

    /** The model with first values, and with a card that lacks only how good it is. */
    private TunedModel untrained(BaseModel base, DataSpec.Loaded data, RunFile started) {
        TrainingConfig config = spec.training();
        Task task = spec.task(data.labels());
        task.requireFits(config.metric());
        boolean head = spec.writing().isEmpty();
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
                        new AdapterCard.Data(
                                Optional.of(spec.data()), data.split().description(), started.data()),
                        Map.of(),
                        versions(base))),
                "");
        Weights adapterWeights =
                Init.draw(task.parameters(base.backbone(), method, inference), config.seed(), base.backbone());
        boolean made = false;
        try {
            TunedModel model = TunedModel.of(base, method, adapterWeights, card);
            made = true;
            return model;
        } finally {
            if (!made) {
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
                    + "' trains nothing here, as a model that writes has no head; take another method");
        }
    }

    /** The model with its metrics on the development data where that judges, and the test data where there is some. */
    private TunedModel judged(TunedModel model, DataSpec.Loaded data, boolean judged) {
        if (judged) {
            evaluations.put("dev", model.evaluate(data.split().dev()));
        }
        data.split().test().ifPresent(test -> evaluations.put("test", model.evaluate(test)));
        Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
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
            throw new InputException(folder + ": holds an unfinished run of other settings; choose another folder");
        }
        if (!now.base().equals(then.base())) {
            throw new InputException(folder + ": this run began on a base model with fingerprint " + then.base()
                    + ", but " + spec.model() + " now has " + now.base());
        }
        Optional<String> changed = then.reading()
                .flatMap(before -> spec.pooling().isPresent()
                        ? now.reading().orElseThrow().changedSince(before, spec.model())
                        : now.reading().orElseThrow().changedAtAllSince(before, spec.model()));
        if (changed.isPresent()) {
            throw new InputException(folder + ": " + changed.get() + "; restore the base model or begin a new run");
        }
        for (String part : List.of("train", "dev", "test")) {
            AdapterCard.DataPart before = then.data().get(part);
            if (before != null && !before.equals(now.data().get(part))) {
                throw new InputException(folder + ": the " + part + " data is not what this run began with ("
                        + before.examples() + " examples then); restore it or begin a new run");
            }
        }
    }

    /** Leaves the folder as it was: a run without a state cannot be resumed, and would only be in the next one's way. */
    private void takeBack() {
        try {
            Files.deleteIfExists(folder.resolve(EVENTS));
            // Last: where it is, the run goes on.
            Files.deleteIfExists(folder.resolve(AdapterDirectory.RUN));
        } catch (IOException e) {
            // Why the run failed is worth more than what it left.
        }
    }

    private static TrainingEvent.Listener both(TrainingEvent.Listener one, TrainingEvent.Listener other) {
        return event -> {
            one.on(event);
            other.on(event);
        };
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be removed: " + e.getMessage(), e);
        }
    }
}

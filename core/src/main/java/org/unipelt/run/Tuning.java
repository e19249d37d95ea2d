package org.unipelt.run;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Dataset;
import org.unipelt.data.Folds;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.metric.Calibrate;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Seq2Seq;
import org.unipelt.training.Group;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Configures and runs the tuning of a base model. Everything except method and data has a default.
 *
 * <pre>{@code
 * TunedModel model = Tuning.of(base, "unipelt-apl")
 *         .on(Dataset.of(tickets, Ticket::text, Ticket::topic))
 *         .with(settings -> settings.epochs(10))
 *         .train(Path.of("my-adapter"));
 * System.out.println(model.labels().describe()); // what the labels were taken for, e.g. 5 classes
 * }</pre>
 *
 * <p>Not thread safe: it changes as it is configured. Let one thread configure and train with it; any number of tunings may
 * train on one base model at once.
 */
public final class Tuning {
    private final BaseModel base;
    private final Method method;
    private Optional<Source> source = Optional.empty();
    private Optional<Pooling> pooling = Optional.empty();
    private Optional<Seq2Seq> writing = Optional.empty();
    private Recipe recipe = Recipe.BEST;
    private Consumer<TrainingConfig.Builder> settings = builder -> {};
    private TrainingEvent.Listener listener = event -> {};
    private OptionalInt folds = OptionalInt.empty();
    private Calibrate calibrate = Calibrate.AUTO;

    /**
     * Where the examples come from.
     *
     * @param files the files; empty if the program gives rows
     * @param labels the kind of labels, if it is given
     * @param load reads and checks them
     */
    private record Source(Optional<DataSpec> files, LabelKind labels, Supplier<DataSpec.Loaded> load) {}

    private Tuning(BaseModel base, Method method) {
        this.base = Objects.requireNonNull(base, "base is null");
        this.method = Objects.requireNonNull(method, "method is null");
    }

    /**
     * Creates a tuning with a method.
     *
     * @param method the method's text or a preset's name, e.g. {@code lora(rank=8)}; places may have the names of the base
     *     model's own modules, e.g. {@code lora(on=q_proj)} on a BART
     */
    public static Tuning of(BaseModel base, String method) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(method, "method is null");
        return new Tuning(base, Methods.parse(method, base.modules()::places));
    }

    /** Creates a tuning with a method. */
    public static Tuning of(BaseModel base, Method method) {
        return new Tuning(base, method);
    }

    /** Sets the files to train on. */
    public Tuning on(DataSpec spec) {
        Objects.requireNonNull(spec, "spec is null");
        this.source = Optional.of(new Source(Optional.of(spec), spec.labels(), spec::load));
        return this;
    }

    /** Sets the program's own rows to train on, perhaps with others for development and tests. */
    public Tuning on(DataRows rows) {
        Objects.requireNonNull(rows, "rows is null");
        this.source = Optional.of(new Source(Optional.empty(), rows.labels(), rows::load));
        return this;
    }

    /** Sets the program's own rows to train on. */
    public Tuning on(Dataset train) {
        return on(DataRows.of(Objects.requireNonNull(train, "train is null")));
    }

    /**
     * Trains several tasks at once, with these settings: they share the method's parameters, and each has its own gates and its
     * own head.
     *
     * @param tasks the rows of each task, by its name, which names its model's folder
     */
    public JointTuning onTasks(Map<String, DataRows> tasks) {
        return new JointTuning(this, tasks);
    }

    /**
     * Trains by several processes, each of which calls this with the same data and settings: they divide the pieces of every
     * batch. The model has the same bytes as one that a process alone trains.
     *
     * @param group the processes, as {@link Group#join} gives them; stays the caller's
     */
    public GroupTuning together(Group group) {
        return new GroupTuning(this, group);
    }

    /** Sets the recipe, which gives the default settings; {@link Recipe#BEST} by default. */
    public Tuning recipe(Recipe choice) {
        this.recipe = Objects.requireNonNull(choice, "choice is null");
        return this;
    }

    /** Changes settings of the {@link #recipe}. */
    public Tuning with(Consumer<TrainingConfig.Builder> changes) {
        Objects.requireNonNull(changes, "changes is null");
        this.settings = this.settings.andThen(changes);
        return this;
    }

    /** Sets the pooling; by default the base model's own. */
    public Tuning pooling(Pooling choice) {
        Objects.requireNonNull(choice, "choice is null");
        this.pooling = Optional.of(choice);
        return this;
    }

    /** Sets how to generate, if the labels are texts; {@link Seq2Seq#usual} by default. */
    public Tuning writing(Seq2Seq config) {
        Objects.requireNonNull(config, "config is null");
        this.writing = Optional.of(config);
        return this;
    }

    /**
     * Trains and scores a model for each of some folds of the training rows before the model to keep, which learns from all
     * of them. The scores are in its card: {@link org.unipelt.tuned.AdapterCard#heldOut}. See {@link CrossValidation}.
     *
     * @param count the number of folds, two or more
     * @throws InputException if it is too small
     */
    public Tuning folds(int count) {
        Folds.require(count);
        this.folds = OptionalInt.of(count);
        return this;
    }

    /** Sets whether a model of classes gets a temperature; {@link Calibrate#AUTO} by default. */
    public Tuning calibrate(Calibrate choice) {
        this.calibrate = Objects.requireNonNull(choice, "choice is null");
        return this;
    }

    /**
     * Sets the listener, which is called for each event of the training and may end it early; a {@link
     * org.unipelt.training.TrainingListener} has a method for each main event. Then the model is saved as usual, and its
     * card says who ended the training ({@link org.unipelt.tuned.AdapterCard.Provenance#ending}).
     */
    public Tuning tell(TrainingEvent.Listener events) {
        this.listener = Objects.requireNonNull(events, "events is null");
        return this;
    }

    /**
     * Trains and saves a tuned model.
     *
     * @param folder a folder that is empty or does not exist yet
     * @throws org.unipelt.InputException if any input is wrong
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, which it stays; {@link
     *     #resume} continues the run
     * @throws IllegalStateException if the base model is closed
     */
    public TunedModel train(Path folder) {
        return train(folder, () -> false).orElseThrow();
    }

    /**
     * Does the same, but stops when {@code stop} says so; then the result is empty, and {@link #resume} continues.
     *
     * @param stop asked after every step, and before every piece of an evaluation
     */
    public Optional<TunedModel> train(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        return train(
                spec -> Run.begin(folder, spec),
                (spec, count) -> CrossValidation.begin(folder, spec, count),
                stop,
                Group.alone());
    }

    /**
     * Continues a training that was stopped, interrupted or killed. The result has the same bytes as one that was not. It
     * demands the settings and the rows that the training began with; a program that trains on its own rows gives them
     * again.
     *
     * @param folder the folder of the unfinished training
     * @throws org.unipelt.InputException if it holds no unfinished training, or the base model, the settings or the rows
     *     are others; otherwise as {@link #train(Path)}
     */
    public TunedModel resume(Path folder) {
        return resume(folder, () -> false).orElseThrow();
    }

    /**
     * Does the same, but stops when {@code stop} says so; then the result is empty, and this method continues again.
     *
     * @param stop asked after every step, and before every piece of an evaluation
     */
    public Optional<TunedModel> resume(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        return train(
                spec -> reopened(folder, spec),
                (spec, count) -> {
                    CrossValidation started = CrossValidation.reopen(folder);
                    requireSame(folder, started.run().spec().equals(spec) && started.count() == count);
                    return started;
                },
                stop,
                Group.alone());
    }

    private static Run reopened(Path folder, RunSpec spec) {
        Run run = Run.reopen(folder);
        requireSame(folder, run.spec().equals(spec));
        return run;
    }

    /**
     * Trains as a rank of a group.
     *
     * @param resumed whether to continue the training in the folder
     * @return at rank 0 the saved model
     */
    Optional<TunedModel> train(Path folder, boolean resumed, BooleanSupplier stop, Group group) {
        if (folds.isPresent()) {
            throw InputException.about("folds", "a cross-validation is of one process; leave out folds or the group");
        }
        return train(
                spec -> resumed ? reopened(folder, spec) : Run.begin(folder, spec),
                (spec, count) -> {
                    throw new IllegalStateException("no folds in a group");
                },
                stop,
                group);
    }

    private static void requireSame(Path folder, boolean same) {
        if (!same) {
            throw new InputException(folder + ": this training began with other settings; give the same"
                    + " method, data and settings, or train in another folder");
        }
    }

    private Optional<TunedModel> train(
            Function<RunSpec, Run> open,
            BiFunction<RunSpec, Integer, CrossValidation> openFolds,
            BooleanSupplier stop,
            Group group) {
        Objects.requireNonNull(stop, "stop is null");
        Source data = source.orElseThrow(
                () -> new IllegalStateException("say what to train on: on(Dataset), on(DataRows) or on(DataSpec)"));
        try (Lifetime.Use use = base.useForTraining()) {
            DataSpec.Loaded loaded = data.load().get();
            RunSpec spec = spec(data.files(), data.labels(), recipe.settings(method, base, loaded));
            if (group.rank() > 0) {
                ReplicaRun.of(group).train(spec, base, loaded);
                return Optional.empty();
            }
            return folds.isPresent()
                    ? openFolds
                            .apply(spec, folds.getAsInt())
                            .train(base, loaded, CrossValidation.Progress.NONE, listener, stop)
                    : open.apply(spec).train(base, loaded, listener, stop, group);
        }
    }

    private RunSpec spec(Optional<DataSpec> files, LabelKind labels, TrainingConfig.Builder usual) {
        settings.accept(usual);
        return new RunSpec(
                base.name(),
                method,
                pooling,
                files,
                writing.or(() -> usual(labels)),
                usual.build(),
                base.precision(),
                calibrate);
    }

    /** Trains several tasks at once. */
    Optional<Map<String, TunedModel>> train(
            Map<String, DataRows> tasks, Function<Map<String, RunSpec>, JointRun> open, BooleanSupplier stop) {
        try (Lifetime.Use use = base.useForTraining()) {
            Map<String, DataSpec.Loaded> loaded = new TreeMap<>();
            tasks.forEach((name, rows) -> loaded.put(name, rows.load()));
            Map<String, RunSpec> specs = new TreeMap<>();
            recipe.settings(method, base, loaded)
                    .forEach((name, usual) -> specs.put(
                            name,
                            spec(
                                    Optional.empty(),
                                    Objects.requireNonNull(tasks.get(name)).labels(),
                                    usual)));
            return open.apply(specs).train(base, loaded, listener, stop);
        }
    }

    private static Optional<Seq2Seq> usual(LabelKind labels) {
        return labels.isText() ? Optional.of(Seq2Seq.usual(labels)) : Optional.empty();
    }
}

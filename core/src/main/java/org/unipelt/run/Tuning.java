package org.unipelt.run;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Seq2Seq;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * Configures and runs the tuning of a base model. Everything except method and data has a default.
 *
 * <pre>{@code
 * TunedModel model = Tuning.of(base, "unipelt-apl")
 *         .on(DataSpec.of(Path.of("train.tsv")))
 *         .with(settings -> settings.epochs(10))
 *         .train(Path.of("my-adapter"));
 * }</pre>
 */
public final class Tuning {
    private final BaseModel base;
    private final Method method;
    private DataSpec data;
    private Optional<Pooling> pooling = Optional.empty();
    private Optional<Seq2Seq> writing = Optional.empty();
    private Recipe recipe = Recipe.BEST;
    private Consumer<TrainingConfig.Builder> settings = builder -> {};
    private TrainingEvent.Listener listener = event -> {};

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

    /** Sets the data to train on. */
    public Tuning on(DataSpec spec) {
        this.data = Objects.requireNonNull(spec, "spec is null");
        return this;
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

    /** Sets the listener, which is called for each event of the training. */
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
     *     Run#reopen} continues the run
     * @throws IllegalStateException if the base model is closed
     */
    public TunedModel train(Path folder) {
        return train(folder, () -> false).orElseThrow();
    }

    /**
     * Does the same, but stops when {@code stop} says so; then the result is empty, and {@link Run#reopen} continues.
     *
     * @param stop asked after every step, and before every piece of an evaluation
     */
    public Optional<TunedModel> train(Path folder, BooleanSupplier stop) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(stop, "stop is null");
        if (data == null) {
            throw new IllegalStateException("say what to train on: on(DataSpec)");
        }
        try (Lifetime.Use use = base.use()) {
            DataSpec.Loaded loaded = data.load();
            TrainingConfig.Builder builder = recipe.settings(method, base, loaded);
            settings.accept(builder);
            RunSpec spec = new RunSpec(
                    base.name(), method, pooling, data, writing.or(this::usual), builder.build(), base.precision());
            return Run.begin(folder, spec).train(base, loaded, listener, stop);
        }
    }

    private Optional<Seq2Seq> usual() {
        return data.labels().isText() ? Optional.of(Seq2Seq.usual(data.labels())) : Optional.empty();
    }
}

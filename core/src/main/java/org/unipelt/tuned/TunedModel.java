package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.task.Metric;
import org.unipelt.task.Network;
import org.unipelt.tensor.Lifetime;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.training.Objective;

/**
 * A tuned model: a base model with what was trained on it. It owns what was trained; the base model is its opener's and must
 * outlive it. Predictions do not depend on what else is predicted at the same time.
 *
 * <p>Any number of threads may call it at once. {@link #close()} waits for the calls under way; later calls are refused with
 * an {@link IllegalStateException}, as they are once the base model is closed. An interrupt ends a call early with a
 * {@link java.util.concurrent.CancellationException}; the thread stays interrupted. What makes no finite number is an
 * {@link InputException} and never a prediction.
 */
public abstract sealed class TunedModel implements AutoCloseable permits TunedClassifier, TunedWriter {
    private final BaseModel base;
    private final AdapterCard card;

    TunedModel(BaseModel base, AdapterCard card) {
        this.base = base;
        this.card = card;
    }

    /**
     * Reads an adapter directory.
     *
     * @throws InputException if it is none, is damaged, or was trained on another base model
     */
    public static TunedModel load(Path folder, BaseModel base) {
        Objects.requireNonNull(folder, "folder is null");
        try (Lifetime.Use use = base.use()) {
            return AdapterDirectory.load(folder, base);
        }
    }

    /**
     * A model with tensors at hand, which become its own.
     *
     * @throws InputException if the base cannot do what the card says
     */
    static TunedModel of(BaseModel base, Method method, Weights own, AdapterCard card) {
        return card.writing().isPresent()
                ? TunedWriter.of(base, method, own, card)
                : TunedClassifier.of(base, method, own, card);
    }

    /** Everything that such a model adds to its base. */
    static List<Parameter> parameters(BaseModel base, Method method, AdapterCard card) {
        return card.writing().isPresent()
                ? method.parameters(base.backbone())
                : Network.parameters(
                        base.backbone(),
                        method,
                        card.head().orElseThrow(),
                        card.labels().outputs());
    }

    /**
     * Writes an adapter directory: {@code adapter.json} and {@code adapter.safetensors}.
     *
     * @throws InputException if there is one already, or the folder cannot be written
     */
    public void save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        call(() -> {
            AdapterDirectory.save(folder, this::saved, card);
            return null;
        });
    }

    /** What is known of this model besides its numbers. */
    public AdapterCard card() {
        return card;
    }

    /** What it predicts. */
    public Labels labels() {
        return card.labels();
    }

    /** Predicts one text. */
    public Prediction predict(String text) {
        return predict(List.of(Example.of(text))).get(0);
    }

    /** Predicts one pair of texts. */
    public Prediction predict(String text, String pair) {
        return predict(List.of(Example.ofPair(text, pair))).get(0);
    }

    /**
     * Predicts many examples; their labels, if any, are not looked at.
     *
     * @throws InputException if the model was trained on pairs and these are single texts, or the other way round
     */
    public List<Prediction> predict(List<Example> examples) {
        List<Example> given = given(examples);
        return call(() -> predictions(given));
    }

    private static List<Example> given(List<Example> examples) {
        Objects.requireNonNull(examples, "examples is null");
        examples.forEach(example -> Objects.requireNonNull(example, "an example is null"));
        return List.copyOf(examples);
    }

    abstract List<Prediction> predictions(List<Example> examples);

    /**
     * Compares predictions with labels.
     *
     * @throws InputException if a label is missing or unknown to this model
     */
    public Evaluation evaluate(Dataset data) {
        Objects.requireNonNull(data, "data is null");
        return call(() -> evaluation(data));
    }

    abstract Evaluation evaluation(Dataset data);

    /**
     * The value of every gate for every example, by layer, then by place.
     *
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples) {
        List<Example> given = given(examples);
        List<GateValues> gates = call(() -> GateValues.collect(given.size(), observer -> observe(given, observer)));
        if (gates.isEmpty()) {
            throw new InputException("this model has no gates: its method is " + card.method());
        }
        return gates;
    }

    /**
     * Backbone weights that contain this model's change, by their Hugging Face names without the architecture's prefix.
     * Tensors of the surrounding scope.
     *
     * @throws InputException if its method cannot be folded, with the reason
     */
    public Map<String, Tensor> fold() {
        return call(this::folded);
    }

    abstract Map<String, Tensor> folded();

    /** Keeps base and tuned weights open while a call computes. */
    private <T> T call(Supplier<T> work) {
        try (Lifetime.Use whole = base.use();
                Lifetime.Use parts = use()) {
            return work.get();
        } catch (ArithmeticException e) {
            throw new InputException(
                    base.name() + " tuned with " + card.method() + ": " + e.getMessage()
                            + "; a weight is damaged or far too large: fetch the base model again, or train again",
                    e);
        }
    }

    /** Keeps what was trained, and what it stands on. */
    abstract Lifetime.Use use();

    /** Runs examples through the encoder while an observer looks on. */
    abstract void observe(List<Example> examples, Network.BatchObserver observer);

    /** What is to be saved, by name. Tensors of the surrounding scope. */
    abstract Map<String, Tensor> saved();

    /**
     * What makes this model better.
     *
     * @param judged whether the development rows judge it
     */
    abstract Objective objective(DataSpec.Loaded data, boolean judged);

    /** The same model with another card; the tensors are its own then. */
    abstract TunedModel with(AdapterCard other);

    /**
     * Waits for the calls under way and frees what was trained; a second call does nothing.
     *
     * @throws IllegalStateException from inside a call of this model
     */
    @Override
    public abstract void close();

    BaseModel base() {
        return base;
    }

    /**
     * Checks that a base can take texts of a length.
     *
     * @param what the length of what, e.g. {@code max length}
     */
    static void requireLength(String what, int length, BaseModel base) {
        int least = base.tokenizer().minLength();
        if (length < least) {
            throw InputException.about(
                    what.replace(' ', '-'),
                    what + " " + length + " is less than the " + least + " tokens that the tokenizer of " + base.name()
                            + " needs");
        }
        requirePlaces(what, length, base);
    }

    /** Checks that a base has places for so many tokens. */
    static void requirePlaces(String what, int length, BaseModel base) {
        int most = base.backbone().positions();
        if (length > most) {
            throw InputException.about(
                    what.replace(' ', '-'),
                    what + " " + length + " is more than the " + most + " positions of " + base.name());
        }
    }

    /** Encodings of the examples' texts. */
    List<Encoding> encode(List<Example> examples) {
        card.requireFits(examples);
        return base.tokenizer()
                .encodeAll(
                        examples.stream()
                                .map(example -> new Segments(example.text(), example.pair()))
                                .toList(),
                        card.training().maxLength());
    }

    /** The metrics that fit, the one that steered the training first. */
    List<Metric> metrics() {
        List<Metric> metrics = new ArrayList<>(Metric.fitting(labels()));
        metrics.remove(card.training().metric());
        metrics.add(0, card.training().metric());
        return metrics;
    }
}

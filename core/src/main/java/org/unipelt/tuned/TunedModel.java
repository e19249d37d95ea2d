package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.training.Objective;

/**
 * A tuned model: a base model with what was trained on it. It owns what was trained; the base model is its opener's and must
 * outlive it. Predictions do not depend on what else is predicted at the same time.
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
        return AdapterDirectory.load(folder, base);
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
        AdapterDirectory.save(folder, this::saved, card);
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
    public abstract List<Prediction> predict(List<Example> examples);

    /**
     * Compares predictions with labels.
     *
     * @throws InputException if a label is missing or unknown to this model
     */
    public abstract Evaluation evaluate(Dataset data);

    /**
     * The value of every gate for every example, by layer, then by place.
     *
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples) {
        List<GateValues> gates = GateValues.collect(examples.size(), observer -> observe(examples, observer));
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
    public abstract Map<String, Tensor> fold();

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
            throw new InputException(what + " " + length + " is less than the " + least
                    + " tokens that the tokenizer of " + base.name() + " needs");
        }
        requirePlaces(what, length, base);
    }

    /** Checks that a base has places for so many tokens. */
    static void requirePlaces(String what, int length, BaseModel base) {
        int most = base.backbone().positions();
        if (length > most) {
            throw new InputException(
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

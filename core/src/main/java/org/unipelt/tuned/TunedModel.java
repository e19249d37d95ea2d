package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Answer;
import org.unipelt.task.Objective;
import org.unipelt.task.TaskModel;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;

/**
 * A tuned model: a base model with what was trained on it. It owns what was trained; the base model is its opener's and must
 * outlive it. Answers do not depend on what else is predicted at the same time.
 *
 * <p>Any number of threads may call it at once. {@link #close()} waits for the calls under way; later calls are refused with
 * an {@link IllegalStateException}, as they are once the base model is closed. An interrupt ends a call early with a
 * {@link java.util.concurrent.CancellationException}; the thread stays interrupted. What makes no finite number is an
 * {@link InputException} and never a prediction.
 */
public final class TunedModel implements AutoCloseable {
    private final BaseModel base;
    private final TaskModel model;
    private final AdapterCard card;

    private TunedModel(BaseModel base, TaskModel model, AdapterCard card) {
        this.base = base;
        this.model = model;
        this.card = card;
    }

    /**
     * Reads an adapter directory.
     *
     * @throws InputException if it is none, is damaged, or was trained on another base model
     */
    public static TunedModel load(Path folder, BaseModel base) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(base, "base is null");
        return load(folder, AdapterCard.read(folder), base);
    }

    /**
     * Reads an adapter directory whose card was read already.
     *
     * @param card as {@link AdapterCard#read} gave it
     * @throws InputException if it is none, is damaged, or was trained on another base model
     */
    public static TunedModel load(Path folder, AdapterCard card, BaseModel base) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(card, "card is null");
        try (Lifetime.Use use = base.use()) {
            return AdapterDirectory.load(folder, card, base);
        }
    }

    /**
     * A model with tensors at hand, which become its own.
     *
     * @throws InputException if the base cannot do what the card says
     */
    public static TunedModel of(BaseModel base, Method method, Weights adapterWeights, AdapterCard card) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(adapterWeights, "adapterWeights is null");
        Objects.requireNonNull(card, "card is null");
        return new TunedModel(base, card.task().on(base, method, card.inference(), adapterWeights), card);
    }

    /**
     * Writes an adapter directory: {@code adapter.json} and {@code adapter.safetensors}.
     *
     * @return this model with the card as it stands in the folder; both share the tensors
     * @throws InputException if there is one already, or the folder cannot be written
     */
    public TunedModel save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return call(() -> with(AdapterDirectory.save(folder, model::save, card)));
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
    public Answer predict(String text) {
        return predict(List.of(Example.of(text))).get(0);
    }

    /** Predicts one pair of texts. */
    public Answer predict(String text, String pair) {
        return predict(List.of(Example.ofPair(text, pair))).get(0);
    }

    /**
     * Predicts many examples; their labels, if any, are not looked at.
     *
     * @throws InputException if the model was trained on pairs and these are single texts, or the other way round
     */
    public List<Answer> predict(List<Example> examples) {
        List<Example> given = given(examples);
        return call(() -> model.answers(encode(given)));
    }

    private static List<Example> given(List<Example> examples) {
        Objects.requireNonNull(examples, "examples is null");
        examples.forEach(example -> Objects.requireNonNull(example, "an example is null"));
        return List.copyOf(examples);
    }

    /**
     * Compares predictions with labels.
     *
     * @throws InputException if a label is missing or unknown to this model
     */
    public Evaluation evaluate(Dataset data) {
        Objects.requireNonNull(data, "data is null");
        card.requireFits(data);
        return call(() -> model.evaluate(rows(data), metrics()));
    }

    /**
     * The value of every gate for every example, by layer, then by place.
     *
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples) {
        List<Example> given = given(examples);
        List<GateValues> gates =
                call(() -> GateValues.collect(given.size(), observer -> model.observe(encode(given), observer)));
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
    public Map<String, Tensor> merge() {
        return call(model::merge);
    }

    /** Keeps base and tuned weights open while a call computes. */
    private <T> T call(Supplier<T> work) {
        try (Lifetime.Use whole = base.use();
                Lifetime.Use parts = model.use()) {
            return work.get();
        } catch (ArithmeticException e) {
            throw new InputException(
                    base.name() + " tuned with " + card.method() + ": " + e.getMessage()
                            + "; a weight is damaged or far too large: fetch the base model again, or train again",
                    e);
        }
    }

    /**
     * What makes this model better.
     *
     * @param judged whether the development rows judge it
     * @throws InputException if the training had class weights and the labels are no classes, or others
     */
    public Objective objective(DataSpec.Loaded data, Method.HeadTraining head, boolean judged) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(head, "head is null");
        return model.objective(
                rows(data.split().train()),
                judged ? Optional.of(rows(data.split().dev())) : Optional.empty(),
                head,
                card.provenance().map(how -> how.training().classWeights()).orElse(ClassWeights.NONE));
    }

    /** Returns this model with a different card. Both share the tensors; use only the returned one. */
    public TunedModel with(AdapterCard other) {
        Objects.requireNonNull(other, "other is null");
        return new TunedModel(base, model, other);
    }

    /**
     * Waits for the calls under way and frees what was trained; a second call does nothing.
     *
     * @throws IllegalStateException from inside a call of this model
     */
    @Override
    public void close() {
        model.close();
    }

    private TaskModel.Rows rows(Dataset data) {
        return new TaskModel.Rows(data, encode(data.examples()));
    }

    /** Encodings of the examples' texts. */
    private List<Encoding> encode(List<Example> examples) {
        card.requireFits(examples);
        return base.tokenizer()
                .encodeAll(
                        examples.stream()
                                .map(example -> new Segments(example.text(), example.pair()))
                                .toList(),
                        card.inference().maxLength());
    }

    /** The metrics that fit, the one that steered the training first. */
    private List<Metric> metrics() {
        Set<Metric> metrics = new LinkedHashSet<>();
        card.provenance().ifPresent(how -> metrics.add(how.training().metric()));
        metrics.addAll(card.task().metrics());
        return List.copyOf(metrics);
    }
}

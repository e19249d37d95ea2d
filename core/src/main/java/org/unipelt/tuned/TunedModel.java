package org.unipelt.tuned;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.data.TextReader;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.metric.Temperature;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Answer;
import org.unipelt.task.Objective;
import org.unipelt.task.Ranking;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.task.TaskModel;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;

/**
 * A tuned model: a base model and what was trained on it. It owns the trained tensors. The caller owns the base model,
 * which must stay open longer. Answers do not depend on concurrent predictions.
 *
 * <p>Thread safe. {@link #close()} waits for running calls; later calls throw an {@link IllegalStateException}, and so
 * do calls after the base model is closed. An interrupt ends a call early with a {@link
 * java.util.concurrent.CancellationException}; the thread stays interrupted. A result that is not finite is an {@link
 * InputException}, never a prediction.
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
     * Loads a tuned model's folder.
     *
     * @throws InputException if it holds no tuned model, is damaged, or belongs to another base model
     */
    public static TunedModel load(Path folder, BaseModel base) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(base, "base is null");
        return load(folder, AdapterCard.read(folder), base);
    }

    /**
     * Loads a tuned model's folder whose card is already read.
     *
     * @param card the card from {@link AdapterCard#read}
     * @throws InputException if the folder holds no tuned model, is damaged, or belongs to another base model
     */
    public static TunedModel load(Path folder, AdapterCard card, BaseModel base) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(card, "card is null");
        try (Lifetime.Use use = base.use()) {
            return AdapterDirectory.load(folder, card, base);
        }
    }

    /**
     * Loads a tuned model from the class path: the two files of its folder, as they were saved. A named module must open that
     * folder, unless its name is no package's, e.g. {@code my-models}.
     *
     * @param owner a class of the jar, or of the module, that holds the files
     * @param folder their folder, e.g. {@code /models/tickets}; without a slash in front it begins at the owner's package
     * @throws InputException if a file is not there, the model is damaged, or it belongs to another base model
     */
    public static TunedModel load(Class<?> owner, String folder, BaseModel base) {
        Objects.requireNonNull(owner, "owner is null");
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(base, "base is null");
        try (AdapterCopy copy = AdapterCopy.of(owner, folder)) {
            return copy.load(base);
        }
    }

    /**
     * Loads a tuned model from a zip of its folder, e.g. from a database or a request. Other files in the zip are not used.
     * Reads the zip to its end and leaves the stream open.
     *
     * @throws InputException if it is no zip of one tuned model, unpacks to more than 2 GiB (the system property {@code
     *     unipelt.limit.adapter}, in MiB), is damaged, or belongs to another base model
     */
    public static TunedModel load(InputStream zip, BaseModel base) {
        Objects.requireNonNull(zip, "zip is null");
        Objects.requireNonNull(base, "base is null");
        try (AdapterCopy copy = AdapterCopy.of(zip)) {
            return copy.load(base);
        }
    }

    /**
     * Creates a model that owns the given tensors.
     *
     * @throws InputException if the base model cannot do what the card says
     */
    public static TunedModel of(BaseModel base, Method method, Weights adapterWeights, AdapterCard card) {
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(adapterWeights, "adapterWeights is null");
        Objects.requireNonNull(card, "card is null");
        return new TunedModel(base, card.task().on(base, method, card.inference(), adapterWeights), card);
    }

    /**
     * Saves this model to a folder as {@code adapter.json} and {@code adapter.safetensors}.
     *
     * @return this model with the saved card; both share the tensors
     * @throws InputException if the folder already holds a model or is not writable
     */
    public TunedModel save(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return call(() -> with(AdapterDirectory.save(folder, model::save, card)));
    }

    /** Returns everything about this model except its tensors. */
    public AdapterCard card() {
        return card;
    }

    /** Returns the labels that it predicts. */
    public Labels labels() {
        return card.labels();
    }

    /** Predicts the answer to one text. */
    public Answer predict(String text) {
        return predict(List.of(Example.of(text))).get(0);
    }

    /** Predicts the answer to one pair of texts. */
    public Answer predict(String text, String pair) {
        return predict(List.of(Example.ofPair(text, pair))).get(0);
    }

    /**
     * Predicts the answers to many examples; ignores their labels.
     *
     * @throws InputException if the model was trained on pairs and these are single texts, or the other way round
     */
    public List<Answer> predict(List<Example> examples) {
        List<Example> checked = checked(examples);
        return call(() -> model.answers(rows(new Dataset("the texts", checked))));
    }

    /**
     * Predicts the answers to a stream of examples, in their order and in bounded memory; see {@link #predict(Stream,
     * int)}. Reads {@value TextReader#ROWS} examples ahead at most.
     */
    public Stream<Answer> predict(Stream<Example> examples) {
        return predict(examples, TextReader.ROWS);
    }

    /**
     * Predicts the answers to a stream of examples, in their order and in bounded memory; ignores their labels. It is lazy:
     * it reads a window of examples when the first of their answers is asked for, and computes them together, texts of
     * like length in one batch. A window of 1 answers each example before it reads the next.
     *
     * <p>Closing the result closes {@code examples}. Close it before this model, whose later calls throw an {@link
     * IllegalStateException}. The result, like any stream, is for one thread.
     *
     * @param window the most examples that are read ahead
     * @throws InputException if the window is below 1; while the result is read, if an example is null, or is a single
     *     text and the model was trained on pairs, or the other way round. The message has the example's number. An
     *     {@code InputException} of {@code examples} gets the number too
     */
    public Stream<Answer> predict(Stream<Example> examples, int window) {
        Objects.requireNonNull(examples, "examples is null");
        if (window < 1) {
            throw new InputException("the window is " + window + "; give 1 or more");
        }
        Answers answers = new Answers(examples.iterator(), window, card.pairs(), this::predict);
        return StreamSupport.stream(answers, false).onClose(examples::close);
    }

    /**
     * Orders texts by their relevance to a query, the most relevant first; equally relevant ones stay in their order.
     *
     * @throws InputException if this model was not trained to rank
     */
    public List<RankedText> rank(String query, List<String> texts) {
        Objects.requireNonNull(query, "query is null");
        Objects.requireNonNull(texts, "texts is null");
        texts.forEach(text -> Objects.requireNonNull(text, "a text is null"));
        if (!(card.task() instanceof Ranking)) {
            throw new InputException("this model predicts " + card.labels().describe()
                    + "; only one that was trained on queries (--task rank) orders texts");
        }
        List<Example> pairs =
                texts.stream().map(text -> Example.ofPair(query, text)).toList();
        return RankedText.ordered(
                texts, predict(pairs).stream().map(Answer.Relevance.class::cast).toList());
    }

    private static List<Example> checked(List<Example> examples) {
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
        return evaluate(data, SequenceClassifier.BatchObserver.NONE);
    }

    /**
     * Compares predictions with labels, and can be ended early.
     *
     * @param observer called before each piece of the rows, from several threads; what it throws ends the evaluation
     * @throws InputException if a label is missing or unknown to this model
     */
    public Evaluation evaluate(Dataset data, SequenceClassifier.BatchObserver observer) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(observer, "observer is null");
        card.requireFits(data);
        return call(() -> model.evaluate(rows(data), metrics(), observer));
    }

    /**
     * Returns this model with the decisions, such as the thresholds of labels, that do best on labelled rows. Both share
     * the tensors; use only the returned one. A model that has none to choose returns itself.
     *
     * @param observer called before each piece of the rows, from several threads; what it throws ends the call
     * @throws InputException if a label is missing or unknown to this model
     */
    public TunedModel decided(Dataset data, SequenceClassifier.BatchObserver observer) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(observer, "observer is null");
        card.requireFits(data);
        return call(() -> {
            TaskModel decided = model.decided(rows(data), observer);
            return decided == model ? this : new TunedModel(base, decided, card.with(decided.task()));
        });
    }

    /**
     * Divides the logits by a temperature and notes it in the card. The classes stay the same, their probabilities change;
     * every format that the model is exported to has them. Changes the tensors, so call it before any other thread predicts.
     *
     * @return this model with the new card; both share the tensors
     * @throws UnsupportedOperationException if its answers are not classes
     */
    public TunedModel withTemperature(Temperature temperature) {
        Objects.requireNonNull(temperature, "temperature is null");
        return call(() -> {
            model.divideLogits(temperature.value());
            return with(card.withTemperature(temperature));
        });
    }

    /**
     * Returns the value of every gate for every example, by layer, then by place.
     *
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples) {
        return gates(examples, SequenceClassifier.BatchObserver.NONE);
    }

    /**
     * Returns the value of every gate for every example, by layer, then by place, and can be ended early.
     *
     * @param observer called before each piece of the examples, from several threads; what it throws ends the call
     * @throws InputException if this model has no gates
     */
    public List<GateValues> gates(List<Example> examples, SequenceClassifier.BatchObserver observer) {
        List<Example> checked = checked(examples);
        Objects.requireNonNull(observer, "observer is null");
        card.requireGates();
        List<GateValues> gates = call(() -> GateValues.collect(
                checked.size(),
                values -> model.observe(rows(new Dataset("the texts", checked)), rows -> {
                    observer.of(rows);
                    return values.of(rows);
                })));
        if (gates.isEmpty()) {
            throw new InputException("this model has no gates: its method is " + card.method());
        }
        return gates;
    }

    /**
     * Returns backbone weights that include this model's change, by their Hugging Face names without the architecture's
     * prefix. The tensors belong to the surrounding scope.
     *
     * @throws InputException if its method cannot be merged, with the reason
     */
    public Map<String, Tensor> merge() {
        return call(model::merge);
    }

    /**
     * Shows the base model and the trained tensors to a reader, which both stay open for.
     *
     * @param reader gets the base model and the trained tensors by name, as {@link #save} writes them; they belong to the
     *     surrounding scope
     */
    public void read(BiConsumer<BaseModel, Map<String, Tensor>> reader) {
        Objects.requireNonNull(reader, "reader is null");
        call(() -> {
            reader.accept(base, model.save());
            return null;
        });
    }

    /** The base model. */
    BaseModel base() {
        return base;
    }

    /** The task on the base model. */
    TaskModel model() {
        return model;
    }

    /** Keeps base and tuned weights open while a call computes. */
    private <T> T call(Supplier<T> work) {
        try (Lifetime.Use baseUse = base.use();
                Lifetime.Use modelUse = model.use()) {
            return explained(work);
        }
    }

    /** Says of a result that is not finite whose it is. */
    <T> T explained(Supplier<T> work) {
        try {
            return work.get();
        } catch (ArithmeticException e) {
            throw new InputException(
                    base.name() + " tuned with " + card.method() + ": " + e.getMessage()
                            + "; a weight is damaged or much too large: download the base model again, or train again",
                    e);
        }
    }

    /**
     * Returns the objective that trains this model.
     *
     * @param judged whether the development rows judge it
     * @throws InputException if the training had class weights or label smoothing and the labels are no classes, or others
     */
    public Objective objective(DataSpec.Loaded data, Method.HeadTraining head, boolean judged) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(head, "head is null");
        return model.objective(
                rows(data.split().train()),
                judged ? Optional.of(rows(data.split().dev())) : Optional.empty(),
                head,
                card.provenance().map(how -> how.training().classWeights()).orElse(ClassWeights.NONE),
                card.provenance().map(how -> how.training().labelSmoothing()).orElse(0.0));
    }

    /** Returns this model with a different card. Both share the tensors; use only the returned one. */
    public TunedModel with(AdapterCard other) {
        Objects.requireNonNull(other, "other is null");
        return new TunedModel(base, model, other);
    }

    /**
     * Waits for running calls and frees the trained tensors; a second call does nothing.
     *
     * @throws IllegalStateException from inside a call of this model
     */
    @Override
    public void close() {
        model.close();
    }

    private TaskModel.Rows rows(Dataset data) {
        card.requireFits(data.examples());
        return new TaskModel.Rows(data, base.tokenizer(), card.inference().maxLength());
    }

    /** The answers to examples, while base and tuned weights are kept open. */
    List<Answer> answers(List<Example> examples) {
        return model.answers(rows(new Dataset("", examples)));
    }

    /** Encodes an example's text, cut as in training. */
    Encoding encode(Example example) {
        return base.tokenizer()
                .encode(example.text(), example.pair(), card.inference().maxLength());
    }

    /** Returns the metrics that fit, first the one that guided the training. */
    private List<Metric> metrics() {
        Set<Metric> metrics = new LinkedHashSet<>();
        card.provenance().ifPresent(how -> metrics.add(how.training().metric()));
        metrics.addAll(card.task().metrics());
        return List.copyOf(metrics);
    }
}

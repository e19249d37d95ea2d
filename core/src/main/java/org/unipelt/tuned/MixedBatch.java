package org.unipelt.tuned;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Answer;
import org.unipelt.task.HeadModel;
import org.unipelt.task.HeadOutput;
import org.unipelt.task.MixedPasses;
import org.unipelt.tensor.Compute;
import org.unipelt.text.Encoding;

/**
 * Answers texts of different tuned models on one base model together. One forward pass computes the base model for texts of
 * many tuned models, each with its own method, prefix length, pooling, head and task. The answers are those of each model by
 * itself.
 *
 * <p>Some models need batches of their own, which the same call makes: {@link #whyAlone} says which, and why.
 *
 * <p>Any number of threads may call at once. Closing one of the models waits for the running calls. An interrupt ends a call
 * as it ends {@link TunedModel#predict}.
 */
public final class MixedBatch {
    /**
     * An example for one of the models.
     *
     * @param example its label is ignored
     */
    public record Request(TunedModel model, Example example) {
        /** Checks that nothing is null. */
        public Request {
            Objects.requireNonNull(model, "model is null");
            Objects.requireNonNull(example, "example is null");
        }
    }

    /**
     * What one request gives.
     *
     * @param answer the model's answer
     * @param head what its head reads and gives; empty if its task has no head that reads one vector of a text
     */
    public record Result(Answer answer, Optional<HeadOutput> head) {
        /** Checks that nothing is null. */
        public Result {
            Objects.requireNonNull(answer, "answer is null");
            Objects.requireNonNull(head, "head is null");
        }
    }

    private final List<TunedModel> models;
    /** The requests of each model, by their numbers. */
    private final List<List<Integer>> requests;

    private final List<Example> examples;
    private final List<Encoding> texts;
    private final Compute compute;
    private final Result[] results;

    private MixedBatch(
            Map<TunedModel, List<Integer>> requests, List<Example> examples, List<Encoding> texts, Compute compute) {
        this.models = List.copyOf(requests.keySet());
        this.requests = List.copyOf(requests.values());
        this.examples = examples;
        this.texts = texts;
        this.compute = compute;
        this.results = new Result[texts.size()];
    }

    /**
     * Predicts the answers to examples of different models, in their order.
     *
     * @param requests of models that were loaded on, or trained with, one open base model
     * @throws InputException if two models are on different base models, or one was trained on pairs and its example is a
     *     single text, or the other way round. The message has the request's number
     * @throws IllegalStateException if a model or the base model is closed
     */
    public static List<Answer> predict(List<Request> requests) {
        return compute(requests).stream().map(Result::answer).toList();
    }

    /**
     * Predicts the answers to examples of different models, and gives the vectors and logits that they come from.
     *
     * @param requests as {@link #predict} has them
     * @throws InputException as {@link #predict}
     * @throws IllegalStateException if a model or the base model is closed
     */
    public static List<Result> compute(List<Request> requests) {
        return compute(requests, UnaryOperator.identity());
    }

    /**
     * Does the same as {@link #compute}, in the thread that calls alone: for a program that has a thread per core, such as a
     * server. Make such threads by {@link org.unipelt.runtime.Engine#thread}, or each uses all cores. A model that generates
     * text or finds names still uses the workers of the process.
     */
    public static List<Result> computeInCaller(List<Request> requests) {
        return compute(requests, Compute::inCaller);
    }

    private static List<Result> compute(List<Request> requests, UnaryOperator<Compute> by) {
        Objects.requireNonNull(requests, "requests is null");
        requests.forEach(request -> Objects.requireNonNull(request, "a request is null"));
        List<Request> all = List.copyOf(requests);
        if (all.isEmpty()) {
            return List.of();
        }
        BaseModel base = all.get(0).model().base();
        Map<TunedModel, List<Integer>> byModel = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            requireFits(base, i + 1, all.get(i));
            byModel.computeIfAbsent(all.get(i).model(), model -> new ArrayList<>())
                    .add(i);
        }
        Deque<Lifetime.Use> uses = new ArrayDeque<>();
        try {
            uses.push(base.use());
            byModel.keySet().forEach(model -> uses.push(model.model().use()));
            Compute compute = by.apply(base.backbone().compute());
            return new MixedBatch(byModel, all.stream().map(Request::example).toList(), encoded(all, compute), compute)
                    .results();
        } finally {
            uses.forEach(Lifetime.Use::close);
        }
    }

    private static void requireFits(BaseModel base, int number, Request request) {
        BaseModel other = request.model().base();
        if (other != base) {
            throw new InputException("request " + number + ": its model is on "
                    + (other.name().equals(base.name())
                            ? "another opening of " + other.name()
                            : "the base model " + other.name() + ", that of request 1 on " + base.name())
                    + "; a mixed batch needs one open base model: load all its models on it");
        }
        try {
            request.model().card().requireFits(List.of(request.example()));
        } catch (InputException e) {
            throw new InputException("request " + number + ": " + e.getMessage(), e);
        }
    }

    /** Each model cuts its texts at its own length. */
    private static List<Encoding> encoded(List<Request> all, Compute compute) {
        return compute.all(all.stream()
                .<Callable<Encoding>>map(request -> () -> request.model().encode(request.example()))
                .toList());
    }

    /**
     * Returns why texts of a model cannot share a pass with texts of other models, in a few words; empty if they can. Texts
     * of such a model are answered in batches of their own.
     */
    public static Optional<String> whyAlone(TunedModel model) {
        Objects.requireNonNull(model, "model is null");
        try (Lifetime.Use base = model.base().use();
                Lifetime.Use tuned = model.model().use();
                PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            return MixedPasses.of(List.of(model.model())).whyAlone(0);
        }
    }

    private List<Result> results() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            MixedPasses passes =
                    MixedPasses.of(models.stream().map(TunedModel::model).toList());
            List<Integer> together = new ArrayList<>();
            List<Integer> modelOf = new ArrayList<>();
            for (int i = 0; i < models.size(); i++) {
                if (passes.whyAlone(i).isPresent()) {
                    computeAlone(models.get(i), requests.get(i));
                } else {
                    int model = i;
                    together.addAll(requests.get(i));
                    requests.get(i).forEach(row -> modelOf.add(model));
                }
            }
            List<HeadOutput> outputs = passes.outputs(
                    together.stream().map(texts::get).toList(),
                    compute,
                    modelOf.stream().mapToInt(Integer::intValue).toArray());
            for (int i = 0; i < outputs.size(); i++) {
                TunedModel model = models.get(modelOf.get(i));
                results[together.get(i)] =
                        result(model, model.model().withHead().orElseThrow(), outputs.get(i));
            }
        }
        return List.of(results);
    }

    private void computeAlone(TunedModel model, List<Integer> rows) {
        Optional<HeadModel> head = model.model().withHead();
        List<Result> own = head.isPresent()
                ? head.get().network().outputs(rows.stream().map(texts::get).toList(), compute).stream()
                        .map(output -> result(model, head.get(), output))
                        .toList()
                : model
                        .explained(() ->
                                model.answers(rows.stream().map(examples::get).toList()))
                        .stream()
                        .map(answer -> new Result(answer, Optional.empty()))
                        .toList();
        for (int i = 0; i < own.size(); i++) {
            results[rows.get(i)] = own.get(i);
        }
    }

    private static Result result(TunedModel model, HeadModel head, HeadOutput output) {
        return new Result(model.explained(() -> head.answer(output.logits())), Optional.of(output));
    }
}

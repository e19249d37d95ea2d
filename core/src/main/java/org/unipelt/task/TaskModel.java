package org.unipelt.task;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;
import org.unipelt.text.Encoding;

/**
 * A task on a frozen backbone with a method: encoded texts in, answers out. It owns what was added to the backbone.
 *
 * <p>Each of its calls throws an {@link ArithmeticException} if a number is not finite, and an {@link
 * IllegalStateException} if it or its backbone's weights are closed.
 */
public interface TaskModel extends AutoCloseable {
    /**
     * Labelled rows and their encoded texts.
     *
     * @param rows with labels
     * @param texts one for each row, in their order
     */
    record Rows(Dataset rows, List<Encoding> texts) {}

    /** The answers to texts, in their order. */
    List<Answer> answers(List<Encoding> texts);

    /**
     * Compares answers with labels.
     *
     * @param metrics the main one first
     * @throws org.unipelt.InputException if a label is missing or none of the task's
     */
    Evaluation evaluate(Rows labelled, List<Metric> metrics);

    /** Runs texts through the encoder while an observer looks on. */
    void observe(List<Encoding> texts, SequenceClassifier.BatchObserver observer);

    /**
     * What makes this model better.
     *
     * @param train learned from
     * @param dev judges it; none if all rows are learned from
     * @param head how much of the head is trained, if there is one
     * @param weights how much each class counts in the loss
     * @throws org.unipelt.InputException if a label is missing or none of the task's, or weights are given where there are
     *     no classes
     */
    Objective objective(Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights);

    /** What is to be saved, by name. Tensors of the surrounding scope. */
    Map<String, Tensor> save();

    /** Backbone weights that contain the method's change, by name; see {@link Method#merge}. */
    Map<String, Tensor> merge();

    /** Keeps this model and its backbone open. */
    Lifetime.Use use();

    @Override
    void close();
}

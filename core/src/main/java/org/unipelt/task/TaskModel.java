package org.unipelt.task;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.Tokenizer;
import org.unipelt.text.WordEncoding;

/**
 * A task on a frozen backbone with a method: reads encoded texts and gives answers. It owns what was added to the
 * backbone.
 *
 * <p>Each call throws an {@link ArithmeticException} if a result is not finite, and an {@link IllegalStateException} if
 * the model or its backbone's weights are closed.
 */
public interface TaskModel extends AutoCloseable {
    /**
     * Rows to read.
     *
     * @param rows the rows, with labels where these are needed
     * @param tokenizer the base model's tokenizer
     * @param maxLength the most tokens of an encoding, special ones included
     */
    record Rows(Dataset rows, Tokenizer tokenizer, int maxLength) {
        /** Encodes the rows' texts, cut at the length, in their order. */
        public List<Encoding> texts() {
            return tokenizer.encodeAll(
                    rows.examples().stream()
                            .map(example -> new Segments(example.text(), example.pair()))
                            .toList(),
                    maxLength);
        }

        /** Encodes the rows' whole texts, with the place of every word, in their order. */
        public List<WordEncoding> words() {
            return tokenizer.encodeWords(
                    rows.examples().stream().map(Example::text).toList());
        }
    }

    /** Returns the answers to texts, in their order. */
    List<Answer> answers(Rows texts);

    /**
     * Compares answers with labels.
     *
     * @param metrics the main one first
     * @param observer called before each piece, from several threads; what it throws ends the evaluation
     * @throws org.unipelt.InputException if a label is missing or none of the task's
     */
    Evaluation evaluate(Rows labelled, List<Metric> metrics, SequenceClassifier.BatchObserver observer);

    /** Returns the task. */
    Task task();

    /** Returns this model if its task has a head that reads one vector of each text, so that {@link MixedPasses} know it. */
    default Optional<HeadModel> withHead() {
        return Optional.empty();
    }

    /**
     * Returns this model with the decisions of its task, such as thresholds, that do best on labelled rows. Both share the
     * tensors; use only the returned one. Itself if its task has none to choose.
     *
     * @param observer called before each piece, from several threads; what it throws ends the call
     * @throws org.unipelt.InputException if a label is missing or none of the task's
     */
    default TaskModel decided(Rows labelled, SequenceClassifier.BatchObserver observer) {
        return this;
    }

    /**
     * Divides the logits by a temperature, through the head's last map; changes the tensors.
     *
     * @throws UnsupportedOperationException if this is no model of classes
     */
    default void divideLogits(double temperature) {
        throw new UnsupportedOperationException("only a model of classes has a temperature");
    }

    /** Runs texts through the encoder for an observer. */
    void observe(Rows texts, SequenceClassifier.BatchObserver observer);

    /**
     * Creates the objective that trains this model.
     *
     * @param train the training rows
     * @param dev the development rows; empty if all rows train
     * @param head the trained part of the head, if there is one
     * @param weights the weight of each class in the loss
     * @param smoothing the share of the right class's probability that the loss spreads over all classes
     * @throws org.unipelt.InputException if a label is missing or does not belong to the task, or weights or smoothing are
     *     given and there are no classes
     */
    Objective objective(
            Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights, double smoothing);

    /** Returns the tensors to save, by name. They belong to the surrounding scope. */
    Map<String, Tensor> save();

    /** Returns backbone weights that include the method's change, by name; see {@link Method#merge}. */
    Map<String, Tensor> merge();

    /** Keeps this model and its backbone open. */
    Lifetime.Use use();

    @Override
    void close();
}

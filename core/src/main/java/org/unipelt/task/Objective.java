package org.unipelt.task;

import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;

/** What a trainer optimizes: trained tensors, examples with a loss, and a score on development data. */
public interface Objective extends AutoCloseable {
    /** Returns the device, precision and workers that compute it. */
    Compute compute();

    /**
     * Returns this objective, prepared for several epochs: what no step changes is computed once for every text. By default
     * nothing is. It trains the same tensors, and computes the same up to rounding. Close it; closing this one frees nothing
     * of it.
     *
     * @param observer called before each piece, from several threads; what it throws ends the computation
     * @param remarks gets a sentence if it would be computed, but there is no room for it
     */
    default Objective computedOnce(SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        return this;
    }

    /** Frees what {@link #computedOnce} computed. The trained tensors keep their owner. */
    @Override
    default void close() {}

    /** Returns the tensors to train, by name. They keep their owner. */
    Map<String, Tensor> trained();

    /**
     * Sets the head to a linear probe of the training examples' vectors, as the network gives them before its first
     * step.
     *
     * @return the share of the loss that the probe removes on held-out rows, see {@link Probe#explained()}
     * @throws org.unipelt.InputException if there is no head
     */
    double fitHead();

    /**
     * Makes a fitted head less confident in the same answers, so that its loss on the rows that it was fitted to can
     * still teach the network below. Does not change a regression's scores.
     */
    void softenHead();

    /** Returns whether there is development data. */
    boolean isJudged();

    /** Returns the number of rows that some training examples hold: one each, unless an example is a list of rows. */
    default int rows(int... batch) {
        return batch.length;
    }

    /** Returns the length of every training example in tokens; batches contain examples of similar length. */
    int[] lengths();

    /** Returns the padded length of a batch in tokens. */
    int paddedLength(int... batch);

    /**
     * Computes the contribution of some members to a batch's mean loss; the contributions of all members add up to it.
     *
     * @param batch the training examples of the batch
     * @param members some of them
     */
    Tensor loss(int[] batch, int[] members, Pass pass);

    /** Returns the name of the score by a metric: the metric's own, unless the score is made of several. */
    default String scoreName(Metric metric) {
        return metric.text();
    }

    /**
     * How the tensors do on the development data.
     *
     * @param score the metric; NaN if undefined
     * @param loss the mean loss that training minimizes, without dropout, class weights and label smoothing
     */
    record Judgement(double score, double loss) {}

    /**
     * Judges the current tensors by the development data.
     *
     * @param observer called before each piece, from several threads; an exception from it ends the evaluation
     */
    Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer);
}

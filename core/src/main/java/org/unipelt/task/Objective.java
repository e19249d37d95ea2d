package org.unipelt.task;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;

/** What a trainer makes better: trained tensors, examples with a loss, and a score on development data. */
public interface Objective {
    /** What computes it. */
    Compute compute();

    /** The tensors to train, by name. They stay their owner's. */
    Map<String, Tensor> trained();

    /**
     * Lets the head begin at a linear probe of the training examples' vectors, as the network has them before any step.
     *
     * @return the share of the loss that the probe takes away on rows that were left out, see {@link
     *     Probe#explained()}
     * @throws org.unipelt.InputException if there is no head
     */
    double fitHead();

    /**
     * Makes a fitted head less sure of the same answers, so that its loss on the rows that it was fitted to has something
     * left to teach the network beneath. Scores stay as they are.
     */
    void softenHead();

    /** Whether there is development data. */
    boolean isJudged();

    /** The length in tokens of every training example; batches are made of examples of like length. */
    int[] lengths();

    /** The length in tokens to which the examples of a batch are padded. */
    int paddedLength(int... batch);

    /**
     * The share of some members of a batch in the batch's mean loss; the shares of all members add up to it.
     *
     * @param batch the training examples of the batch
     * @param members some of them
     */
    Tensor loss(int[] batch, int[] members, Pass pass);

    /**
     * How good the tensors are now, on the development data.
     *
     * @param observer called before each piece, from several threads; what it throws ends the evaluation
     */
    double score(Metric metric, SequenceClassifier.BatchObserver observer);
}

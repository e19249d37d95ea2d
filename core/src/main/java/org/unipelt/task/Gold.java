package org.unipelt.task;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Labels;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.Metric;

/**
 * The right answers of rows, in the form that a {@link HeadTask}'s loss and metrics need. Immutable, so any number of
 * threads may share it.
 */
public interface Gold {
    /** Returns the number of rows. */
    int size();

    /** Returns the answers of some rows, in the given order. */
    Gold of(int... rows);

    /** Returns the answers of some rows as a tensor {@code [rows]} or {@code [rows, outputs]} for {@link HeadTask#loss}. */
    Tensor at(int... rows);

    /**
     * Returns the mean loss over some rows, weighted if they have weights: one number.
     *
     * @param logits the logits of these rows, {@code [rows, outputs]}
     */
    default Tensor loss(HeadTask task, Tensor logits, int... rows) {
        return task.loss(logits, at(rows));
    }

    /** Returns the total weight of some rows in a mean loss; without weights, their number. */
    default double weight(int... rows) {
        return rows.length;
    }

    /**
     * Returns the same answers with weights.
     *
     * @throws InputException if the answers are not classes
     */
    default Gold weighted(ClassWeights weights, Labels labels) {
        throw InputException.about(
                "class-weights",
                "class weights are for classes, but the labels are " + labels.describe() + "; leave them out");
    }

    /**
     * Returns the same answers, judged by the decisions that do best on these logits; itself if the task has none to
     * choose.
     *
     * @param logits {@code [examples][outputs]}, in the order of the rows
     */
    default Gold decided(float[][] logits) {
        return this;
    }

    /** Returns the stratum of each row for cross-validation: its class, or one stratum for all if there are none. */
    default int[] strata(int... rows) {
        return new int[rows.length];
    }

    /**
     * Scores logits with a metric.
     *
     * @param logits {@code [examples][outputs]}, in the order of the rows
     */
    double score(Metric metric, float[][] logits);

    /** Returns each right answer as a number: a class's index, a score, or a label set as bits. */
    List<Number> right();

    /** Returns each predicted answer as such a number, from logits {@code [examples][outputs]}. */
    List<Number> predicted(float[][] logits);

    /**
     * Returns the confusion matrix; empty if answers are not classes.
     *
     * @param labels the classes
     * @param logits {@code [examples][outputs]}
     */
    default Optional<ConfusionMatrix> confusion(Labels labels, float[][] logits) {
        return Optional.empty();
    }

    /**
     * Returns the scores of every label; empty if answers are not label sets.
     *
     * @param labels the labels
     * @param logits {@code [examples][outputs]}
     */
    default Optional<List<LabelScore>> labelScores(Labels labels, float[][] logits) {
        return Optional.empty();
    }
}

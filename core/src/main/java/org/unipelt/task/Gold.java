package org.unipelt.task;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Labels;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Metric;

/** The right answers of rows, in the form that a {@link HeadTask}'s loss and metrics want. */
public interface Gold {
    /** How many there are. */
    int size();

    /** Those of some rows, in the rows' order. */
    Gold of(int... rows);

    /** Those of some rows as a tensor {@code [rows]}, as {@link HeadTask#loss} wants it. */
    Tensor at(int... rows);

    /**
     * The mean loss over some rows, by their weights: one number.
     *
     * @param logits of these rows, {@code [rows, outputs]}
     */
    default Tensor loss(HeadTask task, Tensor logits, int... rows) {
        return task.loss(logits, at(rows));
    }

    /** What some rows weigh together in a mean loss: their number, unless some count more than others. */
    default double weight(int... rows) {
        return rows.length;
    }

    /**
     * The same answers with weights.
     *
     * @throws InputException if answers are no classes
     */
    default Gold weighted(ClassWeights weights, Labels labels) {
        throw InputException.about(
                "class-weights",
                "class weights are for classes, but the labels are " + labels.describe() + "; leave them out");
    }

    /** For each of some rows the group that folds shall have their share of; one group of all if there are none. */
    default int[] strata(int... rows) {
        return new int[rows.length];
    }

    /**
     * How well logits answer.
     *
     * @param logits {@code [examples][outputs]}, in the order of the rows
     */
    double score(Metric metric, float[][] logits);

    /** Each right answer as a number: a class's index, or a score. */
    List<Number> right();

    /** Each answer that logits {@code [examples][outputs]} give, as a number of the same kind. */
    List<Number> predicted(float[][] logits);

    /**
     * Which classes are taken for which; none if answers are no classes.
     *
     * @param labels the classes
     * @param logits {@code [examples][outputs]}
     */
    default Optional<ConfusionMatrix> confusion(Labels labels, float[][] logits) {
        return Optional.empty();
    }
}

package org.unipelt.task;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.data.Dataset;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.tensor.Weights;

/** A task with a head that reads one vector per text. */
public sealed interface HeadTask extends Task permits Classification, MultiLabel, Ranking, Regression {
    /** Returns the number of logits per text. */
    int outputs();

    /**
     * Returns the right answers of labelled rows.
     *
     * @throws InputException if a label is missing or does not belong to this task
     */
    Gold gold(Dataset rows);

    /**
     * Computes the mean loss over some rows, one number.
     *
     * @param logits {@code [batch, outputs]}
     * @param gold the right answers from {@link Gold#at}
     */
    Tensor loss(Tensor logits, Tensor gold);

    /** Converts a text's logits {@code [outputs]} to an answer. */
    Answer answer(float... logits);

    /** Returns whether labelled rows choose how logits become answers, as by thresholds. */
    default boolean decides() {
        return false;
    }

    /**
     * Returns this task with the decisions that labelled rows chose.
     *
     * @param gold the rows' right answers from {@link Gold#decided}
     */
    default HeadTask decided(Gold gold) {
        return this;
    }

    /**
     * Returns the objective that trains a model for this task.
     *
     * @param rows the objective whose examples are rows, each with a loss of its own
     */
    default Objective objective(HeadObjective rows) {
        return rows;
    }

    /** Returns whether smaller logits give the same answers with less confidence. */
    boolean softens();

    @Override
    default void requireFits(Inference inference) {
        if (inference.head().isEmpty() || inference.pooling().isEmpty()) {
            throw new InputException((inference.head().isEmpty() ? "head" : "pooling") + " is missing");
        }
    }

    @Override
    default List<Parameter> parameters(Backbone backbone, Method method, Inference inference) {
        return SequenceClassifier.parameters(backbone, method, inference.head().orElseThrow(), outputs());
    }

    @Override
    default TaskModel on(BaseModel base, Method method, Inference inference, Weights adapterWeights) {
        return new HeadModel(
                new SequenceClassifier(base.backbone(), method, inference.headInput(), adapterWeights), this);
    }
}

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

/** A task whose answer is read off the logits of a head on one vector of a text. */
public sealed interface HeadTask extends Task permits Classification, Regression {
    /** How many numbers the head gives for a text. */
    int outputs();

    /**
     * The right answers of labelled rows.
     *
     * @throws InputException if a label is missing or none of this task's
     */
    Gold gold(Dataset rows);

    /**
     * The mean loss over some rows: one number.
     *
     * @param logits {@code [batch, outputs]}
     * @param gold as {@link Gold#at} gives it
     */
    Tensor loss(Tensor logits, Tensor gold);

    /** The answer that a text's logits {@code [outputs]} give. */
    Answer answer(float... logits);

    /** Whether a head with smaller logits gives the same answers, less surely. */
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

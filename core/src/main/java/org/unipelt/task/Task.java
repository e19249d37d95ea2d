package org.unipelt.task;

import java.util.List;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.data.Labels;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Weights;

/**
 * What a model does with a text. A task is one closed thing: it knows its labels, its head, its loss, its answers and its
 * metrics. A new kind of task is one file, one line here, one in the format of {@code adapter.json}, and one where answers
 * are printed.
 */
public sealed interface Task permits HeadTask, Seq2Seq {
    /** The task that labels set, with its usual settings. */
    static Task of(Labels labels) {
        return switch (labels.kind()) {
            case CLASSES -> new Classification(labels.names());
            case SCORE -> new Regression();
            case SUMMARY, TRANSLATION -> Seq2Seq.usual(labels.kind());
            case AUTO -> throw new IllegalArgumentException("labels of no kind: " + labels);
        };
    }

    /** What the label column of its data holds. */
    Labels labels();

    /** The metrics that fit, the usual main one first. */
    List<Metric> metrics();

    /**
     * Checks before training that a metric can judge this task.
     *
     * @throws InputException if it cannot; names those that can
     */
    default void requireFits(Metric metric) {
        if (!metrics().contains(metric)) {
            throw InputException.about(
                    "metric",
                    "metric " + metric.text() + " does not fit labels that are " + labels().describe()
                            + "; take one of: "
                            + String.join(
                                    ", ", metrics().stream().map(Metric::text).toList()));
        }
    }

    /**
     * Checks that what predicting needs is there, and nothing else.
     *
     * @throws InputException if not
     */
    void requireFits(Inference inference);

    /** Everything that is trained: the method's parameters, then those of the task's head. */
    List<Parameter> parameters(Backbone backbone, Method method, Inference inference);

    /**
     * A model that does this on a base.
     *
     * @param adapterWeights the tensors that {@link #parameters} declares; they become the model's
     * @throws InputException if the base cannot do this
     */
    TaskModel on(BaseModel base, Method method, Inference inference, Weights adapterWeights);
}

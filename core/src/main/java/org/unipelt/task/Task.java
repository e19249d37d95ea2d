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
 * What a model does with a text. A task knows its labels, head, loss, answers and metrics. A new kind of task is one
 * file, one line here, one in the format of {@code adapter.json}, and one where answers are printed.
 *
 * <p>Immutable, so any number of threads may share it.
 */
public sealed interface Task permits HeadTask, Seq2Seq {
    /** Returns the task for some labels, with its usual settings. */
    static Task of(Labels labels) {
        return switch (labels.kind()) {
            case CLASSES -> new Classification(labels.names());
            case SCORE -> new Regression();
            case MULTI -> MultiLabel.usual(labels.names());
            case SUMMARY, TRANSLATION -> Seq2Seq.usual(labels.kind());
            case AUTO -> throw new IllegalArgumentException("labels of no kind: " + labels);
        };
    }

    /** Describes the label column of its data. */
    Labels labels();

    /** Returns the metrics that fit, the usual main one first. */
    List<Metric> metrics();

    /**
     * Checks before training that a metric fits this task.
     *
     * @throws InputException if it does not; the message lists those that do
     */
    default void requireFits(Metric metric) {
        if (!metrics().contains(metric)) {
            throw InputException.about(
                    "metric",
                    "metric " + metric.text() + " does not fit labels that are " + labels().describe()
                            + "; use one of: "
                            + String.join(
                                    ", ", metrics().stream().map(Metric::text).toList()));
        }
    }

    /**
     * Checks that exactly the settings that prediction needs are present.
     *
     * @throws InputException if not
     */
    void requireFits(Inference inference);

    /** Returns everything that is trained: the method's parameters, then those of the task's head. */
    List<Parameter> parameters(Backbone backbone, Method method, Inference inference);

    /**
     * Creates a model for this task on a base model.
     *
     * @param adapterWeights the tensors that {@link #parameters} declares; the model owns them
     * @throws InputException if the base model cannot do this task
     */
    TaskModel on(BaseModel base, Method method, Inference inference, Weights adapterWeights);
}

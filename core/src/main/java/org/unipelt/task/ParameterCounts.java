package org.unipelt.task;

import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;

/**
 * The number of parameters that a method trains on a backbone, counted in both common ways.
 *
 * @param paper the count of the UniPELT paper's Table 4: without the head, with a prefix as the flat matrices that are
 *     saved
 * @param exact all trained parameters: with the head, and with the network behind a prefix
 * @param backbone the number of the backbone's own parameters
 */
public record ParameterCounts(long paper, long exact, long backbone) {
    /**
     * Counts the parameters of a method on a backbone.
     *
     * @param head the form of the head
     * @param outputs the head's outputs: the number of classes, 1 for a score, or 0 for no head
     */
    public static ParameterCounts of(Backbone backbone, Method method, Head head, int outputs) {
        long backboneParameters = backbone.weightShapes().values().stream()
                .mapToLong(shape -> {
                    long count = 1;
                    for (long side : shape) {
                        count *= side;
                    }
                    return count;
                })
                .sum();
        return new ParameterCounts(
                Parameter.count(method.saved().parameters(backbone)),
                Parameter.count(
                        outputs == 0
                                ? method.parameters(backbone)
                                : SequenceClassifier.parameters(backbone, method, head, outputs)),
                backboneParameters);
    }

    /**
     * Counts the parameters of a method on a backbone, for the labels of some data.
     *
     * @param head the form of the head of a model that reads one vector a text
     * @param labels the labels; their kind decides the head
     */
    public static ParameterCounts of(Backbone backbone, Method method, Head head, Labels labels) {
        return of(backbone, method, labels.kind() == LabelKind.TOKENS ? Head.LINEAR : head, labels.outputs());
    }

    /** Returns the paper's count in percent of the backbone's parameters. */
    public double percent() {
        return 100.0 * paper / backbone;
    }

    /** Returns the exact count in percent of the backbone's parameters. */
    public double exactPercent() {
        return 100.0 * exact / backbone;
    }
}

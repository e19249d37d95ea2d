package org.unipelt.task;

import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;

/**
 * How many numbers a method trains on a backbone, in both ways of counting that are in use.
 *
 * @param paper as the UniPELT paper's Table 4 counts: without the head, a prefix as the flat matrices that are saved
 * @param exact all that is trained: with the head, and with the network that a prefix is trained through
 * @param backbone the numbers of the backbone itself
 */
public record ParameterCounts(long paper, long exact, long backbone) {
    /**
     * Counts.
     *
     * @param head the head's form
     * @param outputs of the head: the number of classes, 1 for a score, or 0 for no head
     */
    public static ParameterCounts of(Backbone backbone, Method method, Head head, int outputs) {
        long adapterWeights = backbone.weightShapes().values().stream()
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
                adapterWeights);
    }

    /** The paper's count as a share of the backbone's, in percent. */
    public double percent() {
        return 100.0 * paper / backbone;
    }

    /** The exact count as a share of the backbone's, in percent. */
    public double exactPercent() {
        return 100.0 * exact / backbone;
    }
}

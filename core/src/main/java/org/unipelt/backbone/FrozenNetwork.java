package org.unipelt.backbone;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.unipelt.InputException;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/**
 * What every backbone holds, whatever its maths.
 *
 * @param anatomy the parts that it is made of
 * @param sites what methods may modify
 * @param weightShapes the shape of every frozen weight, in the checkpoint's order
 * @param weights the frozen weights, which belong to someone else
 * @param computed the same weights as a pass reads them; {@link Backbone#close} frees them
 * @param compute what computes, on whose device the weights are
 */
public record FrozenNetwork(
        Anatomy anatomy,
        Sites sites,
        Map<String, long[]> weightShapes,
        Weights weights,
        Weights computed,
        Compute compute) {
    /**
     * Checks the weights and converts those that a pass needs in another type.
     *
     * @param architecture for messages, e.g. {@code BERT}
     * @param tables names of weights of which a pass reads single rows; they keep their type
     * @param buffers shapes of tensors that a checkpoint may have besides the weights; nobody trains them
     * @throws InputException if a weight is missing, unknown or of another shape
     */
    public static FrozenNetwork of(
            String architecture,
            Anatomy anatomy,
            Sites sites,
            Map<String, long[]> weightShapes,
            Set<String> tables,
            Map<String, long[]> buffers,
            Weights weights,
            Compute compute) {
        Map<String, long[]> all = new LinkedHashMap<>(weightShapes);
        buffers.forEach((name, shape) -> {
            if (weights.has(name)) {
                all.put(name, shape);
            }
        });
        WeightShapes.check(all, weights, architecture);
        Weights computed = compute.precision().computed(weights, sites.maps(weights), tables);
        return new FrozenNetwork(anatomy, sites, weightShapes, weights, computed, compute);
    }
}

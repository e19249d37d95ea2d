package org.unipelt.training;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Compute;

/**
 * The gradient of a loss that is a sum over parts of a batch. Gradients are added in the order of the parts, so the sum
 * is the same to the bit, whichever worker computes which part.
 */
final class Gradients implements AutoCloseable {
    private final Compute compute;
    private final Map<String, Tensor> byName;
    private final double[] losses;

    /**
     * Gradients that were added. Takes over the tensors, each retained once.
     *
     * @param byName gradients by name of the trained tensor, in the order of the trained tensors
     * @param losses the loss of each part, in order
     */
    Gradients(Compute compute, Map<String, Tensor> byName, double... losses) {
        this.compute = compute;
        this.byName = byName;
        this.losses = losses;
    }

    /** The sum of all losses. */
    double loss() {
        return Arrays.stream(losses).sum();
    }

    /** The loss of each part, in order. */
    double[] losses() {
        return losses;
    }

    /** Gradients by name of the trained tensor; a tensor that the loss does not use is absent. */
    Map<String, Tensor> byName() {
        return byName;
    }

    /** The norm of all gradients together. */
    double norm() {
        List<Callable<Double>> pieces = byName.values().stream()
                .<Callable<Double>>map(gradient -> () -> {
                    try (PointerScope scope = new PointerScope();
                            NoGradGuard frozen = new NoGradGuard()) {
                        double norm = gradient.norm().item_double();
                        return norm * norm;
                    }
                })
                .toList();
        return Math.sqrt(
                compute.all(pieces).stream().mapToDouble(Double::doubleValue).sum());
    }

    @Override
    public void close() {
        byName.values().forEach(Tensor::releaseReference);
    }
}

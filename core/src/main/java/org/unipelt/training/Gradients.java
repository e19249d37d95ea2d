package org.unipelt.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Engine;

/**
 * The gradient of a loss that is a sum over parts of a batch, one part per worker. The parts' gradients are added in the
 * parts' order, so the sum is the same to the bit each time.
 */
final class Gradients implements AutoCloseable {
    private final double loss;
    private final Map<String, Tensor> byName;

    private Gradients(double loss, Map<String, Tensor> byName) {
        this.loss = loss;
        this.byName = byName;
    }

    /** The loss of one part, and its gradients in the order of the trained tensors; null where there is none. */
    private record Part(double loss, Tensor[] gradients) {
        void release() {
            Arrays.stream(gradients).filter(Objects::nonNull).forEach(Tensor::releaseReference);
        }

        void release(int leaf) {
            gradients[leaf].releaseReference();
            gradients[leaf] = null;
        }
    }

    /**
     * Computes loss and gradients of all parts at once.
     *
     * @param trained the tensors to differentiate by
     * @param parts how many there are
     * @param loss the loss of a part; called on a worker's thread, within its scope
     */
    static Gradients of(Map<String, Tensor> trained, int parts, Function<Integer, Tensor> loss) {
        Tensor[] leaves = trained.values().toArray(Tensor[]::new);
        Part[] done = new Part[parts];
        boolean complete = false;
        try {
            Engine.workers()
                    .all(IntStream.range(0, parts)
                            .<Callable<Void>>mapToObj(part -> () -> {
                                done[part] = part(leaves, part, loss);
                                return null;
                            })
                            .toList());
            Gradients sum = sum(trained, List.of(done));
            complete = true;
            return sum;
        } finally {
            if (!complete) {
                // What the parts had computed before one failed, or before an interrupt.
                Arrays.stream(done).filter(Objects::nonNull).forEach(Part::release);
            }
        }
    }

    private static Gradients sum(Map<String, Tensor> trained, List<Part> done) {
        Map<String, Tensor> byName = new LinkedHashMap<>();
        List<Callable<Void>> sums = new ArrayList<>();
        int leaf = 0;
        for (String name : trained.keySet()) {
            int at = leaf++;
            Tensor sum = done.get(0).gradients()[at];
            if (sum != null) {
                byName.put(name, sum);
                sums.add(() -> add(sum, done.subList(1, done.size()), at));
            }
        }
        Engine.workers().all(sums);
        return new Gradients(done.stream().mapToDouble(Part::loss).sum(), byName);
    }

    /** Adds the other parts' gradients of a leaf to the first part's, which shares its memory with no other. */
    private static Void add(Tensor sum, List<Part> others, int leaf) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            for (Part other : others) {
                sum.add_(other.gradients()[leaf]);
                other.release(leaf);
            }
        }
        return null;
    }

    private static Part part(Tensor[] leaves, int part, Function<Integer, Tensor> loss) {
        try (PointerScope scope = new PointerScope()) {
            Tensor value = loss.apply(part);
            double number = value.item_double();
            TensorVector gradients = torch.grad(
                    new TensorVector(value),
                    new TensorVector(leaves),
                    new TensorVector(),
                    new BoolOptional(false),
                    false,
                    true);
            Tensor[] kept = new Tensor[leaves.length];
            for (int i = 0; i < kept.length; i++) {
                Tensor gradient = gradients.get(i);
                if (gradient.defined()) {
                    // Contiguous, so that the optimizer can go through it piece by piece; kept beyond this scope.
                    kept[i] = gradient.contiguous().retainReference();
                }
            }
            return new Part(number, kept);
        }
    }

    /** The sum of the parts' losses. */
    double loss() {
        return loss;
    }

    /** The gradients by the trained tensors' names; a tensor that takes no part has none. */
    Map<String, Tensor> byName() {
        return byName;
    }

    /** The common norm of all gradients. */
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
        return Math.sqrt(Engine.workers().all(pieces).stream()
                .mapToDouble(Double::doubleValue)
                .sum());
    }

    @Override
    public void close() {
        byName.values().forEach(Tensor::releaseReference);
    }
}

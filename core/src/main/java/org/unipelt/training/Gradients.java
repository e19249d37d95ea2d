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
import org.unipelt.tensor.Compute;

/**
 * The gradient of a loss that is a sum over parts of a batch. The parts' gradients are added in the parts' order, so the sum
 * is the same to the bit whichever worker computes which part. A part is added as soon as those before it are, so that no
 * more gradients are held than there are workers and a few; the last ones are added by all workers together.
 */
final class Gradients implements AutoCloseable {
    private final Compute compute;
    private final Map<String, Tensor> trained;
    private final Tensor[] leaves;
    private final Piece[] done;
    /** Parts that are added up while others compute: all but the first and those that the workers compute last. */
    private final int early;

    /** The first part that is not yet added. */
    private int next = 1;
    /** Whether a worker is adding. */
    private boolean adding;

    private final Map<String, Tensor> byName = new LinkedHashMap<>();

    private Gradients(Compute compute, Map<String, Tensor> trained, int parts) {
        this.compute = compute;
        this.trained = trained;
        this.leaves = trained.values().toArray(Tensor[]::new);
        this.done = new Piece[parts];
        this.early = parts - compute.atOnce();
    }

    /** The loss of one part, and its gradients in the order of the trained tensors; null where there is none. */
    private record Piece(double loss, Tensor[] gradients) {
        void release() {
            Arrays.stream(gradients).filter(Objects::nonNull).forEach(Tensor::releaseReference);
        }

        /** Adds another part's gradient of a leaf to this one's, which shares its memory with no other. */
        void take(Piece other, int leaf) {
            if (gradients[leaf] != null) {
                gradients[leaf].add_(other.gradients()[leaf]);
                other.gradients()[leaf].releaseReference();
                other.gradients()[leaf] = null;
            }
        }
    }

    /**
     * Computes loss and gradients of all parts.
     *
     * @param trained the tensors to differentiate by
     * @param parts how many there are
     * @param loss the loss of a part; called on a worker's thread, within its scope
     */
    static Gradients of(Compute compute, Map<String, Tensor> trained, int parts, Function<Integer, Tensor> loss) {
        Gradients gradients = new Gradients(compute, trained, parts);
        boolean complete = false;
        try {
            compute.all(IntStream.range(0, parts)
                    .<Callable<Void>>mapToObj(part -> () -> {
                        gradients.add(part, part(gradients.leaves, part, loss));
                        return null;
                    })
                    .toList());
            gradients.addRest();
            complete = true;
            return gradients;
        } finally {
            if (!complete) {
                // What the parts had computed before one failed, or before an interrupt.
                Arrays.stream(gradients.done).filter(Objects::nonNull).forEach(Piece::release);
            }
        }
    }

    /** Keeps a part, and adds those whose turn it is unless another worker is at it. */
    private void add(int part, Piece computed) {
        synchronized (this) {
            done[part] = computed;
            if (adding) {
                return;
            }
            adding = true;
        }
        for (int at = turn(); at > 0; at = turn()) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                for (int leaf = 0; leaf < leaves.length; leaf++) {
                    done[0].take(done[at], leaf);
                }
            }
        }
    }

    /** The part whose turn it is to be added, or 0 if there is none yet. */
    private synchronized int turn() {
        adding = next < early && done[0] != null && done[next] != null;
        return adding ? next++ : 0;
    }

    private void addRest() {
        List<Callable<Void>> sums = new ArrayList<>();
        int leaf = 0;
        for (String name : trained.keySet()) {
            int at = leaf++;
            Tensor sum = done[0].gradients()[at];
            if (sum != null) {
                byName.put(name, sum);
                sums.add(() -> {
                    try (PointerScope scope = new PointerScope();
                            NoGradGuard frozen = new NoGradGuard()) {
                        for (int part = next; part < done.length; part++) {
                            done[0].take(done[part], at);
                        }
                    }
                    return null;
                });
            }
        }
        compute.all(sums);
    }

    private static Piece part(Tensor[] leaves, int part, Function<Integer, Tensor> loss) {
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
            return new Piece(number, kept);
        }
    }

    /** The sum of the parts' losses. */
    double loss() {
        return Arrays.stream(done).mapToDouble(Piece::loss).sum();
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
        return Math.sqrt(
                compute.all(pieces).stream().mapToDouble(Double::doubleValue).sum());
    }

    @Override
    public void close() {
        byName.values().forEach(Tensor::releaseReference);
    }
}

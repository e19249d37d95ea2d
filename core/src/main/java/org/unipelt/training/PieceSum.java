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
 * Computes gradients of the parts of a batch and adds them. A part is added as soon as all earlier ones are. So memory
 * holds only a few more gradients than there are workers. All workers together add the last parts.
 */
final class PieceSum {
    private final Compute compute;
    private final Map<String, Tensor> trained;
    private final Tensor[] leaves;
    private final Piece[] done;
    /** Parts that are added while others compute: all but the first and the last ones. */
    private final int early;

    /** The next part to add. */
    private int next = 1;
    /** Whether a worker is adding. */
    private boolean adding;

    private PieceSum(Compute compute, Map<String, Tensor> trained, int parts) {
        this.compute = compute;
        this.trained = trained;
        this.leaves = trained.values().toArray(Tensor[]::new);
        this.done = new Piece[parts];
        this.early = parts - compute.atOnce();
    }

    /** Loss and gradients of a part, in the order of the trained tensors; null without a gradient. */
    private record Piece(double loss, Tensor[] gradients) {
        void release() {
            Arrays.stream(gradients).filter(Objects::nonNull).forEach(Tensor::releaseReference);
        }

        /** Adds another part's gradient of a tensor to this part's, in place; either part may not use the tensor. */
        void take(Piece other, int leaf) {
            Tensor added = other.gradients()[leaf];
            if (gradients[leaf] == null) {
                gradients[leaf] = added;
            } else if (added != null) {
                gradients[leaf].add_(added);
                added.releaseReference();
            }
            other.gradients()[leaf] = null;
        }
    }

    /**
     * Computes the loss and gradients of all parts.
     *
     * @param trained the trained tensors
     * @param parts number of parts
     * @param loss computes the loss of a part, on a worker's thread and in its scope
     */
    static Gradients of(Compute compute, Map<String, Tensor> trained, int parts, Function<Integer, Tensor> loss) {
        PieceSum sum = new PieceSum(compute, trained, parts);
        boolean complete = false;
        try {
            compute.all(IntStream.range(0, parts)
                    .<Callable<Void>>mapToObj(part -> () -> {
                        sum.add(part, part(sum.leaves, part, loss));
                        return null;
                    })
                    .toList());
            Gradients gradients = sum.rest();
            complete = true;
            return gradients;
        } finally {
            if (!complete) {
                // Frees what parts computed before an error or interrupt.
                Arrays.stream(sum.done).filter(Objects::nonNull).forEach(Piece::release);
            }
        }
    }

    /** Keeps a part, and adds all parts that are due unless another worker does. */
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

    /** The next part to add, or 0 if it is not there yet. */
    private synchronized int turn() {
        adding = next < early && done[0] != null && done[next] != null;
        return adding ? next++ : 0;
    }

    private Gradients rest() {
        List<Callable<Void>> sums = new ArrayList<>();
        for (int leaf = 0; leaf < leaves.length; leaf++) {
            int at = leaf;
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
        compute.all(sums);
        Map<String, Tensor> byName = new LinkedHashMap<>();
        int leaf = 0;
        for (String name : trained.keySet()) {
            Tensor sum = done[0].gradients()[leaf++];
            if (sum != null) {
                byName.put(name, sum);
            }
        }
        return new Gradients(
                compute, byName, Arrays.stream(done).mapToDouble(Piece::loss).toArray());
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
                    // Contiguous for the optimiser's pieces; kept beyond this scope.
                    kept[i] = gradient.contiguous().retainReference();
                }
            }
            return new Piece(number, kept);
        }
    }
}

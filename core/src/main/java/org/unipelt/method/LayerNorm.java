package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Weights;

/** A trained layer norm that belongs to a method, as in the adapters of He et al.'s program. */
final class LayerNorm {
    private static final double EPSILON = 1e-5;

    private LayerNorm() {}

    /** Scale and shift {@code [d]} of the layer norm called {@code name}; the identity at the start. */
    static List<Parameter> parameters(String name, int d) {
        return List.of(
                Parameter.of(name + ".weight", new Init.Constant(1), d), Parameter.of(name + ".bias", Init.ZEROS, d));
    }

    static Tensor apply(Tensor x, String name, Weights adapterWeights) {
        return torch.layer_norm(
                x,
                new long[] {x.size(-1)},
                new TensorOptional(adapterWeights.get(name + ".weight")),
                new TensorOptional(adapterWeights.get(name + ".bias")),
                EPSILON,
                true);
    }
}

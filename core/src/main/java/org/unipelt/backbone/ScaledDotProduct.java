package org.unipelt.backbone;

import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Dropout;

/** The core of an attention (Vaswani et al. 2017, equation 1), with a bias of the scores. */
final class ScaledDotProduct {
    private ScaledDotProduct() {}

    /**
     * softmax(q kᵀ/divisor + bias) v. Without dropout libtorch's fused kernel computes it if it is fast here: it gives
     * the same numbers in less memory.
     *
     * @param query {@code [batch, heads, queries, head size]}, as the result
     * @param divisor of the products of queries and keys
     */
    static Tensor attention(Compute compute, Dropout dropout, Tensor query, KeysAndValues attended, double divisor) {
        if (!dropout.isActive() && compute.fusesAttention(DType.of(query))) {
            return torch.scaled_dot_product_attention(
                    query,
                    attended.keys(),
                    attended.values(),
                    new TensorOptional(attended.scoreBias()),
                    0.0,
                    false,
                    new DoubleOptional(1 / divisor),
                    false);
        }
        long batch = query.size(0);
        long heads = query.size(1);
        long length = query.size(2);
        long attendable = attended.keys().size(2);
        long rows = compute.attentionRows(batch, heads * length * attendable);
        TensorVector queries = query.mul(new Scalar(1 / divisor)).split(rows, 0);
        TensorVector keys = attended.keys().transpose(2, 3).split(rows, 0);
        TensorVector values = attended.values().split(rows, 0);
        TensorVector biases =
                attended.scoreBias().expand(batch, -1, -1, attendable).split(rows, 0);
        // Drawn for all rows at once, so that the numbers do not depend on how many rows are computed at a time.
        Optional<TensorVector> kept = dropout.isActive()
                ? Optional.of(dropout.mask(compute.device(), batch, heads, length, attendable)
                        .split(rows, 0))
                : Optional.empty();
        TensorVector pieces = new TensorVector();
        for (long i = 0; i < queries.size(); i++) {
            long at = i;
            pieces.push_back(Layers.keepingResult(() -> {
                Tensor scores = queries.get(at).matmul(keys.get(at)).add_(biases.get(at));
                Tensor probabilities = torch.softmax(scores, -1);
                return kept.map(masks -> probabilities.mul(masks.get(at)))
                        .orElse(probabilities)
                        .matmul(values.get(at));
            }));
        }
        return pieces.size() == 1 ? pieces.get(0) : torch.cat(pieces, 0);
    }
}

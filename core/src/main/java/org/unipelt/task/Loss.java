package org.unipelt.task;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.tensor.Hardware;

/** What training makes small. */
public final class Loss {
    private Loss() {}

    /**
     * Mean cross-entropy for classes, mean squared error for scores: one number.
     *
     * @param logits {@code [batch, outputs]}; one output for scores
     * @param gold {@code [batch]}: class indices (Long), or scores (Float)
     */
    public static Tensor of(Tensor logits, Tensor gold) {
        Tensor there = Hardware.of(logits).move(gold);
        return gold.scalar_type().intern() == ScalarType.Long
                ? torch.cross_entropy_loss(logits, there, new TensorOptional(), 1, -100, 0.0)
                : torch.mse_loss(logits.squeeze(1), there);
    }
}

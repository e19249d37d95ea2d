package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The non-linearity of a feed-forward network. */
public enum Activation {
    /** x · Φ(x), by the error function (Hendrycks and Gimpel 2016). */
    GELU,
    /** x · sigmoid(x), also called swish. */
    SILU;

    /** f(x). In place unless autograd needs x: this is the widest tensor of a layer. */
    Tensor apply(Tensor x) {
        boolean needed = x.requires_grad();
        return switch (this) {
            case GELU -> needed ? torch.gelu(x) : torch.gelu_(x);
            case SILU -> needed ? torch.silu(x) : torch.silu_(x);
        };
    }
}

package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The non-linearity of a feed-forward network. */
public enum Activation {
    /** x · Φ(x), by the error function (Hendrycks and Gimpel 2016). */
    GELU,
    /** GELU by its approximation with tanh (Hendrycks and Gimpel 2016, section 2). */
    GELU_TANH,
    /** x · sigmoid(x), also called swish. */
    SILU,
    /** max(x, 0). */
    RELU,
    /** The hyperbolic tangent. */
    TANH;

    /** f(x). In place unless autograd needs x: this is the widest tensor of a layer. */
    public Tensor apply(Tensor x) {
        boolean needed = x.requires_grad();
        return switch (this) {
            case GELU -> needed ? torch.gelu(x) : torch.gelu_(x);
            // libtorch's form in place takes no approximation.
            case GELU_TANH -> torch.gelu(x, "tanh");
            case SILU -> needed ? torch.silu(x) : torch.silu_(x);
            case RELU -> needed ? torch.relu(x) : torch.relu_(x);
            case TANH -> needed ? torch.tanh(x) : torch.tanh_(x);
        };
    }
}

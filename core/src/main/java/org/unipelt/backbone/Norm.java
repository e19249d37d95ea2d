package org.unipelt.backbone;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * How a backbone normalises hidden states, over their last dimension.
 *
 * @param epsilon added to the variance, or to the mean square
 */
public record Norm(Kind kind, double epsilon) {
    /** The kinds. */
    public enum Kind {
        /** (x - mean) / √(variance + ε) · weight + bias; the bias may be absent (Ba et al. 2016). */
        LAYER,
        /** x / √(mean of squares + ε) · weight (Zhang and Sennrich 2019). */
        RMS
    }

    /** Layer norm. */
    public static Norm layer(double epsilon) {
        return new Norm(Kind.LAYER, epsilon);
    }

    /** RMS norm. */
    public static Norm rms(double epsilon) {
        return new Norm(Kind.RMS, epsilon);
    }

    /**
     * The normalised states, of {@code x}'s shape.
     *
     * @param weight {@code [width]}; {@code [batch, 1, width]} if each row has its own
     * @param bias of such a shape, or empty
     */
    Tensor apply(Tensor x, Tensor weight, TensorOptional bias) {
        return switch (kind) {
            case LAYER -> {
                long[] width = {x.size(-1)};
                if (weight.dim() == 1 && (!bias.has_value() || bias.get().dim() == 1)) {
                    yield torch.layer_norm(x, width, new TensorOptional(weight), bias, epsilon, true);
                }
                Tensor scaled = torch.layer_norm(x, width, new TensorOptional(), new TensorOptional(), epsilon, true)
                        .mul(weight);
                yield bias.has_value() ? scaled.add(bias.get()) : scaled;
            }
            case RMS -> {
                Tensor meanSquare =
                        x.square().mean(new long[] {-1}, true, new org.bytedeco.pytorch.ScalarTypeOptional());
                yield x.mul(torch.rsqrt(meanSquare.add(new Scalar(epsilon)))).mul(weight);
            }
        };
    }
}

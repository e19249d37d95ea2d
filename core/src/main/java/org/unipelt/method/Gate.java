package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.tensor.Weights;

/**
 * UniPELT's gate (Mao et al. 2022, section 3.2): one number per example that scales a sub-module's change.
 *
 * <pre>
 *   input [batch, length, d] ─▶ (w·x + b) / temperature ─▶ sigmoid ─▶ mean over tokens ─▶ g [batch, 1, 1]
 * </pre>
 *
 * The paper does not say how to reduce over tokens; the authors' program takes the sigmoid first, then the mean. It has
 * no temperature, as if it were 1; a lower one moves a gate away from one half sooner.
 */
final class Gate {
    /** Over which positions the mean runs. */
    enum Average {
        /** Real tokens, so that an example's gate does not depend on padding or batch mates. */
        REAL,
        /** All positions, padding included, as the authors' program does. */
        ALL,
        /** None: every token has its own gate, [batch, length, 1]. */
        NONE
    }

    private Gate() {}

    /**
     * Weight {@code [outputs, width]} and bias.
     *
     * @param open the gate's initial value, about, in (0, 1); one half, a bias of 0, in the authors' program
     */
    static List<Parameter> parameters(String name, int outputs, int width, double open, double temperature) {
        double bias = temperature * Math.log(open / (1 - open));
        return Dense.parameters(name, Init.BERT, new Init.Constant(bias), width, outputs);
    }

    /** The value {@code [batch, 1, 1]} of the gate called {@code name}; {@code [batch, length, 1]} without a mean. */
    static Tensor value(
            String name,
            Weights adapterWeights,
            Tensor input,
            Tensor attentionMask,
            Average average,
            double temperature) {
        Tensor logits = Dense.apply(input, name, adapterWeights);
        Tensor scaled = temperature == 1 ? logits : logits.div(new Scalar(temperature));
        return mean(torch.sigmoid(scaled), attentionMask, average);
    }

    /** The mean over positions, {@code [batch, 1, outputs]}; {@code [batch, length, outputs]} without a mean. */
    static Tensor mean(Tensor values, Tensor attentionMask, Average average) {
        // In 32 bits, even if the product before had fewer.
        Tensor perToken = values.to(ScalarType.Float);
        return switch (average) {
            case NONE -> perToken;
            case ALL -> perToken.mean(new long[] {1}, true, new org.bytedeco.pytorch.ScalarTypeOptional());
            case REAL -> {
                Tensor real = attentionMask.unsqueeze(2).to(perToken.scalar_type());
                yield perToken.mul(real)
                        .sum(new long[] {1}, true, new org.bytedeco.pytorch.ScalarTypeOptional())
                        .div(real.sum(new long[] {1}, true, new org.bytedeco.pytorch.ScalarTypeOptional()));
            }
        };
    }
}

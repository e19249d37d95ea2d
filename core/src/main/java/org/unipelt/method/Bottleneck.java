package org.unipelt.method;

import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Weights;

/**
 * The bottleneck of adapters (He et al. 2022, Eq. 4): {@code f(x W_down) W_up}, both linear maps with bias.
 *
 * @param width m, the inner size
 * @param activation f
 * @param init how W_down and W_up start; biases start at zero
 */
record Bottleneck(int width, Activation activation, Start init) {
    /** The non-linearity. */
    enum Activation {
        RELU,
        /** u · sigmoid(u), which Houlsby adapters use. */
        SWISH,
        GELU,
        TANH,
        LEAKYRELU;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** First values of the two weights. */
    enum Start {
        /** Both normal with 0.02, as in the UniPELT release: not zero at the start. */
        BERT,
        /** W_down Kaiming-uniform, W_up zero: no effect at the start (He et al. 2022). */
        LORA;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Bottleneck {
        if (width < 1) {
            throw new IllegalArgumentException("bottleneck must be at least 1, got " + width);
        }
    }

    /** W_down {@code [m, d]}, W_up {@code [d, m]} and their biases. */
    List<Parameter> parameters(String name, int d) {
        boolean lora = init == Start.LORA;
        return List.of(
                Parameter.of(name + ".down.weight", lora ? new Init.KaimingUniform(d) : Init.BERT, width, d),
                Parameter.of(name + ".down.bias", Init.ZEROS, width),
                Parameter.of(name + ".up.weight", lora ? Init.ZEROS : Init.BERT, d, width),
                Parameter.of(name + ".up.bias", Init.ZEROS, d));
    }

    /** The change {@code [batch, length, d]} for an input of the same shape. */
    Tensor change(String name, Weights own, Tensor x) {
        Tensor down = linear(x, name + ".down", own);
        Tensor inner =
                switch (activation) {
                    case RELU -> torch.relu(down);
                    case SWISH -> torch.silu(down);
                    case GELU -> torch.gelu(down, "tanh");
                    case TANH -> torch.tanh(down);
                    case LEAKYRELU -> torch.leaky_relu(down);
                };
        return linear(inner, name + ".up", own);
    }

    private static Tensor linear(Tensor x, String name, Weights own) {
        return torch.linear(x, own.get(name + ".weight"), new TensorOptional(own.get(name + ".bias")));
    }
}

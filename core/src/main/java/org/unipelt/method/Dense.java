package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Weights;

/**
 * A linear map with its own matrix, {@code x W + b}.
 *
 * @param init how W starts; b starts at zero
 */
record Dense(Start init) implements LinearMap {
    /** Initial values of a bottleneck's two matrices. */
    enum Start {
        /** Both normal with 0.02, as in the UniPELT release: not zero at the start. */
        BERT,
        /** The first Kaiming-uniform, the second zero: no effect at the start (He et al. 2022). */
        LORA
    }

    @Override
    public List<Parameter> shared(String method) {
        return List.of();
    }

    @Override
    public List<Parameter> parameters(String name, boolean last, int in, int out) {
        Init weight =
                switch (init) {
                    case BERT -> Init.BERT;
                    case LORA -> last ? Init.ZEROS : new Init.KaimingUniform(in);
                };
        return parameters(name, weight, Init.ZEROS, in, out);
    }

    /** The weight {@code [out, in]} and the bias of a map. */
    static List<Parameter> parameters(String name, Init weight, Init bias, int in, int out) {
        return List.of(Parameter.of(name + ".weight", weight, out, in), Parameter.of(name + ".bias", bias, out));
    }

    @Override
    public Tensor apply(Tensor x, String method, String name, Weights adapterWeights) {
        return apply(x, name, adapterWeights);
    }

    static Tensor apply(Tensor x, String name, Weights adapterWeights) {
        return torch.linear(
                x, adapterWeights.get(name + ".weight"), new TensorOptional(adapterWeights.get(name + ".bias")));
    }
}

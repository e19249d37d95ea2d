package org.unipelt.method;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Backbone;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Weights;

/** The initial values of a parameter. */
public sealed interface Init {
    /** BERT's own: normal, mean 0, standard deviation 0.02. */
    Init BERT = new Normal(0.02);

    /** Zeros. */
    Init ZEROS = new Constant(0);

    /** Normal with mean 0. */
    record Normal(double standardDeviation) implements Init {}

    /** One value everywhere. */
    record Constant(double value) implements Init {}

    /** Kaiming-uniform with a = √5, a linear layer's default in PyTorch: U(-1/√fan-in, 1/√fan-in). */
    record KaimingUniform(int fanIn) implements Init {}

    /** Uniform between -bound and bound. */
    record Uniform(double bound) implements Init {}

    /** A copy of a frozen weight, in 32 bits. */
    record CopyOf(String weight) implements Init {}

    /** New tensors with the initial values of all these parameters, by name. */
    static Weights draw(List<Parameter> parameters, long seed, Backbone backbone) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            parameters.forEach(parameter -> tensors.put(parameter.name(), draw(parameter, seed, backbone)));
            return Weights.of(tensors);
        }
    }

    /**
     * A new tensor with the initial values of {@code parameter}. They depend only on the seed and the parameter's name,
     * so a method starts from the same numbers alone and in a combination.
     */
    static Tensor draw(Parameter parameter, long seed, Backbone backbone) {
        long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
        if (parameter.init() instanceof CopyOf copy) {
            return backbone.weights().get(copy.weight()).detach().clone().to(ScalarType.Float);
        }
        Rng rng = Rng.of(seed, parameter.name());
        float[] values = new float[Math.toIntExact(parameter.count())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) next(parameter.init(), rng);
        }
        return backbone.compute().move(Tensor.create(values, shape));
    }

    private static double next(Init init, Rng rng) {
        if (init instanceof Normal normal) {
            return normal.standardDeviation() * rng.nextGaussian();
        } else if (init instanceof KaimingUniform uniform) {
            return (2 * rng.nextDouble() - 1) / Math.sqrt(uniform.fanIn());
        } else if (init instanceof Uniform uniform) {
            return (2 * rng.nextDouble() - 1) * uniform.bound();
        } else if (init instanceof Constant constant) {
            return constant.value();
        }
        throw new IllegalArgumentException("cannot draw number by number: " + init);
    }
}

package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Weights;

/** How a bottleneck's two linear maps are parametrised. */
sealed interface LinearMap permits Dense, Compacter {
    /** What all maps of a method share. */
    List<Parameter> shared(String method);

    /**
     * What a map from {@code in} to {@code out} numbers has of its own.
     *
     * @param last whether it is the bottleneck's second map
     */
    List<Parameter> parameters(String name, boolean last, int in, int out);

    /** {@code [batch, length, in]} to {@code [batch, length, out]}. */
    Tensor apply(Tensor x, String method, String name, Weights adapterWeights);
}

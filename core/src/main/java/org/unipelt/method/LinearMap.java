package org.unipelt.method;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Weights;

/** How a bottleneck's two linear maps are parametrised. */
sealed interface LinearMap permits Dense, Compacter {
    /** The parameters that all maps of a method share. */
    List<Parameter> shared(String method);

    /**
     * The parameters that belong to one map from {@code in} to {@code out} numbers.
     *
     * @param last whether it is the bottleneck's second map
     */
    List<Parameter> parameters(String name, boolean last, int in, int out);

    /** {@code [batch, length, in]} to {@code [batch, length, out]}. */
    Tensor apply(Tensor x, String method, String name, Weights adapterWeights);
}

package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * Looks on while a forward pass runs. The tensors belong to the pass: copy what is to outlive it. All methods do
 * nothing unless overridden.
 */
public interface Observer {
    /** Looks at nothing. */
    Observer NONE = new Observer() {};

    /**
     * A block's output {@code [batch, length, hidden]} after its layer-norm: of the embeddings, an attention sub-layer, or
     * a whole layer ({@link Place#FFN}).
     */
    default void output(Site site, Tensor state) {}

    /**
     * A gate's values, one per example {@code [batch]}, between 0 and 1.
     *
     * @param submodule the name of the method behind the gate, e.g. {@code lora}
     */
    default void gate(String submodule, Site site, Tensor values) {}

    /**
     * What a sub-module adds to a representation, its scale included and any gate left out.
     *
     * @param submodule the name of the method, e.g. {@code adapter}
     * @param h the representation before {@code [batch, length, hidden]}
     * @param change of the same shape
     */
    default void change(String submodule, Site site, Tensor h, Tensor change) {}

    /**
     * The share of their attention that queries give to a prefix, λ of He et al. 2022, Eq. 8 {@code [batch, heads,
     * queries]}; told where it is computed by itself.
     */
    default void prefixMass(Site site, Tensor values) {}
}

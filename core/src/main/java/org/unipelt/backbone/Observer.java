package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * Looks on while a forward pass runs. The tensors belong to the pass: copy what is to outlive it. Both methods do
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
}

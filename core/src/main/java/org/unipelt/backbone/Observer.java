package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;

/**
 * Looks on while a backbone computes a pass. The tensors belong to the pass: copy what you keep longer. Passes on several
 * threads may call one at once.
 */
@FunctionalInterface
public interface Observer {
    /** Looks at nothing. */
    Observer NONE = (site, state) -> {};

    /**
     * Called for each block's output {@code [batch, length, hidden]} after its norm: the embeddings, an attention
     * sub-layer, or a whole layer ({@link Place#FFN}).
     */
    void output(Site site, Tensor state);
}

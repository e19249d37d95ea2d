package org.unipelt.backbone;

import org.unipelt.Words;

/**
 * A place in a transformer layer whose representation a method may modify: the second half of a {@link Site}. The words
 * are those of He et al. 2022, Table 1 ("modified representation"), one finer: projections are named one by one.
 */
public enum Place {
    /**
     * The summed embeddings before their layer-norm {@code [batch, length, embedding]}, see {@link Shape#embedding}; once
     * per model, layer 0.
     */
    EMBEDDINGS,
    /** The query projection of self-attention. */
    QUERY,
    /** The key projection of self-attention. */
    KEY,
    /** The value projection of self-attention. */
    VALUE,
    /** The keys and values that queries attend to, {@code [batch, heads, length, head size]} each. */
    KEYS_AND_VALUES,
    /** The concatenated heads {@code [batch, length, hidden]}, before they are projected. */
    HEADS,
    /** The projection of the concatenated heads back to the hidden size. */
    ATTENTION_OUT,
    /** The attention sub-layer's output {@code [batch, length, hidden]}, before residual and layer-norm. */
    ATTENTION,
    /** The feed-forward network's first projection, hidden to intermediate size. */
    FFN_UP,
    /** The feed-forward network's inner activation {@code [batch, length, intermediate]}, before its second projection. */
    FFN_INNER,
    /** The feed-forward network's second projection, intermediate to hidden size. */
    FFN_DOWN,
    /** The feed-forward sub-layer's output {@code [batch, length, hidden]}, before residual and layer-norm. */
    FFN;

    /** The place as it is written in method texts and parameter names, e.g. {@code ffn-up}. */
    public String text() {
        return Words.of(this);
    }

    /** Whether this is a linear map with one weight matrix, as LoRA wants it. */
    public boolean isProjection() {
        return switch (this) {
            case QUERY, KEY, VALUE, ATTENTION_OUT, FFN_UP, FFN_DOWN -> true;
            case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN -> false;
        };
    }
}

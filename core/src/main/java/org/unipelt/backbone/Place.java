package org.unipelt.backbone;

import org.unipelt.Words;

/**
 * A place in a transformer layer whose representation a method may modify: the last part of a {@link Site}. The words
 * are those of He et al. 2022, Table 1 ("modified representation"), but each projection has its own.
 */
public enum Place {
    /**
     * The summed embeddings before their norm {@code [batch, length, embedding]}, see {@link Anatomy#embedding}; once
     * per model, layer 0.
     */
    EMBEDDINGS,
    /** The query projection of an attention. */
    QUERY,
    /** The key projection of an attention. */
    KEY,
    /** The value projection of an attention. */
    VALUE,
    /** The keys and values that queries attend to, {@code [batch, heads, length, head size]} each. */
    KEYS_AND_VALUES,
    /** The concatenated heads {@code [batch, length, heads · head size]}, before they are projected. */
    HEADS,
    /** The projection of the concatenated heads to the hidden size. */
    ATTENTION_OUT,
    /** The attention sub-layer's output {@code [batch, length, hidden]}, before residual and norm. */
    ATTENTION,
    /** The feed-forward network's first projection, hidden to intermediate size. */
    FFN_UP,
    /** The projection beside it whose activation multiplies it; only gated feed-forward networks have one. */
    FFN_GATE,
    /** What enters the last projection: the inner activation {@code [batch, length, intermediate]}. */
    FFN_INNER,
    /** The feed-forward network's last projection, intermediate to hidden size. */
    FFN_DOWN,
    /** The feed-forward sub-layer's output {@code [batch, length, hidden]}, before residual and norm. */
    FFN;

    /** The place as method texts and parameter names have it, e.g. {@code ffn-up}. */
    public String text() {
        return Words.of(this);
    }

    /** Whether this is a linear map with one weight matrix, as LoRA needs it. */
    public boolean isProjection() {
        return switch (this) {
            case QUERY, KEY, VALUE, ATTENTION_OUT, FFN_UP, FFN_GATE, FFN_DOWN -> true;
            case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN -> false;
        };
    }
}

package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.Sequence;

/** How an attention knows positions. A pass makes its own, so that it can hold what that pass needs. */
public interface PositionEncoding {
    /** The embeddings carry the positions, so attention does nothing. */
    PositionEncoding IN_EMBEDDINGS = new PositionEncoding() {};

    /**
     * Rotates queries or keys by their positions, as rotary embeddings do (Su et al. 2021, Eq. 34).
     *
     * @param heads {@code [batch, heads, length, head size]}; the result has the same shape
     */
    default Tensor rotate(Part part, int layer, Tensor heads) {
        return heads;
    }

    /**
     * What is added to the scores, the bias of {@code attended} included. It may depend on queries and keys, as in
     * DeBERTa (He et al. 2021, Eq. 4).
     *
     * @param text what the queries are projected from {@code [batch, queries, hidden]}
     * @param query {@code [batch, heads, queries, head size]}
     * @param attended before any method changes it
     * @return a score bias as in {@link KeysAndValues}
     */
    default Tensor scoreBias(Part part, int layer, Sequence text, Tensor query, KeysAndValues attended) {
        return attended.scoreBias();
    }

    /** The same for some rows of the batch alone. */
    default PositionEncoding of(Rows rows) {
        return this;
    }
}

package org.unipelt.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;

/**
 * A classification head out of another library's file.
 *
 * @param tensors by this library's names
 */
record TheirHead(Head form, Pooling pooling, Map<String, Tensor> tensors) {
    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";
    private static final String DENSE = "head.dense";
    private static final String OUT = "head";

    /** The head of the base model's own classifiers; empty if this library has no such head, or the base no pooler. */
    static Optional<OwnHead> find(BaseModel base) {
        return base.ownHead().filter(own -> own.pooler()
                .map(pooler -> base.backbone().weights().has(pooler + WEIGHT))
                .orElse(true));
    }

    /**
     * The head of the base model's own classifiers.
     *
     * @throws InputException if this library has no such head
     */
    static OwnHead own(BaseModel base) {
        return find(base)
                .orElseThrow(() -> new InputException("the classifiers of "
                        + base.family().modelType() + " have a head that this library does not have, or " + base.name()
                        + " lacks its pooler"));
    }

    /**
     * Takes a head.
     *
     * @param form its form
     * @param dense the name of its first map; empty if it has only one
     * @param out the name of its last map
     */
    static TheirHead take(
            Head form, Pooling pooling, Optional<String> dense, String out, TheirTensors from, BaseModel base) {
        long hidden = base.backbone().anatomy().hidden();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (dense.isPresent()) {
            tensors.put(DENSE + WEIGHT, from.take(dense.get() + WEIGHT, hidden, hidden));
            tensors.put(DENSE + BIAS, from.take(dense.get() + BIAS, hidden));
        }
        long outputs = from.shape(out + WEIGHT)[0];
        tensors.put(OUT + WEIGHT, from.take(out + WEIGHT, outputs, hidden));
        tensors.put(OUT + BIAS, from.take(out + BIAS, outputs));
        return new TheirHead(form, pooling, tensors);
    }

    /** The same head, with a changed pooler as its first map: what the pooler does is what a dense head does. */
    TheirHead withPooler(Tensor weight, Tensor bias) {
        Map<String, Tensor> more = new LinkedHashMap<>(tensors);
        more.put(DENSE + WEIGHT, weight);
        more.put(DENSE + BIAS, bias);
        return new TheirHead(Head.DENSE, Pooling.FIRST, more);
    }
}

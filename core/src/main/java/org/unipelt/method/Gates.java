package org.unipelt.method;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Modifications.ProjectionInput;
import org.unipelt.backbone.Site;

/** Says at each of a method's sites how much of the change is let in. Any number of threads may ask at once. */
@FunctionalInterface
public interface Gates {
    /** No gates: each method applies its own fixed scale. */
    Gates NONE = (site, input, attentionMask) -> Optional.empty();

    /**
     * The factor {@code [batch, 1, 1]} for the change at a site, or empty if there is no gate.
     *
     * @param input the sub-module's own input {@code [batch, length, width]}
     * @param attentionMask {@code [batch, length]}, true where a position holds a real token
     */
    Optional<Tensor> at(Site site, Tensor input, Tensor attentionMask);

    /**
     * The factor for the change of a projection. Rows that belong to no token get one factor {@code [batch, 1, 1]} for
     * each text, even if every token has its own.
     */
    default Optional<Tensor> at(Site site, ProjectionInput input) {
        Tensor attentionMask = input.text().attentionMask();
        return at(site, input.text().states(), attentionMask)
                .map(g -> input.holdsTokens() || g.size(1) == 1 ? g : Gate.mean(g, attentionMask, Gate.Average.REAL));
    }

    /** h + g·change, or h + change if there is no gate; all {@code [batch, length, width]}. */
    default Tensor add(Site site, Tensor input, Tensor attentionMask, Tensor h, Tensor change) {
        return at(site, input, attentionMask).map(g -> h.addcmul(change, g)).orElseGet(() -> h.add(change));
    }
}

package org.unipelt.method;

import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Site;

/**
 * Looks on while a method modifies a pass. The tensors belong to the pass: copy what you keep longer. Every method does
 * nothing unless overridden.
 *
 * <p>Passes on several threads call it at once.
 */
public interface MethodObserver {
    /** Looks at nothing. */
    MethodObserver NONE = new MethodObserver() {};

    /**
     * Called for each gate with its values, one per example {@code [batch]}, between 0 and 1.
     *
     * @param submodule the name of the method behind the gate, e.g. {@code lora}
     */
    default void gate(String submodule, Site site, Tensor values) {}

    /**
     * Called for each change of an adapter: what it adds to a representation, its scale included, any gate not.
     *
     * @param submodule the adapter's name, e.g. {@code adapter}
     * @param h the representation before {@code [batch, length, width]}
     * @param change of the same shape
     */
    default void change(String submodule, Site site, Tensor h, Tensor change) {}

    /**
     * Called if a prefix computes λ of He et al. 2022, Eq. 8: the share of a query's attention that the prefix takes
     * {@code [batch, heads, queries]}.
     */
    default void prefixMass(Site site, Tensor values) {}
}

package org.unipelt.method;

import org.unipelt.backbone.Pass;
import org.unipelt.tensor.Dropout;

/**
 * A forward pass as a method sees it.
 *
 * @param gates how much of each change is let in
 * @param dropout for what the method itself drops
 * @param observer looks on
 */
public record MethodPass(Gates gates, Dropout dropout, MethodObserver observer) {
    /** A method by itself, without gates, in a backbone's pass. */
    public static MethodPass of(Pass pass, MethodObserver observer) {
        return new MethodPass(Gates.NONE, pass.dropout(), observer);
    }

    /** The same pass for a sub-module with gates. */
    MethodPass gated(Gates other) {
        return new MethodPass(other, dropout, observer);
    }
}

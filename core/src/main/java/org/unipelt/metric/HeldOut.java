package org.unipelt.metric;

import java.util.Objects;
import java.util.Optional;

/**
 * What rows that a model did not learn from say about it.
 *
 * @param folds its scores by cross-validation; empty without folds
 * @param temperature the temperature that its logits are divided by; empty if they are as trained
 */
public record HeldOut(Optional<FoldScores> folds, Optional<Temperature> temperature) {
    /** No folds and no temperature. */
    public static final HeldOut NONE = new HeldOut(Optional.empty(), Optional.empty());

    /** Checks that nothing is null. */
    public HeldOut {
        Objects.requireNonNull(folds, "folds is null");
        Objects.requireNonNull(temperature, "temperature is null");
    }
}

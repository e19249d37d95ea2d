package org.unipelt.metric;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What rows that a model did not learn from say about it.
 *
 * @param folds its scores by cross-validation; empty without folds
 * @param temperature the temperature that its logits are divided by; empty if they are as trained
 * @param gates how far its gates open on the development rows, by layer, then by place; empty if it has none, or no such rows
 */
public record HeldOut(Optional<FoldScores> folds, Optional<Temperature> temperature, List<GateMean> gates) {
    /** No folds, no temperature and no gates. */
    public static final HeldOut NONE = new HeldOut(Optional.empty(), Optional.empty(), List.of());

    /** Checks that nothing is null. */
    public HeldOut {
        Objects.requireNonNull(folds, "folds is null");
        Objects.requireNonNull(temperature, "temperature is null");
        gates = List.copyOf(gates);
    }
}

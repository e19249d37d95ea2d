package org.unipelt.metric;

import java.util.Objects;

/**
 * How far a gate opens on some rows, to four decimals: 0 is shut, 1 is open.
 *
 * @param submodule the sub-module behind the gate, e.g. {@code lora}
 * @param layer its layer, counted from 0
 * @param place its place in the layer, e.g. {@code self.query}
 * @param mean over the rows
 * @param deviation the population standard deviation over the rows
 */
public record GateMean(String submodule, int layer, String place, double mean, double deviation) {
    private static final double DECIMALS = 1e4;

    /** Rounds the numbers. */
    public GateMean {
        Objects.requireNonNull(submodule, "submodule is null");
        Objects.requireNonNull(place, "place is null");
        mean = Math.round(mean * DECIMALS) / DECIMALS;
        deviation = Math.round(deviation * DECIMALS) / DECIMALS;
    }

    /** Whether both are of one gate. */
    public boolean isOf(GateMean other) {
        return submodule.equals(other.submodule) && layer == other.layer && place.equals(other.place);
    }
}

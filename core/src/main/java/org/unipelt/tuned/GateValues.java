package org.unipelt.tuned;

import java.util.Arrays;
import org.unipelt.backbone.Site;

/**
 * The values of one gate on a data set.
 *
 * @param submodule the method behind the gate, e.g. {@code lora}
 * @param site where it acts
 * @param values one per example, in the data set's order, between 0 and 1
 */
public record GateValues(String submodule, Site site, double[] values) {
    /** The mean over examples. */
    public double mean() {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }
}

package org.unipelt.experiment.report;

import java.util.Collection;
import java.util.List;
import org.hipparchus.stat.descriptive.moment.Mean;
import org.hipparchus.stat.descriptive.moment.StandardDeviation;

/**
 * Scores of runs that differ only in their seeds.
 *
 * @param values in order of seeds
 */
record Sample(List<Double> values) {
    Sample {
        values = List.copyOf(values);
    }

    static Sample of(Collection<Double> values) {
        return new Sample(List.copyOf(values));
    }

    int size() {
        return values.size();
    }

    /** The mean; NaN without values. */
    double mean() {
        return new Mean().evaluate(array());
    }

    /** The standard deviation with n - 1; NaN for fewer than two values. */
    double sd() {
        return values.size() < 2 ? Double.NaN : new StandardDeviation().evaluate(array());
    }

    private double[] array() {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}

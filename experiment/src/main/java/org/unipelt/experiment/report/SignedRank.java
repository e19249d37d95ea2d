package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.stat.inference.WilcoxonSignedRankTest;

/**
 * Wilcoxon's two-sided signed-rank test of paired differences. It assumes independent pairs, and differences symmetric
 * about 0 under the hypothesis. Leaves out differences of 0. Exact for up to {@value #EXACT} pairs without ties,
 * otherwise by the normal distribution.
 */
final class SignedRank {
    /** Most pairs for the exact test. */
    static final int EXACT = 20;

    private SignedRank() {}

    /** The p-value; NaN if all differences are 0. */
    static double p(List<Double> differences) {
        double[] kept = differences.stream()
                .mapToDouble(Double::doubleValue)
                .filter(difference -> difference != 0)
                .toArray();
        if (kept.length == 0) {
            return Double.NaN;
        }
        long sizes = java.util.Arrays.stream(kept).map(Math::abs).distinct().count();
        boolean exact = kept.length <= EXACT && sizes == kept.length;
        return Math.min(1, new WilcoxonSignedRankTest().wilcoxonSignedRankTest(new double[kept.length], kept, exact));
    }

    /** p-values adjusted for multiple comparisons (Holm 1979). NaN stays NaN and does not count. */
    static List<Double> holm(List<Double> ps) {
        List<Integer> ascending = IntStream.range(0, ps.size())
                .boxed()
                .filter(i -> !ps.get(i).isNaN())
                .sorted(Comparator.comparing(ps::get))
                .toList();
        List<Double> adjusted = new ArrayList<>(ps);
        double least = 0;
        for (int i = 0; i < ascending.size(); i++) {
            least = Math.max(least, Math.min(1, (ascending.size() - i) * ps.get(ascending.get(i))));
            adjusted.set(ascending.get(i), least);
        }
        return adjusted;
    }
}

package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.hipparchus.stat.inference.WilcoxonSignedRankTest;

/**
 * Wilcoxon's signed-rank test, two-sided, of paired differences. What it assumes: under the hypothesis of no difference
 * each pair's difference is as likely positive as negative, whatever its size, and pairs are independent. Differences of 0
 * are left out, as Wilcoxon did. Exact for {@value #EXACT} pairs or fewer without ties, else by the normal distribution.
 */
final class SignedRank {
    /** The most pairs for which all signs are gone through. */
    static final int EXACT = 20;

    private SignedRank() {}

    /** The probability of ranks as far from even as these or farther, without a difference; NaN if all are 0. */
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

    /** The same, held against having looked several times (Holm 1979); NaN stays NaN and is not counted. */
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

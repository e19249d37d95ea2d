package org.unipelt.metric;

import java.util.BitSet;
import java.util.List;

/**
 * A longest common subsequence of two token lists: the same tokens in the same order, possibly with others in between.
 */
final class CommonSubsequence {
    private final List<String> reference;
    private final List<String> prediction;
    /** {@code lengths[i][j]}: the length for the first i tokens of the reference and the first j of the prediction. */
    private final int[][] lengths;

    CommonSubsequence(List<String> reference, List<String> prediction) {
        this.reference = reference;
        this.prediction = prediction;
        this.lengths = new int[reference.size() + 1][prediction.size() + 1];
        for (int i = 1; i <= reference.size(); i++) {
            for (int j = 1; j <= prediction.size(); j++) {
                lengths[i][j] = same(i, j) ? lengths[i - 1][j - 1] + 1 : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }
    }

    int length() {
        return lengths[reference.size()][prediction.size()];
    }

    /**
     * Returns the positions of its tokens in the reference. Of several longest subsequences it takes the same one as
     * rouge-score, from the end: it takes a token that ends both lists. Otherwise it skips the reference's last token,
     * unless skipping the prediction's leaves a longer one. ROUGE-Lsum depends on this choice.
     */
    BitSet positions() {
        BitSet positions = new BitSet();
        int i = reference.size();
        int j = prediction.size();
        while (i > 0 && j > 0) {
            if (same(i, j)) {
                i--;
                j--;
                positions.set(i);
            } else if (lengths[i][j - 1] > lengths[i - 1][j]) {
                j--;
            } else {
                i--;
            }
        }
        return positions;
    }

    private boolean same(int i, int j) {
        return reference.get(i - 1).equals(prediction.get(j - 1));
    }
}

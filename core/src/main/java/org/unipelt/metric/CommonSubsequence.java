package org.unipelt.metric;

import java.util.BitSet;
import java.util.List;

/** A longest common subsequence of two token lists: the same tokens in the same order, with others between them. */
final class CommonSubsequence {
    private final List<String> reference;
    private final List<String> prediction;
    /** {@code lengths[i][j]}: of the first i tokens of the reference and the first j of the prediction. */
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
     * Where its tokens are in the reference. Of several that are equally long it is the one that rouge-score takes, read
     * from the end: a token that both end with belongs to it; else the reference's last token is passed over, unless
     * passing over the prediction's leaves more. ROUGE-Lsum depends on this choice.
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

package org.unipelt.task;

import java.util.Arrays;

/**
 * The most probable tags of a text's words among those that IOB2 allows: a name goes on only where it has begun. Given the
 * words' probabilities, which do not depend on each other, the Viterbi algorithm finds it:
 *
 * <pre>
 *   best(word, I-x) = log p(word, I-x) + max over before in {B-x, I-x} of best(word - 1, before)
 *   best(word, any other) = log p(word, other) + max over all before of best(word - 1, before)
 * </pre>
 *
 * @param tags the index of each word's tag, {@code [words]}
 * @param probabilities the softmax of each word's tag, {@code [words]}
 */
// Arrays of one text, which nobody changes.
@SuppressWarnings("ArrayRecordComponent")
record TagPath(int[] tags, double[] probabilities) {
    /**
     * Finds the path.
     *
     * @param logits {@code [words][tags]}
     */
    static TagPath best(float[][] logits) {
        int words = logits.length;
        int[] path = new int[words];
        double[] probabilities = new double[words];
        if (words == 0) {
            return new TagPath(path, probabilities);
        }
        int count = logits[0].length;
        double[][] logs = Arrays.stream(logits).map(TagPath::logSoftmax).toArray(double[][]::new);
        int[][] from = new int[words][count];
        double[] before = new double[count];
        Arrays.fill(before, Double.NEGATIVE_INFINITY);
        // A text begins as if a word outside of names stood before it.
        before[TokenClassification.OUTSIDE] = 0;
        for (int word = 0; word < words; word++) {
            int best = largest(before);
            double[] now = new double[count];
            for (int tag = 0; tag < count; tag++) {
                if (TokenClassification.goesOn(tag)) {
                    from[word][tag] = before[tag - 1] >= before[tag] ? tag - 1 : tag;
                } else {
                    from[word][tag] = best;
                }
                now[tag] = logs[word][tag] + before[from[word][tag]];
            }
            before = now;
        }
        int tag = largest(before);
        for (int word = words - 1; word >= 0; word--) {
            path[word] = tag;
            probabilities[word] = Math.exp(logs[word][tag]);
            tag = from[word][tag];
        }
        return new TagPath(path, probabilities);
    }

    private static int largest(double... values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    private static double[] logSoftmax(float... logits) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - largest);
        }
        double[] logs = new double[logits.length];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = logits[i] - largest - Math.log(sum);
        }
        return logs;
    }
}

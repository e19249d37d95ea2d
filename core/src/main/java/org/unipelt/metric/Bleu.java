package org.unipelt.metric;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.Version;

/**
 * How much a corpus of translations has in common with reference translations, from 0 to 100; more is better. K. Papineni
 * et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002, as sacreBLEU 2 computes it by default:
 * 13a tokens, case counts, n-grams of up to 4, one reference for each segment, exponential smoothing.
 *
 * <p>It is a measure of a corpus, not the mean of its segments' scores; for a single short segment it says little.
 *
 * @param score the brevity penalty times the geometric mean of the precisions, 0 to 100
 * @param precisions the percentage of the predictions' n-grams that are in their references, for n of 1 to 4. The first
 *     order of which none is found counts as if half an n-gram were, the next as if a quarter were, and so on
 *     (exponential smoothing); if not even one word is found, all are 0
 * @param brevityPenalty 1, or less if the predictions are shorter than the references in all
 * @param predictionLength tokens of all predictions
 * @param referenceLength tokens of all references
 */
public record Bleu(
        double score, List<Double> precisions, double brevityPenalty, long predictionLength, long referenceLength) {
    private static final int ORDERS = 4;

    /** Copies the precisions. */
    public Bleu {
        precisions = List.copyOf(precisions);
    }

    /**
     * Of a corpus.
     *
     * @param predictions one for each reference, as plain text; not split into tokens
     * @throws IllegalArgumentException if the lengths differ or there is no segment
     */
    public static Bleu of(List<String> predictions, List<String> references) {
        if (predictions.size() != references.size() || references.isEmpty()) {
            throw new IllegalArgumentException(
                    predictions.size() + " predictions for " + references.size() + " references");
        }
        long[] common = new long[ORDERS];
        long[] total = new long[ORDERS];
        long predictionLength = 0;
        long referenceLength = 0;
        for (int i = 0; i < references.size(); i++) {
            List<String> prediction = Tokenizer13a.tokens(predictions.get(i));
            List<String> reference = Tokenizer13a.tokens(references.get(i));
            predictionLength += prediction.size();
            referenceLength += reference.size();
            for (int n = 0; n < ORDERS; n++) {
                NGrams predicted = NGrams.of(prediction, n + 1);
                common[n] += predicted.common(NGrams.of(reference, n + 1));
                total[n] += predicted.total();
            }
        }
        List<Double> precisions = precisions(common, total);
        double brevityPenalty = brevityPenalty(predictionLength, referenceLength);
        // The logarithm of 0 is minus infinity, and so the score 0 if there are no n-grams of an order.
        double logarithms = precisions.stream().mapToDouble(Math::log).sum();
        double score = common[0] == 0 ? 0 : brevityPenalty * Math.exp(logarithms / ORDERS);
        return new Bleu(score, precisions, brevityPenalty, predictionLength, referenceLength);
    }

    /**
     * How it was computed, in sacreBLEU's words; to be given beside a score. The version is this library's, because
     * sacreBLEU itself was not run.
     */
    public static String signature() {
        return "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:unipelt-" + Version.text();
    }

    /** Smoothed by method 3 of B. Chen and C. Cherry (2014), which is mteval-v13a's. */
    private static List<Double> precisions(long[] common, long[] total) {
        List<Double> precisions = new ArrayList<>();
        double halved = 1;
        for (int n = 0; n < ORDERS; n++) {
            // Without a common word there is nothing to smooth; an order without n-grams stays 0.
            if (common[0] == 0 || total[n] == 0) {
                precisions.add(0.0);
            } else if (common[n] == 0) {
                halved /= 2;
                precisions.add(100 * halved / total[n]);
            } else {
                precisions.add(100.0 * common[n] / total[n]);
            }
        }
        return precisions;
    }

    private static double brevityPenalty(long prediction, long reference) {
        if (prediction >= reference) {
            return 1;
        }
        return prediction == 0 ? 0 : Math.exp(1 - (double) reference / prediction);
    }
}

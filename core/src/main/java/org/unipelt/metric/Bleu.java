package org.unipelt.metric;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.Version;

/**
 * BLEU: the overlap between a corpus of translations and its reference translations, from 0 to 100; higher is better.
 * K. Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002, with sacreBLEU 2's
 * defaults: 13a tokens, case-sensitive, n-grams up to 4, one reference per segment, exponential smoothing.
 *
 * <p>It scores a corpus and is not the mean of its segments' scores. For a single short segment it says little.
 *
 * @param score the brevity penalty times the geometric mean of the precisions, 0 to 100
 * @param precisions the percentage of the predictions' n-grams that occur in their references, for n from 1 to 4. The
 *     first order without a match counts as half a match, the next as a quarter, and so on (exponential smoothing).
 *     Without any common word, all are 0
 * @param brevityPenalty 1, or less if the predictions are shorter than the references in total
 * @param predictionLength the number of tokens of all predictions
 * @param referenceLength the number of tokens of all references
 */
public record Bleu(
        double score, List<Double> precisions, double brevityPenalty, long predictionLength, long referenceLength) {
    private static final int ORDERS = 4;

    /** Copies the precisions. */
    public Bleu {
        precisions = List.copyOf(precisions);
    }

    /**
     * Computes BLEU for a corpus.
     *
     * @param predictions one for each reference, as plain, untokenized text
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
        // The logarithm of 0 is minus infinity, so the score is 0 if an order has no n-grams.
        double logarithms = precisions.stream().mapToDouble(Math::log).sum();
        double score = common[0] == 0 ? 0 : brevityPenalty * Math.exp(logarithms / ORDERS);
        return new Bleu(score, precisions, brevityPenalty, predictionLength, referenceLength);
    }

    /**
     * Describes the computation in sacreBLEU's format. Give it with a score. The version is this library's, because
     * sacreBLEU itself did not run.
     */
    public static String signature() {
        return "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:unipelt-" + Version.text();
    }

    /** Smooths by method 3 of B. Chen and C. Cherry (2014), as mteval-v13a does. */
    private static List<Double> precisions(long[] common, long[] total) {
        List<Double> precisions = new ArrayList<>();
        double halved = 1;
        for (int n = 0; n < ORDERS; n++) {
            // Without a common word there is nothing to smooth. An order without n-grams stays 0.
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

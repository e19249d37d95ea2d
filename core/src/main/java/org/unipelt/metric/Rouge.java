package org.unipelt.metric;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * ROUGE: how much of a reference text a predicted one contains, from 0 to 1; higher is better. C.-Y. Lin, "ROUGE: A
 * Package for Automatic Evaluation of Summaries", 2004, as Google's {@code rouge-score} 0.1.2 computes it.
 *
 * <p>Texts are lowered and split at everything but {@code a-z} and {@code 0-9}: "café" is the word "caf", and a text in
 * another script has no words. Optional stemming applies Porter's stemmer to words of four letters and more, so that
 * "report" matches "reported"; it is for English.
 *
 * @param rouge1 for single words
 * @param rouge2 for pairs of adjacent words
 * @param rougeL for the longest common subsequence of the whole texts
 * @param rougeLsum for the longest common subsequences of each reference line with all prediction lines; put each
 *     sentence on its own line, because sentences are not detected here
 */
public record Rouge(Score rouge1, Score rouge2, Score rougeL, Score rougeLsum) {
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^a-z0-9]+");
    private static final int LONGEST_UNSTEMMED = 3;

    /**
     * One of the scores.
     *
     * @param precision the share of the prediction that is in the reference
     * @param recall the share of the reference that is in the prediction
     * @param fMeasure their harmonic mean, which papers report; 0 if both are 0
     */
    public record Score(double precision, double recall, double fMeasure) {
        /** Returns 0 for a share of nothing. */
        private static Score of(int common, int predicted, int reference) {
            double precision = predicted == 0 ? 0 : (double) common / predicted;
            double recall = reference == 0 ? 0 : (double) common / reference;
            return new Score(precision, recall, common == 0 ? 0 : 2 * precision * recall / (precision + recall));
        }
    }

    /** Computes ROUGE for one prediction with stemming, like Hugging Face's summarization script. */
    public static Rouge of(String prediction, String reference) {
        return of(prediction, reference, true);
    }

    /**
     * Computes ROUGE for one prediction.
     *
     * @param stem whether words with the same stem match. Papers on summarization and Hugging Face's script use it;
     *     rouge-score's default does not
     */
    public static Rouge of(String prediction, String reference, boolean stem) {
        List<String> predicted = tokens(prediction, stem);
        List<String> expected = tokens(reference, stem);
        int common = new CommonSubsequence(expected, predicted).length();
        return new Rouge(
                ofNGrams(predicted, expected, 1),
                ofNGrams(predicted, expected, 2),
                Score.of(common, predicted.size(), expected.size()),
                ofLines(lines(prediction, stem), lines(reference, stem)));
    }

    /**
     * Computes ROUGE for a corpus: the mean over its pairs.
     *
     * @param predictions one for each reference
     * @param stem whether words with the same stem match
     * @throws IllegalArgumentException if the lengths differ or there is no pair
     */
    public static Rouge of(List<String> predictions, List<String> references, boolean stem) {
        if (predictions.size() != references.size()) {
            throw new IllegalArgumentException(
                    predictions.size() + " predictions for " + references.size() + " references");
        }
        return mean(IntStream.range(0, predictions.size())
                .mapToObj(i -> of(predictions.get(i), references.get(i), stem))
                .toList());
    }

    /**
     * Averages precisions, recalls and F-measures separately, so the mean F-measure is not that of the mean precision
     * and recall. Hugging Face's script instead reports the median of the means of a thousand random samples of the
     * pairs, which is near this mean but differs in each run.
     *
     * @throws IllegalArgumentException if the list is empty
     */
    public static Rouge mean(List<Rouge> rouges) {
        if (rouges.isEmpty()) {
            throw new IllegalArgumentException("no pair to take the mean of");
        }
        return new Rouge(
                mean(rouges, Rouge::rouge1),
                mean(rouges, Rouge::rouge2),
                mean(rouges, Rouge::rougeL),
                mean(rouges, Rouge::rougeLsum));
    }

    private static Score mean(List<Rouge> rouges, Function<Rouge, Score> which) {
        List<Score> scores = rouges.stream().map(which).toList();
        return new Score(mean(scores, Score::precision), mean(scores, Score::recall), mean(scores, Score::fMeasure));
    }

    private static double mean(List<Score> scores, ToDoubleFunction<Score> which) {
        return scores.stream().mapToDouble(which).average().orElseThrow();
    }

    private static Score ofNGrams(List<String> prediction, List<String> reference, int n) {
        NGrams predicted = NGrams.of(prediction, n);
        NGrams expected = NGrams.of(reference, n);
        return Score.of(expected.common(predicted), predicted.total(), expected.total());
    }

    /**
     * Matches each reference line with the union of its common subsequences with the prediction's lines (the paper's
     * section 3.2). A token then counts at most as often as the prediction has it, as in the paper's program but not in
     * the paper.
     */
    private static Score ofLines(List<List<String>> prediction, List<List<String>> reference) {
        Map<String, Integer> left = new HashMap<>();
        prediction.forEach(line -> line.forEach(token -> left.merge(token, 1, Integer::sum)));
        int common = 0;
        for (List<String> line : reference) {
            BitSet union = new BitSet();
            prediction.forEach(predicted -> union.or(new CommonSubsequence(line, predicted).positions()));
            for (int position : union.stream().toArray()) {
                if (left.merge(line.get(position), -1, Integer::sum) >= 0) {
                    common++;
                }
            }
        }
        return Score.of(common, size(prediction), size(reference));
    }

    private static int size(List<List<String>> lines) {
        return lines.stream().mapToInt(List::size).sum();
    }

    private static List<List<String>> lines(String text, boolean stem) {
        List<List<String>> lines = new ArrayList<>();
        for (String line : text.split("\n")) {
            lines.add(tokens(line, stem));
        }
        return lines;
    }

    private static List<String> tokens(String text, boolean stem) {
        return BETWEEN_WORDS
                .splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .map(word -> stem && word.length() > LONGEST_UNSTEMMED ? PorterStemmer.stem(word) : word)
                .toList();
    }
}

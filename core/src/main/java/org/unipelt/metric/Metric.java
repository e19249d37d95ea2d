package org.unipelt.metric;

import java.util.Arrays;
import java.util.List;
import org.hipparchus.stat.correlation.PearsonsCorrelation;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.unipelt.InputException;
import org.unipelt.Words;

/**
 * How good predictions are, as one number; more is better. The definitions are those of GLUE, and so of scikit-learn and
 * SciPy.
 */
public enum Metric {
    /** The share of right predictions. */
    ACCURACY(Kind.CLASSES),
    /**
     * F1 of the class with index 1, the positive one: {@code 2 tp / (2 tp + fp + fn)}. For two classes only. 0 if that
     * class neither occurs nor is predicted.
     */
    F1(Kind.CLASSES),
    /** The mean over classes of each one's F1; classes that neither occur nor are predicted do not count. */
    MACRO_F1(Kind.CLASSES),
    /** Matthews' correlation coefficient, for any number of classes (Gorodkin 2004); 0 if either side is constant. */
    MATTHEWS(Kind.CLASSES),
    /** Pearson's correlation; NaN if either side is constant or there are fewer than two examples. */
    PEARSON(Kind.SCORES),
    /** Spearman's rank correlation, ties at their mean rank; NaN as for Pearson's. */
    SPEARMAN(Kind.SCORES),
    /** The mean over texts of ROUGE-1's F-measure, words stemmed; see {@link Rouge}. */
    ROUGE_1(Kind.TEXTS),
    /** The same of ROUGE-2. */
    ROUGE_2(Kind.TEXTS),
    /** The same of ROUGE-L. */
    ROUGE_L(Kind.TEXTS),
    /** The same of ROUGE-Lsum, which takes lines for sentences. */
    ROUGE_LSUM(Kind.TEXTS),
    /** Corpus BLEU as sacreBLEU has it, from 0 to 100; see {@link Bleu}. */
    BLEU(Kind.TEXTS);

    /** What a metric compares. */
    private enum Kind {
        CLASSES,
        SCORES,
        TEXTS
    }

    private final Kind kind;

    Metric(Kind kind) {
        this.kind = kind;
    }

    /**
     * The metric of a name, e.g. {@code macro-f1}; upper and lower case are the same.
     *
     * @throws InputException if there is none; suggests the nearest
     */
    public static Metric named(String name) {
        return Words.constant(Metric.class, "metric", name);
    }

    /** Its name in commands, files and tables. */
    public String text() {
        return Words.of(this);
    }

    /**
     * Whether a value is better than the best so far. Strictly: an equal one is not, and NaN never is; but any number is
     * better than NaN. Early stopping therefore treats a model whose predictions are all the same as no progress.
     */
    public static boolean improves(double candidate, double best) {
        return !Double.isNaN(candidate) && (Double.isNaN(best) || candidate > best);
    }

    /**
     * The value for classes.
     *
     * @param predicted the predicted class of each example, as an index
     * @param gold the right class of each example, as an index
     * @throws InputException if this metric does not compare classes, or is F1 and there are more than two classes
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(int[] predicted, int[] gold) {
        requireSameLength(predicted.length, gold.length);
        return of(new Counts(predicted, gold));
    }

    /**
     * The value for classes that were counted already, as a bootstrap does for thousands of samples of the same rows.
     *
     * @param confusion {@code confusion[right class][predicted class]}, a square
     * @throws InputException if this metric does not compare classes, or is F1 and there are more than two classes
     */
    public double of(long[][] confusion) {
        return of(new Counts(confusion));
    }

    private double of(Counts counts) {
        return switch (this) {
            case ACCURACY -> counts.accuracy();
            case F1 -> {
                if (counts.classes() > 2) {
                    throw new InputException("metric f1 is for two classes; take macro-f1 for more");
                }
                yield counts.f1(1);
            }
            case MACRO_F1 -> counts.macroF1();
            case MATTHEWS -> counts.matthews();
            case PEARSON, SPEARMAN, ROUGE_1, ROUGE_2, ROUGE_L, ROUGE_LSUM, BLEU ->
                throw new InputException("metric " + text() + " compares " + Words.of(kind)
                        + "; take accuracy, macro-f1 or matthews for classes");
        };
    }

    /**
     * The value for scores. A NaN among them gives NaN.
     *
     * @param predicted the predicted score of each example
     * @param gold the right score of each example
     * @throws InputException if this metric does not compare scores
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(double[] predicted, double[] gold) {
        requireSameLength(predicted.length, gold.length);
        if (kind != Kind.SCORES) {
            throw new InputException(
                    "metric " + text() + " compares " + Words.of(kind) + "; take pearson or spearman for scores");
        }
        if (constantOrNaN(predicted) || constantOrNaN(gold)) {
            return Double.NaN;
        }
        return this == PEARSON
                ? new PearsonsCorrelation().correlation(predicted, gold)
                : new SpearmansCorrelation().correlation(predicted, gold);
    }

    /**
     * The value for texts.
     *
     * @param written what was written for each example
     * @param references what should have been
     * @throws InputException if this metric does not compare texts
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(List<String> written, List<String> references) {
        requireSameLength(written.size(), references.size());
        return switch (this) {
            case ROUGE_1 -> rouge(written, references).rouge1().fMeasure();
            case ROUGE_2 -> rouge(written, references).rouge2().fMeasure();
            case ROUGE_L -> rouge(written, references).rougeL().fMeasure();
            case ROUGE_LSUM -> rouge(written, references).rougeLsum().fMeasure();
            case BLEU -> Bleu.of(written, references).score();
            case ACCURACY, F1, MACRO_F1, MATTHEWS, PEARSON, SPEARMAN ->
                throw new InputException("metric " + text() + " compares " + Words.of(kind)
                        + "; take rouge-l, rouge-2 or bleu for texts");
        };
    }

    private static Rouge rouge(List<String> written, List<String> references) {
        return Rouge.of(written, references, true);
    }

    private static boolean constantOrNaN(double[] values) {
        return Arrays.stream(values).anyMatch(Double::isNaN)
                || Arrays.stream(values).allMatch(value -> value == values[0]);
    }

    private static void requireSameLength(int predicted, int gold) {
        if (predicted != gold || gold == 0) {
            throw new IllegalArgumentException(predicted + " predictions for " + gold + " examples");
        }
    }
}

package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import org.hipparchus.stat.correlation.PearsonsCorrelation;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.unipelt.InputException;
import org.unipelt.data.Labels;

/**
 * How good predictions are, as one number; more is better. The definitions are those of GLUE, and so of scikit-learn and
 * SciPy.
 */
public enum Metric {
    /** The share of right predictions. */
    ACCURACY("accuracy", false),
    /**
     * F1 of the class with index 1, the positive one: {@code 2 tp / (2 tp + fp + fn)}. For two classes only. 0 if that
     * class neither occurs nor is predicted.
     */
    F1("f1", false),
    /** The mean over classes of each one's F1; classes that neither occur nor are predicted do not count. */
    MACRO_F1("macro-f1", false),
    /** Matthews' correlation coefficient, for any number of classes (Gorodkin 2004); 0 if either side is constant. */
    MATTHEWS("matthews", false),
    /** Pearson's correlation; NaN if either side is constant or there are fewer than two examples. */
    PEARSON("pearson", true),
    /** Spearman's rank correlation, ties at their mean rank; NaN as for Pearson's. */
    SPEARMAN("spearman", true);

    private final String text;
    private final boolean forScores;

    Metric(String text, boolean forScores) {
        this.text = text;
        this.forScores = forScores;
    }

    /**
     * The metric of a name, e.g. {@code macro-f1}; upper and lower case are the same.
     *
     * @throws InputException if there is none; suggests the nearest
     */
    public static Metric named(String name) {
        return Arrays.stream(values())
                .filter(metric -> metric.text.equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "metric",
                        name,
                        Arrays.stream(values()).map(Metric::text).toList()));
    }

    /** The metrics that can be computed for these labels, the usual main one first. */
    public static List<Metric> fitting(Labels labels) {
        if (labels instanceof Labels.Score) {
            return List.of(SPEARMAN, PEARSON);
        }
        return labels.outputs() == 2
                ? List.of(ACCURACY, F1, MACRO_F1, MATTHEWS)
                : List.of(ACCURACY, MACRO_F1, MATTHEWS);
    }

    /** Its name in commands, files and tables. */
    public String text() {
        return text;
    }

    /** Whether it compares scores (regression); else it compares classes. */
    public boolean forScores() {
        return forScores;
    }

    /**
     * Checks before training that this metric can judge such labels.
     *
     * @throws InputException if it cannot; names those that can
     */
    public void requireFits(Labels labels) {
        List<Metric> fitting = fitting(labels);
        if (!fitting.contains(this)) {
            String are = labels instanceof Labels.Score ? "scores" : labels.outputs() + " classes";
            throw new InputException("metric " + text + " does not fit labels that are " + are + "; take one of: "
                    + String.join(", ", fitting.stream().map(Metric::text).toList()));
        }
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
     * @throws InputException if this metric compares scores, or is F1 and there are more than two classes
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(int[] predicted, int[] gold) {
        requireSameLength(predicted.length, gold.length);
        Counts counts = new Counts(predicted, gold);
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
            case PEARSON, SPEARMAN ->
                throw new InputException(
                        "metric " + text + " compares scores; take accuracy, macro-f1 or matthews for classes");
        };
    }

    /**
     * The value for scores. A NaN among them gives NaN.
     *
     * @param predicted the predicted score of each example
     * @param gold the right score of each example
     * @throws InputException if this metric compares classes
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(double[] predicted, double[] gold) {
        requireSameLength(predicted.length, gold.length);
        if (!forScores) {
            throw new InputException("metric " + text + " compares classes; take pearson or spearman for scores");
        }
        if (constantOrNaN(predicted) || constantOrNaN(gold)) {
            return Double.NaN;
        }
        return this == PEARSON
                ? new PearsonsCorrelation().correlation(predicted, gold)
                : new SpearmansCorrelation().correlation(predicted, gold);
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

package org.unipelt.metric;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.hipparchus.stat.correlation.PearsonsCorrelation;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.unipelt.InputException;
import org.unipelt.Words;

/**
 * The quality of predictions as one number; higher is better. The definitions are those of GLUE, and so of scikit-learn
 * and SciPy.
 */
public enum Metric {
    /** The share of correct predictions. */
    ACCURACY(Kind.CLASSES),
    /**
     * F1 of the positive class, which has index 1: {@code 2 tp / (2 tp + fp + fn)}. For two classes only. 0 if the
     * class neither occurs nor is predicted.
     */
    F1(Kind.CLASSES),
    /**
     * The mean of the classes' F1; classes that neither occur nor are predicted do not count. For label sets the mean of
     * the labels' F1, in which such a label counts as 0.
     */
    MACRO_F1(Kind.CLASSES),
    /** Matthews' correlation coefficient, for any number of classes (Gorodkin 2004); 0 if either side is constant. */
    MATTHEWS(Kind.CLASSES),
    /** Of label sets, F1 over all decisions: each label of each row counts the same. 0 if there is no label at all. */
    MICRO_F1(Kind.LABEL_SETS),
    /** The mean over rows of the F1 of their labels; a row without labels counts as 0, even if none is predicted. */
    SAMPLES_F1(Kind.LABEL_SETS),
    /** The mean over labels of the precision averaged over all thresholds; 0 for a label that no row has. */
    AVERAGE_PRECISION(Kind.LABEL_SETS),
    /** The share of rows whose labels are all right, and no others predicted: the subset accuracy. */
    EXACT_MATCH(Kind.LABEL_SETS),
    /** Of entities, F1 over all of them: an entity counts if its type and both ends are right, as in seqeval. 0 without any. */
    ENTITY_F1(Kind.ENTITIES),
    /** Of the entities that were found, the share that are right. */
    ENTITY_PRECISION(Kind.ENTITIES),
    /** Of the right entities, the share that were found. */
    ENTITY_RECALL(Kind.ENTITIES),
    /** The mean of the types' F1; types that neither occur nor are found do not count. */
    ENTITY_MACRO_F1(Kind.ENTITIES),
    /** Pearson's correlation; NaN if either side is constant or there are fewer than two examples. */
    PEARSON(Kind.SCORES),
    /** Spearman's rank correlation, with ties at their mean rank; NaN as for Pearson's. */
    SPEARMAN(Kind.SCORES),
    /** The mean over queries of 1 / the rank of the first relevant text; see {@link RankingScore}. NaN if no query has one. */
    MRR(Kind.RANKINGS),
    /** The mean over queries of nDCG at 10; see {@link RankingScore}. */
    NDCG_10(Kind.RANKINGS),
    /** The mean over queries of the average precision; see {@link RankingScore}. */
    MAP(Kind.RANKINGS),
    /** The mean over texts of ROUGE-1's F-measure with stemmed words; see {@link Rouge}. */
    ROUGE_1(Kind.TEXTS),
    /** The same for ROUGE-2. */
    ROUGE_2(Kind.TEXTS),
    /** The same for ROUGE-L. */
    ROUGE_L(Kind.TEXTS),
    /** The same for ROUGE-Lsum, which treats lines as sentences. */
    ROUGE_LSUM(Kind.TEXTS),
    /** Corpus BLEU as in sacreBLEU, from 0 to 100; see {@link Bleu}. */
    BLEU(Kind.TEXTS);

    /** What a metric compares. */
    private enum Kind {
        CLASSES,
        LABEL_SETS,
        ENTITIES,
        SCORES,
        RANKINGS,
        TEXTS
    }

    private static final int NDCG_PLACES = 10;

    private final Kind kind;

    Metric(Kind kind) {
        this.kind = kind;
    }

    /**
     * Returns the metric of a name, e.g. {@code macro-f1}, ignoring case.
     *
     * @throws InputException if there is none; suggests the nearest
     */
    public static Metric named(String name) {
        return Words.constant(Metric.class, "metric", name);
    }

    /** Returns its name in commands, files and tables. */
    public String text() {
        return Words.of(this);
    }

    /**
     * Returns whether a value is strictly better than the best so far. NaN is never better; any number is better than
     * NaN. An equal value is not better, so early stopping counts a model with constant predictions as no progress.
     */
    public static boolean improves(double candidate, double best) {
        return !Double.isNaN(candidate) && (Double.isNaN(best) || candidate > best);
    }

    /**
     * Computes the metric for classes.
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
     * Computes the metric from counts, as a bootstrap does for thousands of samples of the same rows.
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
                    throw new InputException("metric f1 is for two classes; use macro-f1 for more");
                }
                yield counts.f1(1);
            }
            case MACRO_F1 -> counts.macroF1();
            case MATTHEWS -> counts.matthews();
            case MICRO_F1,
                    SAMPLES_F1,
                    AVERAGE_PRECISION,
                    EXACT_MATCH,
                    ENTITY_F1,
                    ENTITY_PRECISION,
                    ENTITY_RECALL,
                    ENTITY_MACRO_F1,
                    PEARSON,
                    SPEARMAN,
                    MRR,
                    NDCG_10,
                    MAP,
                    ROUGE_1,
                    ROUGE_2,
                    ROUGE_L,
                    ROUGE_LSUM,
                    BLEU ->
                throw new InputException("metric " + text() + " compares " + compared()
                        + "; use accuracy, macro-f1 or matthews for classes");
        };
    }

    private String compared() {
        return Words.of(kind).replace('-', ' ');
    }

    /**
     * Computes the metric for label sets.
     *
     * @param predicted which labels each row is predicted to have, {@code [rows][labels]}
     * @param gold which labels each row has, {@code [rows][labels]}
     * @param times how often each row counts, as in a sample with replacement
     * @throws InputException if this metric does not compare label sets, or is the average precision, which compares
     *     probabilities
     * @throws IllegalArgumentException if the lengths differ or there is no row
     */
    public double of(boolean[][] predicted, boolean[][] gold, int... times) {
        requireSameLength(predicted.length, gold.length);
        requireSameLength(times.length, gold.length);
        SetCounts counts = new SetCounts(predicted, gold, times);
        return switch (this) {
            case MICRO_F1 -> counts.microF1();
            case MACRO_F1 -> counts.macroF1();
            case SAMPLES_F1 -> counts.samplesF1();
            case EXACT_MATCH -> counts.exactMatch();
            case AVERAGE_PRECISION ->
                throw new InputException(
                        "metric " + text() + " compares probabilities; use micro-f1 or macro-f1 for label sets alone");
            case ACCURACY,
                    F1,
                    MATTHEWS,
                    ENTITY_F1,
                    ENTITY_PRECISION,
                    ENTITY_RECALL,
                    ENTITY_MACRO_F1,
                    PEARSON,
                    SPEARMAN,
                    MRR,
                    NDCG_10,
                    MAP,
                    ROUGE_1,
                    ROUGE_2,
                    ROUGE_L,
                    ROUGE_LSUM,
                    BLEU ->
                throw new InputException("metric " + text() + " compares " + compared()
                        + "; use micro-f1, macro-f1 or exact-match for label sets");
        };
    }

    /**
     * Computes the metric for label sets from probabilities.
     *
     * @param probabilities of the labels of each row, {@code [rows][labels]}
     * @param thresholds the least probability at which each label is predicted
     * @param gold which labels each row has, {@code [rows][labels]}
     * @throws InputException if this metric does not compare label sets
     * @throws IllegalArgumentException if the lengths differ or there is no row
     */
    public double of(double[][] probabilities, List<Double> thresholds, boolean[][] gold) {
        requireSameLength(probabilities.length, gold.length);
        if (this == AVERAGE_PRECISION) {
            return IntStream.range(0, thresholds.size())
                    .mapToDouble(label -> LabelScore.averagePrecision(
                            LabelScore.column(probabilities, label), LabelScore.column(gold, label)))
                    .average()
                    .orElseThrow();
        }
        int[] once = new int[gold.length];
        Arrays.fill(once, 1);
        return of(LabelScore.passing(probabilities, thresholds), gold, once);
    }

    /**
     * Computes the metric for entities.
     *
     * @throws InputException if this metric does not compare entities
     */
    public double of(EntityCounts counts) {
        return switch (this) {
            case ENTITY_F1 -> counts.f1();
            case ENTITY_PRECISION -> counts.precision();
            case ENTITY_RECALL -> counts.recall();
            case ENTITY_MACRO_F1 -> counts.macroF1();
            default ->
                throw new InputException("metric " + text() + " compares " + compared()
                        + "; use entity-f1 or entity-macro-f1 for names found in texts");
        };
    }

    /**
     * Computes the metric for scores. A NaN among them gives NaN.
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
                    "metric " + text() + " compares " + compared() + "; use pearson or spearman for scores");
        }
        if (constantOrNaN(predicted) || constantOrNaN(gold)) {
            return Double.NaN;
        }
        return this == PEARSON
                ? new PearsonsCorrelation().correlation(predicted, gold)
                : new SpearmansCorrelation().correlation(predicted, gold);
    }

    /**
     * Computes the metric for rankings.
     *
     * @param queries the number of each row's query
     * @param scores each row's score; the largest comes first
     * @param grades each row's grade, 0 or more
     * @throws InputException if this metric does not compare rankings
     * @throws IllegalArgumentException if the lengths differ or there is no row
     */
    public double of(int[] queries, double[] scores, double[] grades) {
        RankingScore.Values values =
                RankingScore.of(queries, scores, grades, List.of(NDCG_PLACES)).scores();
        return switch (this) {
            case MRR -> values.mrr();
            case NDCG_10 -> Objects.requireNonNull(values.ndcg().get(NDCG_PLACES));
            case MAP -> values.map();
            default ->
                throw new InputException(
                        "metric " + text() + " compares " + compared() + "; use ndcg-10, mrr or map for rankings");
        };
    }

    /**
     * Computes the metric for texts.
     *
     * @param generated the generated text of each example
     * @param references the reference text of each example
     * @throws InputException if this metric does not compare texts
     * @throws IllegalArgumentException if the lengths differ or there is no example
     */
    public double of(List<String> generated, List<String> references) {
        requireSameLength(generated.size(), references.size());
        return switch (this) {
            case ROUGE_1 -> rouge(generated, references).rouge1().fMeasure();
            case ROUGE_2 -> rouge(generated, references).rouge2().fMeasure();
            case ROUGE_L -> rouge(generated, references).rougeL().fMeasure();
            case ROUGE_LSUM -> rouge(generated, references).rougeLsum().fMeasure();
            case BLEU -> Bleu.of(generated, references).score();
            case ACCURACY,
                    F1,
                    MACRO_F1,
                    MATTHEWS,
                    MICRO_F1,
                    SAMPLES_F1,
                    AVERAGE_PRECISION,
                    EXACT_MATCH,
                    ENTITY_F1,
                    ENTITY_PRECISION,
                    ENTITY_RECALL,
                    ENTITY_MACRO_F1,
                    PEARSON,
                    SPEARMAN,
                    MRR,
                    NDCG_10,
                    MAP ->
                throw new InputException(
                        "metric " + text() + " compares " + compared() + "; use rouge-l, rouge-2 or bleu for texts");
        };
    }

    private static Rouge rouge(List<String> generated, List<String> references) {
        return Rouge.of(generated, references, true);
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

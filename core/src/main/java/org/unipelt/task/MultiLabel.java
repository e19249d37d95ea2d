package org.unipelt.task;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Device;

/**
 * Gives a text any number of labels, also none: multi-label classification. A sigmoid over each logit is the probability
 * of one label, whatever the others are; the loss is binary cross-entropy, the mean over labels and rows, as in
 * transformers' {@code multi_label_classification}. A text gets the labels that pass their thresholds.
 *
 * <p>F1 over all decisions is the usual main metric: each decision counts the same, so it depends least on labels of
 * which the development rows hold one or two.
 *
 * @param names the labels' names; a label's index is its position in this list
 * @param thresholds the least probability at which a text gets each label, from 0 to 1
 */
public record MultiLabel(List<String> names, List<Double> thresholds) implements HeadTask {
    /** Returns the task with the thresholds of one half. */
    public static MultiLabel usual(List<String> names) {
        return new MultiLabel(names, Collections.nCopies(names.size(), LabelScore.USUAL_THRESHOLD));
    }

    /** Checks that there are at least two labels with distinct names, and a threshold for each. */
    public MultiLabel {
        names = new Labels.Multi(names).names();
        thresholds = List.copyOf(thresholds);
        if (thresholds.size() != names.size()) {
            throw new InputException(
                    thresholds.size() + " thresholds for " + names.size() + " labels; give one for each");
        }
        for (double threshold : thresholds) {
            if (!(threshold >= 0 && threshold <= 1)) {
                throw new InputException("a threshold is " + threshold + "; give a number from 0 to 1");
            }
        }
    }

    @Override
    public Labels.Multi labels() {
        return new Labels.Multi(names);
    }

    @Override
    public List<Metric> metrics() {
        return List.of(
                Metric.MICRO_F1, Metric.MACRO_F1, Metric.SAMPLES_F1, Metric.AVERAGE_PRECISION, Metric.EXACT_MATCH);
    }

    @Override
    public int outputs() {
        return names.size();
    }

    @Override
    public Gold gold(Dataset rows) {
        return new Sets(labels().indicators(rows), thresholds);
    }

    /** {@inheritDoc} Binary cross-entropy; {@code gold} holds 1 for each label of a row, else 0 {@code [batch, labels]}. */
    @Override
    public Tensor loss(Tensor logits, Tensor gold) {
        return torch.binary_cross_entropy_with_logits(
                logits, Device.of(logits).move(gold).to(logits.scalar_type()));
    }

    @Override
    public Answer answer(float... logits) {
        double[] probabilities = sigmoid(logits);
        Map<String, Double> all = new LinkedHashMap<>();
        IntStream.range(0, probabilities.length).forEach(i -> all.put(names.get(i), probabilities[i]));
        return new Answer.Labels(
                IntStream.range(0, probabilities.length)
                        .filter(i -> probabilities[i] >= thresholds.get(i))
                        .mapToObj(names::get)
                        .toList(),
                all);
    }

    private static double[] sigmoid(float... logits) {
        return IntStream.range(0, logits.length)
                .mapToDouble(i -> 1 / (1 + Math.exp(-logits[i])))
                .toArray();
    }

    @Override
    public boolean softens() {
        return true;
    }

    @Override
    public boolean decides() {
        return true;
    }

    @Override
    public MultiLabel decided(Gold gold) {
        return new MultiLabel(names, ((Sets) gold).thresholds());
    }

    /**
     * The right labels of rows.
     *
     * @param sets which labels each row has, {@code [rows][labels]}
     * @param thresholds the least probability at which a text gets each label
     */
    public record Sets(boolean[][] sets, List<Double> thresholds) implements Gold {
        /** {@inheritDoc} Each label's threshold is the one with the largest F1 on these rows. */
        @Override
        public Sets decided(float[][] logits) {
            return new Sets(sets, LabelScore.bestThresholds(probabilities(logits), sets));
        }

        @Override
        public int size() {
            return sets.length;
        }

        @Override
        public Gold of(int... rows) {
            return new Sets(picked(rows), thresholds);
        }

        private boolean[][] picked(int... rows) {
            return Arrays.stream(rows).mapToObj(row -> sets[row]).toArray(boolean[][]::new);
        }

        @Override
        public Tensor at(int... rows) {
            int labels = thresholds.size();
            float[] flat = new float[rows.length * labels];
            for (int i = 0; i < rows.length; i++) {
                for (int label = 0; label < labels; label++) {
                    flat[i * labels + label] = sets[rows[i]][label] ? 1 : 0;
                }
            }
            return Tensor.create(flat, rows.length, labels);
        }

        /** {@inheritDoc} Here the rarest of its labels. */
        @Override
        public int[] strata(int... rows) {
            return Labels.Multi.strata(thresholds.size(), picked(rows));
        }

        @Override
        public double score(Metric metric, float[][] logits) {
            return metric.of(probabilities(logits), thresholds, sets);
        }

        @Override
        public List<Number> right() {
            return numbers(sets);
        }

        @Override
        public List<Number> predicted(float[][] logits) {
            return numbers(LabelScore.passing(probabilities(logits), thresholds));
        }

        @Override
        public Optional<List<LabelScore>> labelScores(Labels labels, float[][] logits) {
            return Optional.of(LabelScore.of(labels.names(), thresholds, probabilities(logits), sets));
        }

        private static double[][] probabilities(float[][] logits) {
            return Arrays.stream(logits).map(MultiLabel::sigmoid).toArray(double[][]::new);
        }

        private static List<Number> numbers(boolean[][] rows) {
            return Arrays.stream(rows).map(Sets::number).toList();
        }

        /** The smallest type that holds a set's bits, which is the type that a file gives back. */
        private static Number number(boolean... set) {
            BigInteger bits = BigInteger.ZERO;
            for (int label = 0; label < set.length; label++) {
                bits = set[label] ? bits.setBit(label) : bits;
            }
            if (bits.bitLength() < Integer.SIZE) {
                return bits.intValue();
            }
            return bits.bitLength() < Long.SIZE ? (Number) bits.longValue() : bits;
        }
    }
}

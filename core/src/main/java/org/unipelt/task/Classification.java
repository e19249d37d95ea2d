package org.unipelt.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.metric.ClassProbabilities;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Device;

/**
 * Assigns one of several classes to a text: softmax over the logits, cross-entropy.
 *
 * @param classes the classes' names; a class's index is its position in this list
 */
public record Classification(List<String> classes) implements HeadTask {
    /** Checks that there are at least two classes with distinct names. */
    public Classification {
        classes = new Labels.Classes(classes).names();
    }

    @Override
    public Labels.Classes labels() {
        return new Labels.Classes(classes);
    }

    @Override
    public List<Metric> metrics() {
        return classes.size() == 2
                ? List.of(Metric.ACCURACY, Metric.F1, Metric.MACRO_F1, Metric.MATTHEWS)
                : List.of(Metric.ACCURACY, Metric.MACRO_F1, Metric.MATTHEWS);
    }

    @Override
    public int outputs() {
        return classes.size();
    }

    @Override
    public Gold gold(Dataset rows) {
        return new Indices(labels().indices(rows));
    }

    /** {@inheritDoc} Cross-entropy; {@code gold} holds indices (Long) {@code [batch]}. */
    @Override
    public Tensor loss(Tensor logits, Tensor gold) {
        return torch.cross_entropy_loss(logits, Device.of(logits).move(gold), new TensorOptional(), 1, -100, 0.0);
    }

    @Override
    public Answer answer(float... logits) {
        double[] probabilities = softmax(logits);
        Map<String, Double> all = new LinkedHashMap<>();
        IntStream.range(0, probabilities.length).forEach(i -> all.put(classes.get(i), probabilities[i]));
        int best = Indices.largest(logits);
        return new Answer.Label(classes.get(best), probabilities[best], all);
    }

    private static double[] softmax(float... logits) {
        double largest = IntStream.range(0, logits.length)
                .mapToDouble(i -> logits[i])
                .max()
                .orElseThrow();
        double[] exponentials = IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp(logits[i] - largest))
                .toArray();
        double sum = Arrays.stream(exponentials).sum();
        return Arrays.stream(exponentials).map(e -> e / sum).toArray();
    }

    @Override
    public boolean softens() {
        return true;
    }

    /**
     * The right classes of rows, by index.
     *
     * @param weights how much a row of each class counts in the loss, by index; none if all count the same
     * @param smoothing the share of the right class's probability that the loss spreads over all classes
     */
    public record Indices(int[] indices, Optional<double[]> weights, double smoothing) implements Gold {
        /** Classes of rows that all count the same. */
        public Indices(int... indices) {
            this(indices, Optional.empty(), 0);
        }

        @Override
        public Indices smoothed(double share, Labels labels) {
            return new Indices(indices, weights, share);
        }

        @Override
        public Indices weighted(ClassWeights given, Labels labels) {
            return new Indices(indices, Optional.of(given.of(labels.names(), indices)), smoothing);
        }

        @Override
        public Tensor loss(HeadTask task, Tensor logits, int... rows) {
            if (weights.isEmpty() && smoothing == 0) {
                return task.loss(logits, at(rows));
            }
            Device device = Device.of(logits);
            TensorOptional weight = weights.map(each ->
                            new TensorOptional(device.move(Tensor.create(each).to(logits.scalar_type()))))
                    .orElseGet(TensorOptional::new);
            return torch.cross_entropy_loss(logits, device.move(at(rows)), weight, 1, -100, smoothing);
        }

        @Override
        public double weight(int... rows) {
            return weights.map(each -> Arrays.stream(rows)
                            .mapToDouble(row -> each[indices[row]])
                            .sum())
                    .orElse((double) rows.length);
        }

        @Override
        public int size() {
            return indices.length;
        }

        @Override
        public Gold of(int... rows) {
            return new Indices(strata(rows), weights, smoothing);
        }

        @Override
        public Tensor at(int... rows) {
            return Tensor.create(
                    Arrays.stream(rows).mapToLong(row -> indices[row]).toArray());
        }

        @Override
        public int[] strata(int... rows) {
            return Arrays.stream(rows).map(row -> indices[row]).toArray();
        }

        @Override
        public double score(Metric metric, float[][] logits) {
            return metric.of(predictions(logits), indices);
        }

        @Override
        public List<Number> right() {
            return numbers(indices);
        }

        @Override
        public List<Number> predicted(float[][] logits) {
            return numbers(predictions(logits));
        }

        @Override
        public Optional<ConfusionMatrix> confusion(Labels labels, float[][] logits) {
            return Optional.of(ConfusionMatrix.of(labels.names(), predictions(logits), indices));
        }

        @Override
        public Optional<ClassProbabilities> classProbabilities(float[][] logits) {
            return Optional.of(new ClassProbabilities(
                    Arrays.stream(logits).map(Classification::softmax).toArray(double[][]::new), indices));
        }

        private static List<Number> numbers(int... indices) {
            return Arrays.stream(indices).<Number>mapToObj(index -> index).toList();
        }

        private static int[] predictions(float[][] logits) {
            return Arrays.stream(logits).mapToInt(Indices::largest).toArray();
        }

        /** Returns the index of the largest logit; the first of equal ones. */
        private static int largest(float... logits) {
            return IntStream.range(1, logits.length).reduce(0, (best, i) -> logits[i] > logits[best] ? i : best);
        }
    }
}

package org.unipelt.task;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;

/** The right answers of a data set, in the form that losses and metrics want. */
public sealed interface Gold {
    /**
     * The right answers of a data set.
     *
     * @throws org.unipelt.InputException if a label is missing or not among {@code labels}
     */
    static Gold of(Labels labels, Dataset data) {
        if (labels instanceof Labels.Classes classes) {
            return new ClassIndices(classes.indices(data));
        } else if (labels instanceof Labels.Score score) {
            return new Scores(score.scores(data));
        }
        throw new IllegalArgumentException("texts are not answered with logits: " + labels);
    }

    /** How many there are. */
    int size();

    /** Those of some rows, in the rows' order. */
    Gold of(int... rows);

    /** Those of some rows as a tensor {@code [rows]}, as {@link Loss} wants it. */
    Tensor at(int... rows);

    /**
     * How well logits answer.
     *
     * @param logits {@code [examples][outputs]}, in the order of the data set
     */
    double score(Metric metric, float[][] logits);

    /** Classes by index. */
    record ClassIndices(int[] indices) implements Gold {
        @Override
        public int size() {
            return indices.length;
        }

        @Override
        public Gold of(int... rows) {
            return new ClassIndices(Arrays.stream(rows).map(row -> indices[row]).toArray());
        }

        @Override
        public Tensor at(int... rows) {
            return Tensor.create(
                    Arrays.stream(rows).mapToLong(row -> indices[row]).toArray());
        }

        @Override
        public double score(Metric metric, float[][] logits) {
            return metric.of(predictions(logits), indices);
        }

        /** The class of the largest logit of each example; the first of equals. */
        public static int[] predictions(float[][] logits) {
            return Arrays.stream(logits)
                    .mapToInt(example -> IntStream.range(1, example.length)
                            .reduce(0, (best, i) -> example[i] > example[best] ? i : best))
                    .toArray();
        }
    }

    /** Numbers on a scale. */
    record Scores(double[] scores) implements Gold {
        @Override
        public int size() {
            return scores.length;
        }

        @Override
        public Gold of(int... rows) {
            return new Scores(
                    Arrays.stream(rows).mapToDouble(row -> scores[row]).toArray());
        }

        @Override
        public Tensor at(int... rows) {
            float[] picked = new float[rows.length];
            for (int i = 0; i < rows.length; i++) {
                picked[i] = (float) scores[rows[i]];
            }
            return Tensor.create(picked);
        }

        @Override
        public double score(Metric metric, float[][] logits) {
            return metric.of(
                    Arrays.stream(logits).mapToDouble(example -> example[0]).toArray(), scores);
        }
    }
}

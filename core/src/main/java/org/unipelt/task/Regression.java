package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Device;

/** Predicts a number on a scale for a text: one logit, squared error. */
public record Regression() implements HeadTask {
    @Override
    public Labels.Score labels() {
        return new Labels.Score();
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Metric.SPEARMAN, Metric.PEARSON);
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public Gold gold(Dataset rows) {
        return new Scores(labels().scores(rows));
    }

    /** {@inheritDoc} Squared error; {@code gold} holds scores (Float) {@code [batch]}. */
    @Override
    public Tensor loss(Tensor logits, Tensor gold) {
        return torch.mse_loss(logits.squeeze(1), Device.of(logits).move(gold).to(logits.scalar_type()));
    }

    @Override
    public Answer answer(float... logits) {
        return new Answer.Score(logits[0]);
    }

    @Override
    public boolean softens() {
        return false;
    }

    /** The right scores of rows. */
    public record Scores(double... scores) implements Gold {
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
            return metric.of(predictions(logits), scores);
        }

        @Override
        public List<Number> right() {
            return numbers(scores);
        }

        @Override
        public List<Number> predicted(float[][] logits) {
            return numbers(predictions(logits));
        }

        private static double[] predictions(float[][] logits) {
            return Arrays.stream(logits).mapToDouble(example -> example[0]).toArray();
        }

        private static List<Number> numbers(double... values) {
            return Arrays.stream(values).<Number>mapToObj(value -> value).toList();
        }
    }
}

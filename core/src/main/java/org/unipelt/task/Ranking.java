package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.data.Queries;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Device;

/**
 * Orders texts by their relevance to a query. It reads a query and a text together, the query first, and gives one
 * logit: a cross-encoder (Nogueira and Cho 2019, "Passage Re-ranking with BERT"). The sigmoid of the logit is the
 * relevance, from 0 to 1, as in the cross-encoders of sentence-transformers. Training compares the texts of a query
 * with each other, in lists of 16 at most.
 *
 * @param largest the largest grade of the training rows; its relevance is 1
 */
public record Ranking(double largest) implements HeadTask {
    /** Checks the largest grade. */
    public Ranking {
        largest = new Labels.Relevance(largest).largest();
    }

    @Override
    public Labels.Relevance labels() {
        return new Labels.Relevance(largest);
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Metric.NDCG_10, Metric.MRR, Metric.MAP);
    }

    @Override
    public int outputs() {
        return 1;
    }

    @Override
    public Gold gold(Dataset rows) {
        return new Grades(Queries.of(rows).numbers(), labels().grades(rows), largest);
    }

    /**
     * {@inheritDoc} Binary cross-entropy of single rows, with the grade divided by the largest one in place of the class;
     * {@code gold} holds it (Float) {@code [batch]}.
     */
    @Override
    public Tensor loss(Tensor logits, Tensor gold) {
        return torch.binary_cross_entropy_with_logits(
                logits.squeeze(1), Device.of(logits).move(gold).to(logits.scalar_type()));
    }

    @Override
    public Objective objective(HeadObjective rows) {
        return new RankingObjective(rows);
    }

    @Override
    public Answer answer(float... logits) {
        return new Answer.Relevance(relevance(logits[0]));
    }

    /** In double precision, in which confident answers differ where floats would all be 1. */
    private static double relevance(float logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    @Override
    public boolean softens() {
        return true;
    }

    /**
     * The grades of rows.
     *
     * @param queries the number of each row's query
     * @param grades each row's grade
     * @param largest the grade whose relevance is 1
     */
    public record Grades(int[] queries, double[] grades, double largest) implements Gold {
        @Override
        public int size() {
            return grades.length;
        }

        @Override
        public Gold of(int... rows) {
            return new Grades(
                    Arrays.stream(rows).map(row -> queries[row]).toArray(),
                    Arrays.stream(rows).mapToDouble(row -> grades[row]).toArray(),
                    largest);
        }

        @Override
        public Tensor at(int... rows) {
            float[] relevances = new float[rows.length];
            for (int i = 0; i < rows.length; i++) {
                // Development rows may have a larger grade than any training row.
                relevances[i] = (float) Math.min(1, grades[rows[i]] / largest);
            }
            return Tensor.create(relevances);
        }

        /** {@inheritDoc} Here 1 for a relevant text and 0 for another. */
        @Override
        public int[] strata(int... rows) {
            return Arrays.stream(rows).map(row -> grades[row] > 0 ? 1 : 0).toArray();
        }

        @Override
        public double score(Metric metric, float[][] logits) {
            return metric.of(queries, relevances(logits), grades);
        }

        @Override
        public List<Number> right() {
            return numbers(grades);
        }

        @Override
        public List<Number> predicted(float[][] logits) {
            return numbers(relevances(logits));
        }

        private static double[] relevances(float[][] logits) {
            return Arrays.stream(logits)
                    .mapToDouble(example -> relevance(example[0]))
                    .toArray();
        }

        private static List<Number> numbers(double... values) {
            return Arrays.stream(values).<Number>mapToObj(value -> value).toList();
        }
    }
}

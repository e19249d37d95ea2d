package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LBFGS;
import org.bytedeco.pytorch.LBFGSOptions;
import org.bytedeco.pytorch.LossClosure;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;

/**
 * A linear probe: the best linear head on vectors that do not change. It is multinomial logistic regression for classes,
 * one logistic regression for each label of multi-label data, and ridge regression for scores; all are convex, so the result depends on the rows alone.
 *
 * <pre>
 *   x [rows, hidden] ─▶ (x - mean) / deviation ─▶ W x + b        min  loss + penalty/2 · ‖W‖²
 * </pre>
 *
 * <p>All coordinates are divided by one deviation, the root of their mean variance. With few rows, the deviation of one
 * coordinate is mostly chance, and dividing by it costs a point of accuracy (docs/results.md).
 *
 * <p>Cross-validation chooses the penalty with the least loss on held-out rows; the loss shows small differences that
 * accuracy does not. W and b finally absorb the standardization, so that the head reads the original vectors.
 *
 * @param weight W {@code [outputs][hidden]}
 * @param bias b {@code [outputs]}
 * @param penalty the chosen penalty
 * @param explained the share of the loss that W removes on held-out rows: 0 if b alone does as well, 1 for a perfect
 *     prediction
 */
public record Probe(float[][] weight, float[] bias, double penalty, double explained) {
    private static final int FOLDS = 5;
    /** The most rows to choose the penalty on: more rows cost time and hardly change the choice. */
    private static final int MOST_ROWS_TO_CHOOSE_BY = 2000;
    /** A penalty so large that W is 0 and only b predicts. */
    private static final double NO_WEIGHT = 1e9;

    /** From strong to weak; each fit starts from the previous result. */
    private static final double[] PENALTIES = {10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001};
    /** The search ends after this many penalties in a row that increase the loss. */
    private static final int PATIENCE = 2;

    private static final long ITERATIONS = 200;
    private static final double TOLERANCE = 1e-6;
    /** Avoids a division by 0 if all vectors are equal. */
    private static final double LEAST_DEVIATION = 1e-6;

    /**
     * Fits a probe on all workers; takes a second for a few hundred rows.
     *
     * @param compute the device and workers
     * @param vectors {@code [rows][hidden]}
     * @param gold the rows' right answers
     */
    public static Probe fit(Compute compute, float[][] vectors, HeadTask task, Gold gold) {
        Engine.start();
        return new Fit(compute, vectors, task, gold).probe();
    }

    /** Copies this probe into a head's map of the same shape, weight and bias. */
    void copyTo(Tensor headWeight, Tensor headBias) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            float[] flat = new float[Math.toIntExact(headWeight.numel())];
            int hidden = (int) headWeight.size(1);
            for (int out = 0; out < weight.length; out++) {
                System.arraycopy(weight[out], 0, flat, out * hidden, hidden);
            }
            headWeight.copy_(Tensor.create(flat, headWeight.size(0), hidden));
            headBias.copy_(Tensor.create(bias));
        }
    }

    /** One fit on standardized vectors. */
    private static final class Fit {
        private final Compute compute;
        private final HeadTask task;
        private final Gold gold;
        private final int outputs;
        private final int hidden;
        private final double[] mean;
        private final double deviation;
        private final double[][] x;

        Fit(Compute compute, float[][] vectors, HeadTask task, Gold gold) {
            this.compute = compute;
            this.task = task;
            this.gold = gold;
            this.outputs = task.outputs();
            this.hidden = vectors[0].length;
            this.mean = new double[hidden];
            double variance = 0;
            for (int i = 0; i < hidden; i++) {
                int at = i;
                mean[i] =
                        Arrays.stream(vectors).mapToDouble(v -> v[at]).average().orElseThrow();
                variance += Arrays.stream(vectors)
                                .mapToDouble(v -> (v[at] - mean[at]) * (v[at] - mean[at]))
                                .average()
                                .orElseThrow()
                        / hidden;
            }
            this.deviation = Math.max(LEAST_DEVIATION, Math.sqrt(variance));
            this.x = Arrays.stream(vectors)
                    .map(v -> IntStream.range(0, hidden)
                            .mapToDouble(i -> (v[i] - mean[i]) / deviation)
                            .toArray())
                    .toArray(double[][]::new);
        }

        Probe probe() {
            List<int[]> folds = folds();
            double constant = heldOutLoss(folds, NO_WEIGHT, new double[folds.size()][(hidden + 1) * outputs]);
            double best = Double.POSITIVE_INFINITY;
            double penalty = PENALTIES[0];
            double[][] heads = new double[folds.size()][(hidden + 1) * outputs];
            int worse = 0;
            for (double each : PENALTIES) {
                double loss = heldOutLoss(folds, each, heads);
                if (loss < best) {
                    best = loss;
                    penalty = each;
                    worse = 0;
                } else if (++worse == PATIENCE) {
                    break;
                }
            }
            int[] all = IntStream.range(0, x.length).toArray();
            double[] values = new double[(hidden + 1) * outputs];
            for (double each : PENALTIES) {
                if (each >= penalty) {
                    values = minimum(all, each, values);
                }
            }
            return unstandardized(values, penalty, constant > 0 ? Math.max(0, 1 - best / constant) : 0);
        }

        /** Returns the head for the original vectors. */
        private Probe unstandardized(double[] values, double penalty, double explained) {
            float[][] weight = new float[outputs][hidden];
            float[] bias = new float[outputs];
            for (int out = 0; out < outputs; out++) {
                double b = values[outputs * hidden + out];
                for (int i = 0; i < hidden; i++) {
                    double w = values[out * hidden + i] / deviation;
                    weight[out][i] = (float) w;
                    b -= w * mean[i];
                }
                bias[out] = (float) b;
            }
            return new Probe(weight, bias, penalty, explained);
        }

        /**
         * Computes the loss on held-out rows.
         *
         * @param heads each fold's start of the search; replaced by its result
         */
        private double heldOutLoss(List<int[]> folds, double penalty, double[][] heads) {
            int[] rows = folds.stream().flatMapToInt(Arrays::stream).toArray();
            List<Callable<Double>> pieces = IntStream.range(0, folds.size())
                    .<Callable<Double>>mapToObj(fold -> () -> {
                        int[] out = folds.get(fold);
                        heads[fold] = minimum(without(rows, out), penalty, heads[fold]);
                        return gold.weight(out) * loss(out, heads[fold]);
                    })
                    .toList();
            return compute.all(pieces).stream().mapToDouble(Double::doubleValue).sum();
        }

        private static int[] without(int[] rows, int[] out) {
            int[] sorted = out.clone();
            Arrays.sort(sorted);
            return Arrays.stream(rows)
                    .filter(row -> Arrays.binarySearch(sorted, row) < 0)
                    .toArray();
        }

        /** Returns folds for cross-validation with a proportional share of every class. */
        private List<int[]> folds() {
            int[] order = Rng.of(0, "probe.folds").permutation(x.length);
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < Math.min(order.length, MOST_ROWS_TO_CHOOSE_BY); i++) {
                rows.add(order[i]);
            }
            int[] strata = gold.strata(IntStream.range(0, x.length).toArray());
            rows.sort(Comparator.comparingInt(row -> strata[row]));
            int count = Math.min(FOLDS, rows.size());
            return IntStream.range(0, count)
                    .mapToObj(fold -> IntStream.range(0, rows.size())
                            .filter(i -> i % count == fold)
                            .map(rows::get)
                            .toArray())
                    .toList();
        }

        private Tensor vectors(int... rows) {
            double[] flat = new double[rows.length * hidden];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(x[rows[i]], 0, flat, i * hidden, hidden);
            }
            return Tensor.create(flat, rows.length, hidden);
        }

        private Tensor logits(Tensor vectors, Tensor values) {
            Tensor weight = values.narrow(0, 0, (long) outputs * hidden).view(outputs, hidden);
            Tensor bias = values.narrow(0, (long) outputs * hidden, outputs);
            return torch.linear(vectors, weight, new TensorOptional(bias));
        }

        private double loss(int[] rows, double[] values) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                return gold.loss(task, logits(vectors(rows), Tensor.create(values)), rows)
                        .item_double();
            }
        }

        /** Returns the head with the least penalized loss on some rows, by L-BFGS from a start. */
        private double[] minimum(int[] rows, double penalty, double[] start) {
            try (PointerScope scope = new PointerScope()) {
                Tensor vectors = vectors(rows);
                Tensor values = Tensor.create(start).set_requires_grad(true);
                LBFGSOptions options = new LBFGSOptions(1.0);
                options.max_iter().put(ITERATIONS);
                options.tolerance_grad().put(TOLERANCE);
                options.line_search_fn().put("strong_wolfe");
                LBFGS search = new LBFGS(new TensorVector(values), options);
                LossClosure closure = new LossClosure() {
                    @Override
                    public Tensor call() {
                        search.zero_grad();
                        Tensor weight = values.narrow(0, 0, (long) outputs * hidden);
                        Tensor loss = gold.loss(task, logits(vectors, values), rows)
                                .add(weight.mul(weight).sum().mul(new Scalar(penalty / 2)));
                        loss.backward();
                        return loss;
                    }
                };
                search.step(closure);
                double[] found = new double[start.length];
                values.detach().data_ptr_double().get(found);
                return found;
            }
        }
    }
}

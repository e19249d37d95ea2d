package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Rng;
import org.unipelt.text.Encoding;

/**
 * The objective of a task with a head: the loss is the mean over a batch's rows, by their weights.
 *
 * @param network computes the logits; its owner closes it
 * @param task interprets them
 * @param train the training rows
 * @param dev the development rows; empty if all rows train
 * @param head the trained part of the head
 */
public record HeadObjective(
        SequenceClassifier network,
        HeadTask task,
        LabelledTexts train,
        Optional<LabelledTexts> dev,
        Method.HeadTraining head)
        implements Objective {
    /** The most rows to fit a probe on, drawn at random: their vectors are all in memory. */
    private static final int MOST_ROWS_TO_FIT = 10_000;

    /** Found by experiment (docs/results.md). */
    private static final double SOFTENING = 0.3;

    @Override
    public Compute compute() {
        return network.backbone().compute();
    }

    @Override
    public HeadObjective computedOnce(SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        List<Encoding> texts = Stream.concat(
                        train.texts().stream(), dev.stream().flatMap(part -> part.texts().stream()))
                .toList();
        SequenceClassifier remembering = network.remembering(texts, observer, remarks);
        return remembering == network ? this : new HeadObjective(remembering, task, train, dev, head);
    }

    @Override
    public void close() {
        network.forget();
    }

    @Override
    public Map<String, Tensor> trained() {
        return network.adapterWeights().select(network.trained(head));
    }

    @Override
    public double fitHead() {
        int[] rows = Rng.of(0, "probe.rows").permutation(train.size());
        int[] some = Arrays.copyOf(rows, Math.min(rows.length, MOST_ROWS_TO_FIT));
        Arrays.sort(some);
        List<Encoding> texts = Arrays.stream(some).mapToObj(train.texts()::get).toList();
        Probe probe =
                Probe.fit(compute(), network.vectors(texts), task, train.gold().of(some));
        network.begin(probe);
        return probe.explained();
    }

    @Override
    public void softenHead() {
        if (task.softens()) {
            network.scaleHead(SOFTENING);
        }
    }

    @Override
    public int[] lengths() {
        return train.texts().stream().mapToInt(text -> text.ids().length).toArray();
    }

    @Override
    public int paddedLength(int... batch) {
        return network.paddedLength(train.texts(), batch);
    }

    @Override
    public Tensor loss(int[] batch, int[] members, Pass pass) {
        Tensor logits = network.logits(train.texts(), paddedLength(batch), members, pass);
        Gold gold = train.gold();
        return gold.loss(task, logits, members).mul(new Scalar(gold.weight(members) / gold.weight(batch)));
    }

    @Override
    public boolean isJudged() {
        return dev.isPresent();
    }

    /** {@inheritDoc} One pass gives the logits that both numbers are computed from. */
    @Override
    public Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer) {
        LabelledTexts judged = dev.orElseThrow();
        float[][] logits = network.predict(judged.texts(), observer);
        return new Judgement(judged.gold().decided(logits).score(metric, logits), meanLoss(judged.gold(), logits));
    }

    private double meanLoss(Gold gold, float[][] logits) {
        double[] flat = Arrays.stream(logits)
                .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]))
                .toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor rows = Tensor.create(flat, logits.length, task.outputs());
            return gold.loss(task, rows, IntStream.range(0, logits.length).toArray())
                    .item_double();
        }
    }
}

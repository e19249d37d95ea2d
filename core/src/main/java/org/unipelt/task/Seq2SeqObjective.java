package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Pass;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * The objective of generation: the loss is the mean over a batch's target tokens; the score compares generated texts
 * with references.
 *
 * @param generator computes the loss; its owner closes it
 * @param sources the sources of the training examples
 * @param targets the targets of the training examples
 * @param devSources the development sources; empty if all rows train
 * @param devTargets the targets of the development examples
 * @param references the development references
 * @param smoothing label smoothing in the loss
 * @param generate generates the texts for sources; the observer is called before each piece
 */
public record Seq2SeqObjective(
        Generator generator,
        List<Encoding> sources,
        List<Encoding> targets,
        List<Encoding> devSources,
        List<Encoding> devTargets,
        List<String> references,
        double smoothing,
        BiFunction<List<Encoding>, SequenceClassifier.BatchObserver, List<String>> generate)
        implements Objective {
    /** Checks that every source has a target or reference. */
    public Seq2SeqObjective {
        if (sources.size() != targets.size()
                || devSources.size() != references.size()
                || devSources.size() != devTargets.size()) {
            throw new IllegalArgumentException(sources.size() + " sources, " + targets.size() + " targets; "
                    + devSources.size() + " sources, " + devTargets.size() + " targets, " + references.size()
                    + " references");
        }
    }

    @Override
    public Compute compute() {
        return generator.backbone().compute();
    }

    @Override
    public Map<String, Tensor> trained() {
        return generator.adapterWeights().asMap();
    }

    @Override
    public double fitHead() {
        throw new InputException("a model that generates text has no head to start as a probe; use head-start random");
    }

    @Override
    public void softenHead() {
        fitHead();
    }

    @Override
    public boolean isJudged() {
        return !devSources.isEmpty();
    }

    @Override
    public int[] lengths() {
        return sources.stream().mapToInt(Encoding::length).toArray();
    }

    @Override
    public int paddedLength(int... batch) {
        return longest(sources, batch);
    }

    private static int longest(List<Encoding> texts, int... rows) {
        return Arrays.stream(rows).map(row -> texts.get(row).length()).max().orElse(0);
    }

    @Override
    public Tensor loss(int[] batch, int[] members, Pass pass) {
        Tensor sum = generator.loss(batch(sources, batch, members), batch(targets, batch, members), smoothing, pass);
        return sum.div(new Scalar((double) Generator.tokens(targets, batch)));
    }

    private TokenBatch batch(List<Encoding> texts, int[] batch, int[] members) {
        return generator
                .backbone()
                .batch(Arrays.stream(members).mapToObj(texts::get).toList(), longest(texts, batch));
    }

    /** {@inheritDoc} The loss takes a pass of its own over the known targets; generating takes one for each token. */
    @Override
    public Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer) {
        double loss = generator.loss(devSources, devTargets, smoothing, observer);
        return new Judgement(metric.of(generate.apply(devSources, observer), references), loss);
    }
}

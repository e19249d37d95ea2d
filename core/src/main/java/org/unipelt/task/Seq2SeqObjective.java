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
 * Texts written as given targets have them, as an objective: the loss is the mean over a batch's target tokens, the score
 * compares what is written with references.
 *
 * @param writer writes; its owner's
 * @param sources of the training examples
 * @param targets of the training examples
 * @param devSources written from; none if all rows are learned from
 * @param references compared with
 * @param smoothing label smoothing in the loss
 * @param write gives the texts for sources; the observer is called before each piece
 */
public record Seq2SeqObjective(
        Generator writer,
        List<Encoding> sources,
        List<Encoding> targets,
        List<Encoding> devSources,
        List<String> references,
        double smoothing,
        BiFunction<List<Encoding>, SequenceClassifier.BatchObserver, List<String>> write)
        implements Objective {
    /** Checks that every source has its target. */
    public Seq2SeqObjective {
        if (sources.size() != targets.size() || devSources.size() != references.size()) {
            throw new IllegalArgumentException(sources.size() + " sources, " + targets.size() + " targets; "
                    + devSources.size() + " sources, " + references.size() + " references");
        }
    }

    @Override
    public Compute compute() {
        return writer.backbone().compute();
    }

    @Override
    public Map<String, Tensor> trained() {
        return writer.adapterWeights().asMap();
    }

    @Override
    public double fitHead() {
        throw new InputException("a model that writes has no head to begin at a probe; take head-start random");
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
        Tensor sum = writer.loss(batch(sources, batch, members), batch(targets, batch, members), smoothing, pass);
        return sum.div(new Scalar((double) Generator.tokens(targets, batch)));
    }

    private TokenBatch batch(List<Encoding> texts, int[] batch, int[] members) {
        return writer.backbone()
                .batch(Arrays.stream(members).mapToObj(texts::get).toList(), longest(texts, batch));
    }

    @Override
    public double score(Metric metric, SequenceClassifier.BatchObserver observer) {
        return metric.of(write.apply(devSources, observer), references);
    }
}

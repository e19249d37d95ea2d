package org.unipelt.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.data.ClassWeights;
import org.unipelt.method.Method;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.Metric;
import org.unipelt.runtime.Lifetime;

/**
 * A network with a head, and the task that interprets its logits.
 *
 * @param network computes the logits; this model closes it
 * @param task interprets them
 */
public record HeadModel(SequenceClassifier network, HeadTask task) implements TaskModel {
    @Override
    public List<Answer> answers(Rows texts) {
        return Arrays.stream(network.predict(texts.texts(), SequenceClassifier.BatchObserver.NONE))
                .map(task::answer)
                .toList();
    }

    /**
     * Returns the answer to a text.
     *
     * @param logits the text's {@code [outputs]}
     * @throws ArithmeticException if one is not finite
     */
    public Answer answer(float... logits) {
        RowsByLength.requireFinite(logits);
        return task.answer(logits);
    }

    @Override
    public Optional<HeadModel> withHead() {
        return Optional.of(this);
    }

    @Override
    public Evaluation evaluate(Rows labelled, List<Metric> metrics, SequenceClassifier.BatchObserver observer) {
        Gold gold = task.gold(labelled.rows());
        float[][] logits = network.predict(labelled.texts(), observer);
        Map<String, Double> scores = new LinkedHashMap<>();
        metrics.forEach(metric -> scores.put(metric.text(), gold.score(metric, logits)));
        return new Evaluation(
                gold.size(),
                scores,
                gold.confusion(task.labels(), logits),
                gold.labelScores(task.labels(), logits),
                Optional.empty(),
                gold.right(),
                gold.predicted(logits),
                gold.classProbabilities(logits));
    }

    @Override
    public HeadModel decided(Rows labelled, SequenceClassifier.BatchObserver observer) {
        return task.decides()
                ? new HeadModel(
                        network,
                        task.decided(task.gold(labelled.rows()).decided(network.predict(labelled.texts(), observer))))
                : this;
    }

    @Override
    public void divideLogits(double temperature) {
        network.scaleHead(1 / temperature);
    }

    @Override
    public void observe(Rows texts, SequenceClassifier.BatchObserver observer) {
        network.predict(texts.texts(), observer);
    }

    @Override
    public Objective objective(
            Rows train, Optional<Rows> dev, Method.HeadTraining head, ClassWeights weights, double smoothing) {
        LabelledTexts labelled = labelled(train);
        LabelledTexts weighted = weights.areEqual()
                ? labelled
                : new LabelledTexts(labelled.texts(), labelled.gold().weighted(weights, task.labels()));
        LabelledTexts smoothed = smoothing == 0
                ? weighted
                : new LabelledTexts(weighted.texts(), weighted.gold().smoothed(smoothing, task.labels()));
        return task.objective(new HeadObjective(network, task, smoothed, dev.map(this::labelled), head));
    }

    private LabelledTexts labelled(Rows part) {
        return new LabelledTexts(part.texts(), task.gold(part.rows()));
    }

    @Override
    public Map<String, Tensor> save() {
        return network.save();
    }

    @Override
    public Map<String, Tensor> merge() {
        return network.merge();
    }

    @Override
    public Lifetime.Use use() {
        return network.use();
    }

    @Override
    public void close() {
        network.close();
    }
}

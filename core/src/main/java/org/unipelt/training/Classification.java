package org.unipelt.training;

import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.task.Gold;
import org.unipelt.task.Loss;
import org.unipelt.task.Metric;
import org.unipelt.task.Network;
import org.unipelt.task.Probe;

/**
 * Right classes or scores of texts as an objective.
 *
 * @param network predicts them; its owner's
 * @param train learned from
 * @param dev scored on; none if all rows are learned from
 * @param head how much of the head is trained
 */
public record Classification(
        Network network, LabelledTexts train, Optional<LabelledTexts> dev, Method.HeadTraining head)
        implements Objective {
    /** Found by experiment (docs/results.md). */
    private static final double SOFTENING = 0.3;

    @Override
    public Map<String, Tensor> trained() {
        return network.own().select(network.trained(head));
    }

    @Override
    public void fitHead() {
        network.begin(Probe.fit(network.vectors(train.texts()), train.gold(), network.outputs()));
    }

    @Override
    public void softenHead() {
        if (train.gold() instanceof Gold.ClassIndices) {
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
        Tensor logits = network.logits(network.batch(train.texts(), paddedLength(batch), members), pass);
        return Loss.of(logits, train.gold().at(members)).mul(new Scalar((double) members.length / batch.length));
    }

    @Override
    public boolean isJudged() {
        return dev.isPresent();
    }

    @Override
    public double score(Metric metric) {
        LabelledTexts judged = dev.orElseThrow();
        return judged.gold().score(metric, network.predict(judged.texts(), Network.BatchObserver.NONE));
    }
}

package org.unipelt.training;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.task.Loss;
import org.unipelt.task.Metric;
import org.unipelt.task.Network;

/**
 * Right classes or scores of texts as an objective.
 *
 * @param network predicts them; its owner's
 * @param train learned from
 * @param dev scored on
 * @param head how much of the head is trained
 */
public record Classification(Network network, LabelledTexts train, LabelledTexts dev, Method.HeadTraining head)
        implements Objective {
    @Override
    public Map<String, Tensor> trained() {
        return network.own().select(network.trained(head));
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
    public double score(Metric metric) {
        return dev.gold().score(metric, network.predict(dev.texts(), Network.BatchObserver.NONE));
    }
}

package org.unipelt.benchmarks;

import java.util.List;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.task.HeadInput;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.text.Segments;

/** The vectors that a head of this library reads of a base model, with the workers of the process. */
final class UnipeltVectors implements Vectors {
    private final BaseModel base;
    private final SequenceClassifier network;

    UnipeltVectors(String model, Pooling pooling, Precision precision) {
        base = BaseModel.open(model, Compute.of(Device.CPU, precision).predicting());
        // A head must be there; nobody asks for its logits.
        network = SequenceClassifier.create(base.backbone(), Methods.parse("head"), HeadInput.by(pooling), 1, 1);
    }

    @Override
    public float[][] of(List<String> texts) {
        List<Segments> inputs = texts.stream().map(Segments::of).toList();
        return network.vectors(base.tokenizer().encodeAll(inputs, Embed.MAX_LENGTH));
    }

    @Override
    public void close() {
        network.close();
        base.close();
    }
}

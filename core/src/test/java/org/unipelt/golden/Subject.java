package org.unipelt.golden;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.tensor.Weights;

/** What is judged: a network of ours with a fixture's values, and the fixture's one batch as its input. */
public interface Subject extends AutoCloseable {
    /** The logits of the batch, in the shape in which they are recorded. */
    Tensor logits(Pass pass, MethodObserver observer);

    /** The logits with nobody looking on. */
    default Tensor logits(Pass pass) {
        return logits(pass, MethodObserver.NONE);
    }

    /** The mean loss of the batch. */
    Tensor loss();

    /** What else is recorded of such a network's forward pass, by the names that the fixtures have for it. */
    Map<String, Tensor> others(Weights expected);

    /** The backbone underneath. */
    Backbone backbone();

    /** The tensors added to the backbone. */
    Weights adapterWeights();

    /** What is to be saved, by name. */
    Map<String, Tensor> save();

    /** The names of the tensors to train when the head, if there is one, is trained to this extent. */
    List<String> trained(Method.HeadTraining head);

    @Override
    void close();
}

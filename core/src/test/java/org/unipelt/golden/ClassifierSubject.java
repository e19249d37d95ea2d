package org.unipelt.golden;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.MethodPass;
import org.unipelt.task.Classes;
import org.unipelt.task.HeadTask;
import org.unipelt.task.Regression;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/** A backbone with a head over one batch of labelled texts. */
record ClassifierSubject(SequenceClassifier network, Weights inputs) implements Subject {
    @Override
    public Tensor logits(Pass pass, MethodObserver observer) {
        return network.logits(batch(0), pass, observer);
    }

    @Override
    public Tensor loss() {
        return loss(logits(Pass.INFERENCE));
    }

    private Tensor loss(Tensor logits) {
        HeadTask task = logits.size(1) == 1 ? new Regression() : Classes.of((int) logits.size(1));
        return task.loss(logits, inputs.get("labels"));
    }

    @Override
    public Map<String, Tensor> others(Weights expected) {
        Map<String, Tensor> others = new HashMap<>();
        if (expected.has("pooled")) {
            Modifications modifications = new Modifications();
            network.method()
                    .modify(
                            modifications,
                            adapterWeights(),
                            backbone(),
                            MethodPass.of(Pass.INFERENCE, MethodObserver.NONE));
            TokenBatch batch = batch(0);
            Tensor last = backbone().forward(batch, modifications, Pass.INFERENCE);
            others.put("pooled", backbone().pool(last, batch, Pooling.POOLER, modifications));
        }
        if (expected.has("extra_padding4.logits")) {
            Tensor padded = network.logits(batch(4), Pass.INFERENCE);
            others.put("extra_padding4.logits", padded);
            others.put("extra_padding4.loss", loss(padded));
        }
        return others;
    }

    private TokenBatch batch(int padding) {
        Tensor ids = inputs.get("input_ids");
        Tensor tokenTypes = inputs.has("token_type_ids") ? inputs.get("token_type_ids") : torch.zeros_like(ids);
        Tensor attentionMask = inputs.get("attention_mask");
        if (padding > 0) {
            Tensor id = torch.full(
                    new long[] {ids.size(0), padding}, new Scalar(backbone().paddingId()), ids.options());
            Tensor zeros = torch.zeros_like(id);
            ids = torch.cat(new TensorVector(ids, id), 1);
            tokenTypes = torch.cat(new TensorVector(tokenTypes, zeros), 1);
            attentionMask = torch.cat(new TensorVector(attentionMask, zeros), 1);
        }
        return new TokenBatch(ids, tokenTypes, attentionMask.to(ScalarType.Bool));
    }

    @Override
    public Backbone backbone() {
        return network.backbone();
    }

    @Override
    public Weights adapterWeights() {
        return network.adapterWeights();
    }

    @Override
    public Map<String, Tensor> save() {
        return network.save();
    }

    @Override
    public List<String> trained(Method.HeadTraining head) {
        return network.trained(head);
    }

    @Override
    public void close() {
        network.close();
    }
}

package org.unipelt.backbone;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What computes the logits from a text's vector, as the checkpoints' own classifiers do. */
public enum Head {
    /** dropout, linear (BERT, whose pooler is part of the checkpoint). */
    LINEAR(x -> x),
    /** dropout, linear to the hidden size, tanh, dropout, linear (RoBERTa, BART). */
    DENSE(torch::tanh),
    /** The same with ReLU in place of tanh (DistilBERT). */
    DENSE_RELU(torch::relu),
    /** The same with GELU by the error function (ELECTRA, DeBERTa). */
    DENSE_GELU(torch::gelu);

    private final UnaryOperator<Tensor> activation;

    Head(UnaryOperator<Tensor> activation) {
        this.activation = activation;
    }

    /** Returns whether it has two maps, with an activation between them. */
    public boolean isDense() {
        return this != LINEAR;
    }

    /** Computes what follows the first of its two maps; shapes stay. */
    public Tensor activate(Tensor x) {
        return activation.apply(x);
    }
}

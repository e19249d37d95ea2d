package org.unipelt.backbone;

import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.text.TokenBatch;

/**
 * A backbone of one stack, whose layers follow each other. A pass may begin at any layer, with the states that it reads.
 *
 * <pre>
 *   tokens ─▶ embeddings ─▶ layer 0 ─▶ … ─▶ layer k-1 ─▶ states ─▶ layer k ─▶ … ─▶ last states
 *             └─────────────── below(k) ───────────────┘           └──── above(k) ────────────┘
 *             the frozen model: no change, no dropout              changes and dropout of a pass
 * </pre>
 *
 * <p>So what lies below the first layer that a pass changes is a fixed function of the text, in training too: whoever reads
 * a text many times may compute it once.
 */
public interface Encoder extends Backbone {
    /**
     * The states that the first layer reads, after the changes of the embeddings.
     *
     * @param batch not longer than {@link #positions()}
     */
    Sequence embedded(TokenBatch batch, Modifications modifications, Pass pass);

    /**
     * The states after some layers {@code [batch, length, hidden]}. If the last layer is one of them, they are normed as the
     * model's last states are.
     *
     * @param states what layer {@code from} reads {@code [batch, length, hidden]}
     * @param from the first layer to compute
     * @param to the layer behind the last one to compute
     */
    Tensor layers(Sequence states, int from, int to, Modifications modifications, Pass pass);

    /**
     * The states that a layer reads {@code [batch, length, hidden]}, in the frozen model: nothing is changed or dropped.
     *
     * @param layer a layer, or the number of layers for the last states
     * @param observer looks on
     * @throws IllegalArgumentException if the batch is longer than {@link #positions()}
     */
    default Tensor below(int layer, TokenBatch batch, Observer observer) {
        requireFits(batch);
        Modifications none = new Modifications();
        Pass pass = new Pass(Pass.INFERENCE.dropout(), observer);
        return compute().within(() -> layers(embedded(batch, none, pass), 0, layer, none, pass));
    }

    /**
     * The last hidden states {@code [batch, length, hidden]} of a pass that begins at a layer.
     *
     * @param layer not above the first layer that the modifications change
     * @param states what {@link #below} gives for it; padding may hold any numbers
     */
    default Tensor above(int layer, Tensor states, TokenBatch batch, Modifications modifications, Pass pass) {
        int all = anatomy().layers(Part.ENCODER);
        return layer == all
                ? states
                : compute()
                        .within(() ->
                                layers(new Sequence(states, batch.attentionMask()), layer, all, modifications, pass));
    }

    /** {@inheritDoc} Below the first layer that is changed nothing is dropped. */
    @Override
    default Tensor forward(TokenBatch batch, Modifications modifications, Pass pass) {
        int all = anatomy().layers(Part.ENCODER);
        int first = modifications.firstLayer().orElse(all);
        if (first > 0) {
            return above(first, below(first, batch, pass.observer()), batch, modifications, pass);
        }
        requireFits(batch);
        Tensor last = compute().within(() -> layers(embedded(batch, modifications, pass), 0, all, modifications, pass));
        // The states of vectors that a method put in front of the tokens are of no further use.
        long length = batch.length();
        long grown = last.size(1) - length;
        return grown == 0 ? last : last.narrow(1, grown, length);
    }

    private void requireFits(TokenBatch batch) {
        if (batch.length() > positions()) {
            throw new IllegalArgumentException("a batch of length " + batch.length() + " is longer than the model's "
                    + positions() + " positions");
        }
    }
}

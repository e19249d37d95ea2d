package org.unipelt.backbone;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * A pre-trained transformer with frozen weights. It has named sites and asks, at each, whether the pass at hand modifies
 * it; it knows no method. A backbone holds no state between passes, so several tuned models may run on it at once.
 */
public interface Backbone extends AutoCloseable {
    /** Its sizes. */
    Shape shape();

    /** The frozen weights, by their Hugging Face names without the architecture's prefix. */
    Weights weights();

    /** The shape of every frozen weight, in the checkpoint's order. */
    Map<String, long[]> weightShapes();

    /** The sites that it has. */
    Sites sites();

    /** What computes it. Batches and whatever modifies a pass must lie on its device. */
    Compute compute();

    /**
     * Texts as one batch of this backbone's, filled up to a length. Tensors of the surrounding scope.
     *
     * @throws IllegalArgumentException if a text is longer
     */
    default TokenBatch batch(List<Encoding> texts, int length) {
        TokenBatch batch = TokenBatch.of(texts, paddingId(), length);
        return new TokenBatch(
                compute().move(batch.ids()),
                compute().move(batch.tokenTypes()),
                compute().move(batch.attentionMask()));
    }

    /** The same, filled up to the longest of the texts. */
    default TokenBatch batch(List<Encoding> texts) {
        return batch(texts, texts.stream().mapToInt(Encoding::length).max().orElse(0));
    }

    /** The id that fills a batch up; it is never attended to. */
    int paddingId();

    /** The longest sequence that it has positions for. */
    int positions();

    /**
     * The last hidden states of a batch {@code [batch, length, hidden]}, aligned with its tokens.
     *
     * @throws IllegalArgumentException if the batch is longer than {@link #positions()}
     */
    Tensor forward(TokenBatch batch, Modifications modifications, Pass pass);

    /**
     * One vector per example {@code [batch, hidden]}.
     *
     * @param hidden what {@link #forward} gave
     * @throws InputException if this backbone cannot pool so
     */
    Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications);

    /**
     * Keeps its weights and those of a network on it: closing either waits until the use is closed.
     *
     * @param added the network's own
     * @throws IllegalStateException if either is closed, or about to be
     */
    default Lifetime.Use use(Weights added) {
        Lifetime.Use frozen = weights().use("the base model");
        try {
            Lifetime.Use tuned = added.use("the tuned model");
            return () -> {
                tuned.close();
                frozen.close();
            };
        } catch (IllegalStateException e) {
            frozen.close();
            throw e;
        }
    }

    /** Frees what it made of the weights for itself; the weights stay their owner's. */
    @Override
    void close();
}

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
 * A pre-trained transformer with frozen weights. At each of its sites it asks whether this pass modifies it; it knows
 * no method. A backbone holds no state between passes, so several tuned models, on any number of threads, may
 * run on it at once.
 */
public interface Backbone extends AutoCloseable {
    /** The frozen network: its parts, weights and sites. */
    FrozenNetwork network();

    /** The parts that it is made of, and their sizes. */
    default Anatomy anatomy() {
        return network().anatomy();
    }

    /**
     * The frozen weights, by their Hugging Face names without the architecture's prefix. Those that the file has in 16
     * bits may still have them.
     */
    default Weights weights() {
        return network().weights();
    }

    /** The shape of every frozen weight, in the checkpoint's order. */
    default Map<String, long[]> weightShapes() {
        return network().weightShapes();
    }

    /** Its sites. */
    default Sites sites() {
        return network().sites();
    }

    /** What computes it. Batches, and whatever modifies a pass, must be on its device. */
    default Compute compute() {
        return network().compute();
    }

    /**
     * Texts as one batch, padded to a length. The tensors belong to the surrounding scope.
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

    /** Texts as one batch, padded to the longest of them. */
    default TokenBatch batch(List<Encoding> texts) {
        return batch(texts, texts.stream().mapToInt(Encoding::length).max().orElse(0));
    }

    /** The id that pads a batch; nothing attends to it. */
    int paddingId();

    /** The length of the longest sequence that it can read. */
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
     * @throws InputException if this backbone does not have that pooling
     */
    Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications);

    /**
     * Keeps its weights and those of a network on it open: closing either waits until the use is closed.
     *
     * @param added the weights that the network adds
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

    /** Frees the weights that it converted; {@link #weights} stay their owner's. */
    @Override
    default void close() {
        network().close();
    }
}

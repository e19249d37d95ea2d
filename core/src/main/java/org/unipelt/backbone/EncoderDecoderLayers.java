package org.unipelt.backbone;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.EncoderDecoder.Memory;
import org.unipelt.backbone.Modifications.KeysAndValues;

/**
 * The layers of an encoder and of a decoder that attends to it, from the first to the last (Vaswani et al. 2017, Figure
 * 1).
 *
 * <pre>
 *   encoder:  h ─▶ self-attention ─▶ feed-forward ─▶ next h
 *   decoder:  h ─▶ self-attention ─▶ attention to the memory ─▶ feed-forward ─▶ next h
 * </pre>
 *
 * @param layers the parts of a layer, of one pass
 * @param subLayer what stands around an attention or a feed-forward network: norm, dropout, residual
 */
public record EncoderDecoderLayers(Layers layers, SubLayer subLayer) {
    /** Norm, dropout and residual around a part of a layer, in the family's order. */
    @FunctionalInterface
    public interface SubLayer {
        /**
         * Applies the part.
         *
         * @param x {@code [batch, length, hidden]}; the result has the same shape
         * @param attentionMask {@code [batch, length]}, true at real tokens
         * @param part the attention or the feed-forward network
         */
        Tensor apply(Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> part);
    }

    /**
     * The states after the encoder's last layer {@code [batch, length, hidden]}.
     *
     * @param hidden the embeddings, of the same shape
     * @param attentionMask {@code [batch, length]}, true at real tokens
     * @param scoreBias as in {@link KeysAndValues}
     */
    public Tensor encode(Tensor hidden, Tensor attentionMask, Tensor scoreBias) {
        Tensor states = hidden;
        for (int layer = 0; layer < count(Part.ENCODER); layer++) {
            Tensor attended = selfAttention(Part.ENCODER, layer, states, attentionMask, scoreBias, DecoderCache.none());
            states = feedForward(Part.ENCODER, layer, attended, attentionMask);
        }
        return states;
    }

    /**
     * The states after the decoder's last layer {@code [batch, length, hidden]}.
     *
     * @param hidden the embeddings, of the same shape
     * @param attentionMask {@code [batch, length]}, true at real tokens
     * @param scoreBias of the decoder's tokens, as in {@link KeysAndValues}
     * @param memory what the encoder made of the source
     * @param cache keys and values of earlier tokens and of the memory
     */
    public Tensor decode(Tensor hidden, Tensor attentionMask, Tensor scoreBias, Memory memory, DecoderCache cache) {
        Tensor memoryBias = overReal(memory.attentionMask());
        Tensor states = hidden;
        for (int layer = 0; layer < count(Part.DECODER); layer++) {
            Tensor attended = selfAttention(Part.DECODER, layer, states, attentionMask, scoreBias, cache);
            Tensor crossed = crossAttention(layer, attended, attentionMask, memory, memoryBias, cache);
            states = feedForward(Part.DECODER, layer, crossed, attentionMask);
        }
        return states;
    }

    /** The score bias {@code [batch, 1, 1, length]} that leaves out padding. */
    public static Tensor overReal(Tensor attentionMask) {
        return Layers.scoreBias(attentionMask.unsqueeze(1).unsqueeze(1));
    }

    private int count(Part part) {
        return layers.network().anatomy().layers(part);
    }

    private Tensor selfAttention(
            Part part, int layer, Tensor hidden, Tensor attentionMask, Tensor scoreBias, DecoderCache cache) {
        return subLayer.apply(
                new Site(part, layer, Place.ATTENTION),
                hidden,
                attentionMask,
                x -> layers.selfAttention(part, layer, x, attentionMask, scoreBias, own -> cache.extend(layer, own)));
    }

    private Tensor crossAttention(
            int layer, Tensor hidden, Tensor attentionMask, Memory memory, Tensor memoryBias, DecoderCache cache) {
        KeysAndValues remembered = cache.memory(
                layer,
                memoryBias,
                () -> layers.keysAndValues(Part.CROSS, layer, memory.states(), memory.attentionMask(), memoryBias));
        return subLayer.apply(
                new Site(Part.CROSS, layer, Place.ATTENTION),
                hidden,
                attentionMask,
                x -> layers.attention(Part.CROSS, layer, x, remembered, attentionMask));
    }

    private Tensor feedForward(Part part, int layer, Tensor hidden, Tensor attentionMask) {
        return subLayer.apply(
                new Site(part, layer, Place.FFN),
                hidden,
                attentionMask,
                x -> layers.feedForward(part, layer, x, attentionMask));
    }
}

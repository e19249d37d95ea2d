package org.unipelt.backbone;

import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.text.TokenBatch;

/**
 * A backbone that generates: an encoder reads the source, a decoder attends to it and predicts a target token by token.
 */
public interface EncoderDecoder extends Backbone {
    /**
     * What a decoder attends to.
     *
     * @param states the encoder's last hidden states {@code [batch, source length, hidden]}
     * @param attentionMask {@code [batch, source length]}, true where a state is of a real token
     */
    record Memory(Tensor states, Tensor attentionMask) {}

    /**
     * The decoder's last hidden states {@code [batch, length, hidden]} when it reads the source itself, shifted right: how
     * such a model classifies a text (Lewis et al. 2020, section 3.1).
     */
    @Override
    default Tensor forward(TokenBatch batch, Modifications modifications, Pass pass) {
        Memory memory = encode(batch, modifications, pass);
        Tensor target = shiftRight(batch.ids(), batch.attentionMask());
        try (DecoderCache none = DecoderCache.none()) {
            return decode(memory, target, batch.attentionMask(), none, modifications, pass);
        }
    }

    @Override
    default Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case END -> Pooling.last(hidden, batch.ids(), endId());
            case MEAN -> Pooling.mean(hidden, batch.attentionMask());
            case POOLER, FIRST ->
                throw new InputException("pooling '" + pooling.text() + "' is for encoder-only models; an"
                        + " encoder-decoder has 'end' or 'mean'");
        };
    }

    /** Reads the source. If a method puts vectors in front of the text, their states are kept. */
    Memory encode(TokenBatch source, Modifications modifications, Pass pass);

    /**
     * The decoder's last hidden states {@code [batch, length, hidden]}. Each position attends to itself and those
     * before it.
     *
     * @param ids the target so far, Long {@code [batch, length]}; with a cache, only the tokens that it does not hold
     *     yet
     * @param attentionMask {@code [batch, length]}, true where {@code ids} holds a real token
     * @param cache what earlier steps computed
     */
    Tensor decode(
            Memory memory,
            Tensor ids,
            Tensor attentionMask,
            DecoderCache cache,
            Modifications modifications,
            Pass pass);

    /** The logits of the next token {@code [batch, length, vocabulary]}, from the decoder's states. */
    Tensor vocabularyLogits(Tensor states, Modifications modifications);

    /**
     * What the decoder reads to predict a target: the start token, then the target without its last token.
     *
     * @param target Long {@code [batch, length]}
     * @param attentionMask {@code [batch, length]}, true where it holds a real token
     */
    Tensor shiftRight(Tensor target, Tensor attentionMask);

    /** The id of the token that a generated target starts with; it is not part of the text. */
    int startId();

    /** Whether a target starts with its own last token, which names its language, instead of {@link #startId}. */
    boolean startsWithLanguage();

    /** The id of the token that ends a text. */
    int endId();

    /** A token that every generated target begins with, right after the start, if the checkpoint asks for one. */
    OptionalInt forcedFirstId();

    /** A token that a target ends with even at its greatest length, if the checkpoint asks for one. */
    OptionalInt forcedLastId();
}

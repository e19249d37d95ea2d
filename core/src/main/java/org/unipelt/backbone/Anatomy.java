package org.unipelt.backbone;

import java.util.List;
import java.util.Optional;

/**
 * What a transformer is made of; its {@link Sites} have the widths of every site.
 *
 * @param hidden hidden size
 * @param embedding width of the embeddings; small ELECTRAs project them to the hidden size, others have that size at
 *     once
 * @param stacks one for each part that the model has, in the order of {@link Part}
 */
public record Anatomy(int hidden, int embedding, List<Stack> stacks) {
    /**
     * A stack of layers that are all alike.
     *
     * @param part which of the model's stacks it is
     * @param layers how many; a text passes each of them once
     * @param distinct how many of them have weights of their own; as many as layers in most models. In ALBERT (Lan et
     *     al. 2020, section 3.1), neighbours share theirs
     * @param heads of each layer's attention
     * @param feedForward each layer's feed-forward network; none in {@link Part#CROSS}, which shares the decoder's
     */
    public record Stack(Part part, int layers, int distinct, Heads heads, Optional<FeedForward> feedForward) {
        /** A stack whose layers all have their own weights. */
        public Stack(Part part, int layers, Heads heads, Optional<FeedForward> feedForward) {
            this(part, layers, layers, heads, feedForward);
        }

        /** The same layers with fewer weights. */
        public Stack sharing(int distinct) {
            return new Stack(part, layers, distinct, heads, feedForward);
        }

        /** The number of the weights that a layer has, from 0; the layer's own number if all have their own. */
        public int weightsOf(int layer) {
            return (int) (layer / ((double) layers / distinct));
        }

        /** A stack like BERT's: heads that divide the hidden size, a plain feed-forward network with GELU. */
        public static Stack plain(Part part, int layers, int hidden, int heads, int intermediate) {
            return plain(part, layers, hidden, heads, intermediate, Activation.GELU);
        }

        /** A stack like BERT's with another activation. */
        public static Stack plain(
                Part part, int layers, int hidden, int heads, int intermediate, Activation activation) {
            FeedForward feedForward = new FeedForward(intermediate, activation, false);
            return new Stack(part, layers, Heads.of(hidden, heads), Optional.of(feedForward));
        }
    }

    /**
     * The heads of an attention.
     *
     * @param queries how many heads there are
     * @param keys how many keys and values they share; as many as queries in most models (Ainslie et al. 2023)
     * @param size of one head
     * @param divisor of the products of queries and keys before the softmax: √size in most models, 1 in T5
     */
    public record Heads(int queries, int keys, int size, double divisor) {
        /** Heads that divide the hidden size among them, each with its own keys and values. */
        public static Heads of(int hidden, int heads) {
            int size = hidden / heads;
            return new Heads(heads, heads, size, Math.sqrt(size));
        }

        /** The width of the concatenated heads. */
        public int width() {
            return queries * size;
        }
    }

    /**
     * A feed-forward network: {@code W_2 f(W_1 x)}, or {@code W_2 (f(W_g x) · W_1 x)} with a gate (Shazeer 2020).
     *
     * @param intermediate width between the maps
     * @param activation f
     * @param gated whether there is W_g, see {@link Place#FFN_GATE}
     */
    public record FeedForward(int intermediate, Activation activation, boolean gated) {}

    /** Copies the list. */
    public Anatomy {
        stacks = List.copyOf(stacks);
    }

    /** A model whose embeddings have the hidden size. */
    public Anatomy(int hidden, Stack... stacks) {
        this(hidden, hidden, List.of(stacks));
    }

    /**
     * The stack of that part.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Stack stack(Part part) {
        return stacks.stream()
                .filter(stack -> stack.part() == part)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this backbone has no " + part.text()));
    }

    /** How many layers a part has; 0 if the model has no such part. */
    public int layers(Part part) {
        return stacks.stream()
                .filter(stack -> stack.part() == part)
                .mapToInt(Stack::layers)
                .sum();
    }
}

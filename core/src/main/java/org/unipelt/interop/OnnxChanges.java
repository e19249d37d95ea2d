package org.unipelt.interop;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Site;
import org.unipelt.interop.OnnxGraph.Value;

/**
 * What a method changes in a network that is drawn: {@link org.unipelt.backbone.Modifications}, with values of a graph in
 * place of tensors. Each function gets what is at a site and gives what is there instead; at sites that the method leaves
 * alone it gives the same. A {@code mask} is Float {@code [batch, length]}, 1 for a real token and 0 for padding.
 */
interface OnnxChanges {
    /** Changes nothing. */
    OnnxChanges NONE = new OnnxChanges() {};

    /** Keys and values {@code [batch, heads, length, head size]}, and what is added to their scores. */
    record KeysAndValues(Value keys, Value values, Value scoreBias) {}

    /**
     * An attention.
     *
     * @param x its input {@code [batch, length, hidden]}
     * @param query {@code [batch, heads, length, head size]}, not yet divided
     * @param divisor of the products of queries and keys
     * @param queryOf projects queries from any other input of {@code x}'s shape
     * @param attended what the queries attend to
     */
    record Attention(Value x, Value query, double divisor, UnaryOperator<Value> queryOf, KeysAndValues attended) {}

    /** States {@code [batch, length, width]} and their mask. */
    record Sequence(Value states, Value mask) {}

    /** What replaces a frozen weight. */
    default Optional<Tensor> weight(String name) {
        return Optional.empty();
    }

    /** How many vectors {@link #embeddings} puts in front of a text. */
    default int inFront() {
        return 0;
    }

    /** The summed embeddings. */
    default Sequence embeddings(Sequence embedded) {
        return embedded;
    }

    /**
     * The output of a projection, or the inner activation.
     *
     * @param x the projection's input, or the inner activation itself
     */
    default Value projection(Site site, Value x, Value mask, Value y) {
        return y;
    }

    /** The keys and values of an attention with the input {@code x}. */
    default KeysAndValues keysAndValues(Site site, Value x, Value mask, KeysAndValues unchanged) {
        return unchanged;
    }

    /** The concatenated heads of an attention {@code [batch, length, heads · head size]}. */
    default Value heads(Site site, Attention attention, Value mask, Value heads) {
        return heads;
    }

    /**
     * The output of a sub-layer before its residual.
     *
     * @param x the sub-layer's input
     * @param norm the norm that closes it
     */
    default Value subLayer(Site site, Value x, UnaryOperator<Value> norm, Value mask, Value h) {
        return h;
    }

    /** Several changes, one after the other. */
    record Several(List<OnnxChanges> parts) implements OnnxChanges {
        @Override
        public Optional<Tensor> weight(String name) {
            return parts.stream().flatMap(part -> part.weight(name).stream()).reduce((earlier, later) -> later);
        }

        @Override
        public int inFront() {
            return parts.stream().mapToInt(OnnxChanges::inFront).sum();
        }

        @Override
        public Sequence embeddings(Sequence embedded) {
            return after(embedded, OnnxChanges::embeddings);
        }

        @Override
        public Value projection(Site site, Value x, Value mask, Value y) {
            return after(y, (part, changed) -> part.projection(site, x, mask, changed));
        }

        @Override
        public KeysAndValues keysAndValues(Site site, Value x, Value mask, KeysAndValues unchanged) {
            return after(unchanged, (part, changed) -> part.keysAndValues(site, x, mask, changed));
        }

        @Override
        public Value heads(Site site, Attention attention, Value mask, Value heads) {
            return after(heads, (part, changed) -> part.heads(site, attention, mask, changed));
        }

        @Override
        public Value subLayer(Site site, Value x, UnaryOperator<Value> norm, Value mask, Value h) {
            return after(h, (part, changed) -> part.subLayer(site, x, norm, mask, changed));
        }

        private <T> T after(T unchanged, BiFunction<OnnxChanges, T, T> change) {
            T changed = unchanged;
            for (OnnxChanges part : parts) {
                changed = change.apply(part, changed);
            }
            return changed;
        }
    }
}

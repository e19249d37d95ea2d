package org.unipelt.backbone;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Weights;

/**
 * What one forward pass changes in the frozen network: functions by {@link Site}, and weights that replace frozen ones.
 * A backbone takes them as an argument and asks at each site. It never learns which method made them, and it keeps none
 * of them. Several changes at one site act in the order in which they were added.
 *
 * <p>This is He et al. 2022, section 3: every method modifies some hidden representation {@code h}, reading either
 * the sub-layer's input {@code x} (parallel) or its output {@code h} (sequential). So each change gets both.
 * {@code attentionMask} is {@code [batch, length]}, true where a position holds a real token.
 *
 * <p>Made anew for each pass, and used by its thread alone. Passes without dropout may share them, on any number of threads,
 * once they are filled.
 */
public final class Modifications {
    /**
     * What a map projects, and for which texts.
     *
     * @param x {@code [batch, length, in]}, or {@code [1 or batch, rows, in]} if its rows belong to no token, such as
     *     embeddings of relative positions; at the feed-forward network's inner activation, the activation itself
     * @param text the states that a gate reads {@code [batch, length, in]}; {@code x} itself if it holds tokens
     */
    public record ProjectionInput(Tensor x, Sequence text) {
        /** Whether each row of {@code x} is a token's. */
        @SuppressWarnings("ReferenceEquality") // The same states, not equal ones.
        public boolean holdsTokens() {
            return x == text.states();
        }
    }

    /** A change to a projection's output, or to the feed-forward network's inner activation. */
    @FunctionalInterface
    public interface ProjectionChange {
        /**
         * The changed output {@code [batch, length, out]}. For rows that belong to no token it is
         * {@code [1, rows, out]}, or {@code [batch, rows, out]} if the change depends on the text.
         *
         * @param y the projection's output so far, as long as {@code input.x()}
         */
        Tensor apply(ProjectionInput input, Tensor y);
    }

    /** A map of states as a pass computes it, with what modifies the map itself. */
    public interface StatesMap {
        /** Leaves states as they are. */
        StatesMap IDENTITY = new StatesMap() {
            @Override
            public Tensor apply(Tensor states) {
                return states;
            }

            @Override
            public StatesMap of(Rows rows) {
                return this;
            }
        };

        /** The mapped states. */
        Tensor apply(Tensor states);

        /** The same map for states of some rows alone, which have modifications of their own. */
        StatesMap of(Rows rows);
    }

    /** A change to a sub-layer's output. */
    @FunctionalInterface
    public interface SubLayerChange {
        /**
         * The changed output {@code [batch, length, hidden]}.
         *
         * @param x the sub-layer's input, which is also its residual
         * @param h the sub-layer's output so far, before the residual is added
         * @param norm the norm that closes the sub-layer; the identity in models that normalise before it
         */
        Tensor apply(Tensor x, Tensor h, StatesMap norm, Tensor attentionMask);
    }

    /**
     * Keys and values of one attention.
     *
     * @param keys {@code [batch, heads, length, head size]}
     * @param values of the same shape
     * @param scoreBias Float {@code [batch or 1, heads or 1, queries or 1, length]}, added to the scores before the
     *     softmax: -∞ where a query may not attend, otherwise 0 or the bias of relative positions. A change that adds
     *     keys adds their columns, with 0 if every query may attend to them
     */
    public record KeysAndValues(Tensor keys, Tensor values, Tensor scoreBias) {}

    /** A change to the keys and values that queries attend to. */
    @FunctionalInterface
    public interface KeysAndValuesChange {
        /**
         * The changed keys and values; their length may grow.
         *
         * @param x the attention's input {@code [batch, length, hidden]}
         */
        KeysAndValues apply(Tensor x, KeysAndValues unchanged, Tensor attentionMask);
    }

    /**
     * An attention while it is computed.
     *
     * @param x its input, from which the queries are projected {@code [batch, queries, hidden]}
     * @param query the queries {@code [batch, heads, queries, head size]}, not yet divided
     * @param divisor of the products of queries and keys, √(head size) in most models
     * @param queryOf projects queries from any other input of {@code x}'s shape
     * @param attended what they attend to
     */
    public record Attention(Tensor x, Tensor query, double divisor, StatesMap queryOf, KeysAndValues attended) {}

    /** A change to the heads of an attention. */
    @FunctionalInterface
    public interface HeadsChange {
        /**
         * The changed heads {@code [batch, queries, hidden]}.
         *
         * @param heads the concatenated heads so far, before they are projected
         */
        Tensor apply(Attention attention, Tensor heads, Tensor attentionMask);
    }

    /**
     * The states of a batch of texts.
     *
     * @param states {@code [batch, length, width]}; summed embeddings are {@link Anatomy#embedding} wide
     * @param attentionMask {@code [batch, length]}
     */
    public record Sequence(Tensor states, Tensor attentionMask) {}

    /** A change to the summed embeddings; the sequence may grow in front. */
    @FunctionalInterface
    public interface EmbeddingsChange {
        /** The changed sequence. */
        Sequence apply(Sequence embedded);
    }

    final Map<Site, List<ProjectionChange>> projections = new HashMap<>();
    final Map<Site, List<SubLayerChange>> subLayers = new HashMap<>();
    final Map<Site, List<KeysAndValuesChange>> keysAndValues = new HashMap<>();
    final Map<Site, List<HeadsChange>> heads = new HashMap<>();
    final List<EmbeddingsChange> embeddings = new ArrayList<>();
    final Map<String, Tensor> weights = new HashMap<>();

    /** Begins without changes. */
    public Modifications() {}

    /** Changes a projection's output. */
    public void projection(Site site, ProjectionChange change) {
        projections.computeIfAbsent(site, s -> new ArrayList<>()).add(change);
    }

    /** Changes the output of an attention or feed-forward sub-layer. */
    public void subLayer(Site site, SubLayerChange change) {
        subLayers.computeIfAbsent(site, s -> new ArrayList<>()).add(change);
    }

    /** Changes the keys and values of an attention. */
    public void keysAndValues(Site site, KeysAndValuesChange change) {
        keysAndValues.computeIfAbsent(site, s -> new ArrayList<>()).add(change);
    }

    /** Changes the concatenated heads of an attention. */
    public void heads(Site site, HeadsChange change) {
        heads.computeIfAbsent(site, s -> new ArrayList<>()).add(change);
    }

    /** Changes the summed embeddings. */
    public void embeddings(EmbeddingsChange change) {
        embeddings.add(change);
    }

    /** Replaces a frozen weight by one of the same shape. */
    public void weight(String name, Tensor replacement) {
        weights.put(name, replacement);
    }

    /**
     * The lowest layer at which something changes, in any part: 0 if the embeddings change or a weight is replaced. Empty if
     * nothing changes. What lies below is the frozen model alone, and a pass drops nothing there.
     */
    public OptionalInt firstLayer() {
        if (!embeddings.isEmpty() || !weights.isEmpty()) {
            return OptionalInt.of(0);
        }
        return Stream.of(projections, subLayers, keysAndValues, heads)
                .flatMap(bySite -> bySite.keySet().stream())
                .mapToInt(Site::layer)
                .min();
    }

    /**
     * A replaced weight that is not a vector, if there is one. A batch in which only some rows replace it would have to
     * compute the others without it, so such modifications need a batch of their own.
     */
    public Optional<String> replacedMatrix() {
        return weights.entrySet().stream()
                .filter(weight -> weight.getValue().dim() > 1)
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst();
    }

    // What a backbone calls.

    Tensor atProjection(Site site, ProjectionInput input, Tensor y) {
        Tensor changed = y;
        for (ProjectionChange change : projections.getOrDefault(site, List.of())) {
            changed = change.apply(input, changed);
        }
        return changed;
    }

    /** A sub-layer's output {@code h} with the changes at its site; see {@link SubLayerChange#apply}. */
    public Tensor atSubLayer(Site site, Tensor x, Tensor h, StatesMap norm, Tensor attentionMask) {
        Tensor changed = h;
        for (SubLayerChange change : subLayers.getOrDefault(site, List.of())) {
            changed = change.apply(x, changed, norm, attentionMask);
        }
        return changed;
    }

    KeysAndValues atKeysAndValues(Site site, Tensor x, KeysAndValues unchanged, Tensor attentionMask) {
        KeysAndValues changed = unchanged;
        for (KeysAndValuesChange change : keysAndValues.getOrDefault(site, List.of())) {
            changed = change.apply(x, changed, attentionMask);
        }
        return changed;
    }

    Tensor atHeads(Site site, Attention attention, Tensor before, Tensor attentionMask) {
        Tensor changed = before;
        for (HeadsChange change : heads.getOrDefault(site, List.of())) {
            changed = change.apply(attention, changed, attentionMask);
        }
        return changed;
    }

    /** The summed embeddings with their changes. */
    public Sequence atEmbeddings(Sequence embedded) {
        Sequence changed = embedded;
        for (EmbeddingsChange change : embeddings) {
            changed = change.apply(changed);
        }
        return changed;
    }

    /** Whether this pass replaces a frozen weight. */
    boolean replaces(String name) {
        return weights.containsKey(name);
    }

    /** The replacement of a frozen weight, or the weight itself; {@code [batch, 1, width]} if each row has its own vector. */
    public Tensor atWeight(String name, Weights frozen) {
        return replaces(name) ? Objects.requireNonNull(weights.get(name)) : frozen.get(name);
    }
}

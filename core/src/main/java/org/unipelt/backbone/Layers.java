package org.unipelt.backbone;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Modifications.Attention;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.ProjectionInput;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Modifications.StatesMap;
import org.unipelt.tensor.PackedMap;

/**
 * The blocks of a transformer as one forward pass computes them: frozen weights, what modifies them, dropout.
 *
 * @param network the frozen network
 * @param norm of the whole network
 * @param positions how attention knows positions
 * @param modifications what changes at the sites
 * @param pass dropout and observer
 */
public record Layers(
        FrozenNetwork network, Norm norm, PositionEncoding positions, Modifications modifications, Pass pass) {
    /**
     * Computes a piece of the pass and keeps only its result. Other tensors of the piece are freed when it ends, and
     * not when the whole pass ends; autograd keeps those that it needs.
     */
    public static Tensor keepingResult(Supplier<Tensor> piece) {
        PointerScope outer = PointerScope.getInnerScope();
        if (outer == null) {
            return piece.get();
        }
        try (PointerScope inner = new PointerScope()) {
            Tensor result = piece.get();
            outer.attach(result);
            return result;
        }
    }

    /**
     * The score bias of a mask: 0 where a query may attend, -∞ elsewhere. Each query needs at least one position that
     * it may attend to; without one, softmax gives NaN.
     *
     * @param attendable Bool {@code [batch or 1, 1, 1 or queries, length]}
     * @return Float of the same shape
     */
    public static Tensor scoreBias(Tensor attendable) {
        return attendable
                .new_zeros(attendable.shape(), new TensorOptions(ScalarType.Float))
                .masked_fill(attendable.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    }

    /**
     * The score bias of a decoder, {@code [1, 1, length, before + length]}: a position attends to itself and to those
     * before it.
     *
     * @param before positions of earlier steps
     */
    public Tensor causal(long length, long before) {
        return scoreBias(network.compute()
                .move(torch.ones(new long[] {1, 1, length, before + length}, new TensorOptions(ScalarType.Bool)))
                .tril(before));
    }

    /** A weight, or its replacement in this pass. */
    public Tensor weight(String name) {
        return modifications.atWeight(name, network.computed());
    }

    /** {@code W x + b}, {@code [.., in]} to {@code [.., out]}; {@code W x} if the checkpoint has no bias. */
    public Tensor linear(Tensor x, MapSlice map) {
        return linear(new MapInput(x), map);
    }

    private Tensor linear(MapInput x, MapSlice map) {
        if (!network.computed().has(map.bias())) {
            return linear(x, map, Optional.empty());
        }
        Tensor bias = weight(map.bias());
        if (bias.dim() == 1) {
            return linear(x, map, Optional.of(map.of(bias)));
        }
        // Each row has its own.
        Tensor product = linear(x, map, Optional.empty());
        return product.add(bias.narrow(2, map.from(), map.rows()).to(product.scalar_type()));
    }

    private Tensor linear(MapInput x, MapSlice map, Optional<Tensor> bias) {
        Optional<PackedMap> packed = network.packed(map);
        if (packed.isPresent() && !modifications.replaces(map.weight())) {
            if (x.states().requires_grad()) {
                throw new IllegalStateException("a network that is for predicting only has no gradients");
            }
            return packed.get().apply(x.as(packed.get()), bias);
        }
        return torch.linear(
                x.states(),
                map.of(weight(map.weight())),
                bias.map(TensorOptional::new).orElseGet(TensorOptional::new));
    }

    /** The norm of that name over the last dimension of {@code x}; a checkpoint may have no bias for it. */
    public Tensor norm(Tensor x, String name) {
        String bias = name + ".bias";
        return norm.apply(
                x,
                weight(name + ".weight"),
                network.computed().has(bias) ? new TensorOptional(weight(bias)) : new TensorOptional());
    }

    /**
     * Rows of a table in 32 bits, {@code [batch, length, width]}.
     *
     * @param ids Long {@code [batch, length]}
     * @param padding the row that gets no gradient, or -1
     */
    public Tensor embedding(Tensor ids, String name, long padding) {
        return torch.embedding(weight(name), ids, padding, false, false).to(ScalarType.Float);
    }

    /** The same layers for some rows alone, with the modifications of these. */
    private Layers of(Rows rows) {
        return new Layers(network, norm, positions.of(rows), rows.modifications(), pass);
    }

    /** The norm of that name. */
    private record NamedNorm(Layers layers, String name) implements StatesMap {
        @Override
        public Tensor apply(Tensor states) {
            return layers.norm(states, name);
        }

        @Override
        public StatesMap of(Rows rows) {
            return new NamedNorm(layers.of(rows), name);
        }
    }

    /** The queries of an attention, {@code [batch, queries, hidden]} to {@code [batch, heads, queries, head size]}. */
    private record Queries(Layers layers, Part part, int layer, Tensor attentionMask) implements StatesMap {
        @Override
        public Tensor apply(Tensor states) {
            return from(new MapInput(states));
        }

        Tensor from(MapInput states) {
            Tensor projected = layers.project(states, new Site(part, layer, Place.QUERY), attentionMask);
            Heads heads = layers.network.anatomy().stack(part).heads();
            return layers.positions.rotate(part, layer, split(projected, heads));
        }

        @Override
        public StatesMap of(Rows rows) {
            return new Queries(layers.of(rows), part, layer, rows.of(attentionMask));
        }
    }

    /** {@code x} with the dropout of this pass. */
    public Tensor dropout(Tensor x) {
        return pass.dropout().apply(x);
    }

    /**
     * The linear map of a projection's site with its changes, {@code [batch, length, out]}.
     *
     * @param x {@code [batch, length, in]}
     * @param attentionMask {@code [batch, length]}, true where {@code x} holds a real token
     */
    public Tensor project(Tensor x, Site site, Tensor attentionMask) {
        return project(new MapInput(x), site, attentionMask);
    }

    private Tensor project(MapInput x, Site site, Tensor attentionMask) {
        return project(x, site, new Sequence(x.states(), attentionMask));
    }

    /**
     * The same map for rows that belong to no token, {@code [1, rows, out]}; {@code [batch, rows, out]} if a change
     * depends on the text.
     *
     * @param rows {@code [1, rows, in]}
     * @param text whose attention reads them
     */
    public Tensor project(Tensor rows, Site site, Sequence text) {
        return project(new MapInput(rows), site, text);
    }

    private Tensor project(MapInput rows, Site site, Sequence text) {
        return modifications.atProjection(
                site,
                new ProjectionInput(rows.states(), text),
                linear(rows, network.sites().map(site)));
    }

    /**
     * The keys and values of an attention. If several query heads share one of them (Ainslie et al. 2023), it is
     * repeated, so that methods always find one for each query head.
     *
     * @param x what they are projected from {@code [batch, length, hidden]}
     * @param attentionMask {@code [batch, length]}, true where {@code x} holds a real token
     * @param scoreBias see {@link KeysAndValues}
     */
    public KeysAndValues keysAndValues(Part part, int layer, Tensor x, Tensor attentionMask, Tensor scoreBias) {
        return keysAndValues(part, layer, new MapInput(x), attentionMask, scoreBias);
    }

    private KeysAndValues keysAndValues(Part part, int layer, MapInput x, Tensor attentionMask, Tensor scoreBias) {
        Heads heads = network.anatomy().stack(part).heads();
        Tensor keys = split(project(x, new Site(part, layer, Place.KEY), attentionMask), heads);
        return new KeysAndValues(
                forEachQuery(positions.rotate(part, layer, keys), heads),
                forEachQuery(split(project(x, new Site(part, layer, Place.VALUE), attentionMask), heads), heads),
                scoreBias);
    }

    /**
     * Multi-head attention: the heads, projected, {@code [batch, queries, hidden]}.
     *
     * @param x what the queries are projected from
     * @param unchanged the keys and values before any modification
     * @param attentionMask {@code [batch, queries]}, true where {@code x} holds a real token
     */
    public Tensor attention(Part part, int layer, Tensor x, KeysAndValues unchanged, Tensor attentionMask) {
        return attention(part, layer, new MapInput(x), unchanged, attentionMask);
    }

    /**
     * An attention whose queries, keys and values are projected from the same states.
     *
     * @param x those states {@code [batch, length, hidden]}, as the result
     * @param scoreBias see {@link KeysAndValues}
     * @param earlier adds the keys and values of earlier steps
     */
    public Tensor selfAttention(
            Part part,
            int layer,
            Tensor x,
            Tensor attentionMask,
            Tensor scoreBias,
            UnaryOperator<KeysAndValues> earlier) {
        MapInput input = new MapInput(x);
        KeysAndValues own = keysAndValues(part, layer, input, attentionMask, scoreBias);
        return attention(part, layer, input, earlier.apply(own), attentionMask);
    }

    private Tensor attention(Part part, int layer, MapInput input, KeysAndValues unchanged, Tensor attentionMask) {
        Tensor x = input.states();
        Heads heads = network.anatomy().stack(part).heads();
        Queries queryOf = new Queries(this, part, layer, attentionMask);
        Tensor query = queryOf.from(input);
        KeysAndValues biased = new KeysAndValues(
                unchanged.keys(),
                unchanged.values(),
                positions.scoreBias(part, layer, new Sequence(x, attentionMask), query, unchanged));
        KeysAndValues attended =
                modifications.atKeysAndValues(new Site(part, layer, Place.KEYS_AND_VALUES), x, biased, attentionMask);
        Tensor concatenated = modifications.atHeads(
                new Site(part, layer, Place.HEADS),
                new Attention(x, query, heads.divisor(), queryOf, attended),
                ScaledDotProduct.attention(network.compute(), pass.dropout(), query, attended, heads.divisor())
                        .transpose(1, 2)
                        .flatten(2, 3),
                attentionMask);
        return project(concatenated, new Site(part, layer, Place.ATTENTION_OUT), attentionMask);
    }

    /**
     * A sub-layer with its residual, normed after the sum: LN(x + f(x)), as in BERT.
     *
     * @param x {@code [batch, length, hidden]}, as the result
     * @param norm the name of the norm
     * @param attentionMask {@code [batch, length]}, true where {@code x} holds a real token
     */
    public Tensor postNorm(Site site, Tensor x, String norm, Tensor attentionMask, UnaryOperator<Tensor> f) {
        StatesMap closing = new NamedNorm(this, norm);
        return observed(site, () -> {
            Tensor h = dropout(f.apply(x));
            return closing.apply(
                    modifications.atSubLayer(site, x, h, closing, attentionMask).add(x));
        });
    }

    /** A sub-layer with its residual, normed before f: x + f(LN(x)). A method finds no norm after h. */
    public Tensor preNorm(
            Site site, Tensor x, UnaryOperator<Tensor> norm, Tensor attentionMask, UnaryOperator<Tensor> f) {
        return observed(site, () -> {
            Tensor h = dropout(f.apply(norm.apply(x)));
            return modifications
                    .atSubLayer(site, x, h, StatesMap.IDENTITY, attentionMask)
                    .add(x);
        });
    }

    private Tensor observed(Site site, Supplier<Tensor> subLayer) {
        Tensor out = keepingResult(subLayer);
        pass.observer().output(site, out);
        return out;
    }

    /** The feed-forward network of a layer, plain or gated, {@code [batch, length, hidden]}. */
    public Tensor feedForward(Part part, int layer, Tensor x, Tensor attentionMask) {
        FeedForward parts = network.anatomy().stack(part).feedForward().orElseThrow();
        MapInput input = new MapInput(x);
        Tensor up = project(input, new Site(part, layer, Place.FFN_UP), attentionMask);
        Tensor inner = parts.gated()
                ? parts.activation()
                        .apply(project(input, new Site(part, layer, Place.FFN_GATE), attentionMask))
                        .mul(up)
                : parts.activation().apply(up);
        Tensor changed = modifications.atProjection(
                new Site(part, layer, Place.FFN_INNER),
                new ProjectionInput(inner, new Sequence(inner, attentionMask)),
                inner);
        return project(changed, new Site(part, layer, Place.FFN_DOWN), attentionMask);
    }

    /** {@code [batch, length, heads · head size]} as {@code [batch, heads, length, head size]}; a view. */
    public static Tensor split(Tensor states, Heads heads) {
        return states.view(states.size(0), states.size(1), -1, heads.size()).transpose(1, 2);
    }

    private static Tensor forEachQuery(Tensor shared, Heads heads) {
        return heads.keys() == heads.queries()
                ? shared
                : shared.repeat_interleave(heads.queries() / heads.keys(), new LongOptional(1), new LongOptional());
    }
}

package org.unipelt.backbone;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Modifications.Attention;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Weights;

/**
 * The blocks that transformers are made of, as one forward pass sees them: frozen weights, what modifies them, dropout.
 *
 * @param weights the frozen ones
 * @param shape the sizes
 * @param epsilon of every layer-norm
 * @param divisor of the products of queries and keys before the softmax: √(head size) in most models, 1 in T5
 * @param turn tells queries and keys their positions
 * @param sites with the linear maps behind the projections
 * @param modifications what changes at the sites
 * @param pass dropout and observer
 * @param compute says how attention is cut, and whether it is fused
 */
public record Layers(
        Weights weights,
        Shape shape,
        double epsilon,
        double divisor,
        Turn turn,
        Sites sites,
        Modifications modifications,
        Pass pass,
        Compute compute) {
    /** Tells queries and keys their positions, as rotary embeddings do (Su et al. 2021, Eq. 34). */
    @FunctionalInterface
    public interface Turn {
        /** Leaves them: the embeddings have the positions. */
        Turn NONE = (part, layer, heads) -> heads;

        /** The turned heads, {@code [batch, heads, length, head size]} as before. */
        Tensor apply(Part part, int layer, Tensor heads);
    }

    /**
     * A piece of the pass of which only the result is kept. Whatever else it made is freed at its end, where the scope
     * around it would hold it until the whole pass has ended; what autograd still needs, autograd keeps.
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

    /** A weight, or what stands in for it in this pass. */
    public Tensor weight(String name) {
        return modifications.atWeight(name, weights.get(name));
    }

    /** {@code W x + b}, {@code [.., in]} to {@code [.., out]}; {@code W x} where the checkpoint has no bias. */
    public Tensor linear(Tensor x, MapSlice map) {
        Tensor matrix = map.of(weight(map.weight()));
        return weights.has(map.bias())
                ? torch.linear(x, matrix, new TensorOptional(map.of(weight(map.bias()))))
                : torch.linear(x, matrix);
    }

    /** The layer norm over the last dimension, which it keeps; its bias may be absent. */
    public Tensor norm(Tensor x, String name) {
        return torch.layer_norm(
                x,
                new long[] {x.size(-1)},
                new TensorOptional(weight(name + ".weight")),
                weights.has(name + ".bias") ? new TensorOptional(weight(name + ".bias")) : new TensorOptional(),
                epsilon,
                true);
    }

    /**
     * Rows of a table, {@code [batch, length, width]}.
     *
     * @param ids Long {@code [batch, length]}
     * @param padding the row that gets no gradient, or -1
     */
    public Tensor embedding(Tensor ids, String name, long padding) {
        return torch.embedding(weight(name), ids, padding, false, false);
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
        return modifications.atProjection(site, x, linear(x, sites.map(site)), attentionMask);
    }

    /**
     * The keys and values of an attention. Where several query heads share one of them (Ainslie et al. 2023), it is
     * repeated, so that methods find as many heads everywhere.
     *
     * @param x where they are projected from {@code [batch, length, hidden]}
     * @param attentionMask {@code [batch, length]}, true where {@code x} holds a real token
     * @param attendable {@code [batch, 1, 1 or queries, length]}, true where a query may attend
     */
    public KeysAndValues keysAndValues(Part part, int layer, Tensor x, Tensor attentionMask, Tensor attendable) {
        return new KeysAndValues(
                all(turn.apply(part, layer, heads(project(x, new Site(part, layer, Place.KEY), attentionMask)))),
                all(heads(project(x, new Site(part, layer, Place.VALUE), attentionMask))),
                attendable);
    }

    /**
     * Multi-head attention: the heads, projected, {@code [batch, queries, hidden]}.
     *
     * @param x where the queries are projected from
     * @param unchanged the keys and values before any modification
     * @param attentionMask {@code [batch, queries]}, true where {@code x} holds a real token
     */
    public Tensor attention(Part part, int layer, Tensor x, KeysAndValues unchanged, Tensor attentionMask) {
        Site querySite = new Site(part, layer, Place.QUERY);
        UnaryOperator<Tensor> queryOf =
                input -> turn.apply(part, layer, heads(project(input, querySite, attentionMask)));
        Tensor query = queryOf.apply(x);
        KeysAndValues attended = modifications.atKeysAndValues(
                new Site(part, layer, Place.KEYS_AND_VALUES), x, unchanged, attentionMask);
        Tensor heads = modifications.atHeads(
                new Site(part, layer, Place.HEADS),
                new Attention(x, query, divisor, queryOf, attended),
                attend(query, attended).transpose(1, 2).flatten(2, 3),
                attentionMask);
        return project(heads, new Site(part, layer, Place.ATTENTION_OUT), attentionMask);
    }

    /** The feed-forward network, {@code W_2 gelu(W_1 x)}, {@code [batch, length, hidden]}. */
    public Tensor feedForward(Part part, int layer, Tensor x, Tensor attentionMask) {
        Tensor inner = project(x, new Site(part, layer, Place.FFN_UP), attentionMask);
        // The widest tensor of a layer is not needed twice, but where a gradient asks for it.
        Tensor activated = inner.requires_grad() ? torch.gelu(inner) : torch.gelu_(inner);
        Tensor changed =
                modifications.atProjection(new Site(part, layer, Place.FFN_INNER), activated, activated, attentionMask);
        return project(changed, new Site(part, layer, Place.FFN_DOWN), attentionMask);
    }

    /**
     * softmax(q kᵀ/divisor) v; without dropout by libtorch's fused kernel, which gives the same numbers in less memory, where
     * that is fast.
     */
    private Tensor attend(Tensor query, KeysAndValues attended) {
        if (!pass.dropout().isActive() && compute.fusesAttention(DType.of(query))) {
            return torch.scaled_dot_product_attention(
                    query,
                    attended.keys(),
                    attended.values(),
                    new TensorOptional(attended.attentionMask()),
                    0.0,
                    false,
                    new DoubleOptional(1 / divisor),
                    false);
        }
        long batch = query.size(0);
        long length = query.size(2);
        long attendable = attended.keys().size(2);
        long rows = compute.attentionRows(batch, shape.heads() * length * attendable);
        TensorVector queries = query.mul(new Scalar(1 / divisor)).split(rows, 0);
        TensorVector keys = attended.keys().transpose(2, 3).split(rows, 0);
        TensorVector values = attended.values().split(rows, 0);
        TensorVector blocked = blocked(attended.attentionMask())
                .expand(batch, 1, attended.attentionMask().size(2), attendable)
                .split(rows, 0);
        // Drawn for all rows at once, so that how many are computed at a time does not show in the numbers.
        Optional<TensorVector> kept = pass.dropout().isActive()
                ? Optional.of(pass.dropout()
                        .mask(compute.device(), batch, shape.heads(), length, attendable)
                        .split(rows, 0))
                : Optional.empty();
        TensorVector pieces = new TensorVector();
        for (long i = 0; i < queries.size(); i++) {
            long at = i;
            pieces.push_back(keepingResult(() -> {
                Tensor scores = queries.get(at).matmul(keys.get(at)).add_(blocked.get(at));
                Tensor probabilities = torch.softmax(scores, -1);
                return kept.map(masks -> probabilities.mul(masks.get(at)))
                        .orElse(probabilities)
                        .matmul(values.get(at));
            }));
        }
        return pieces.size() == 1 ? pieces.get(0) : torch.cat(pieces, 0);
    }

    /** 0, and -∞ where a query may not attend; to be added, as filling it in would ask for work on the way back too. */
    private static Tensor blocked(Tensor attentionMask) {
        return attentionMask
                .new_zeros(attentionMask.shape(), new TensorOptions(ScalarType.Float))
                .masked_fill(attentionMask.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    }

    /** {@code [batch, length, heads · head size]} as {@code [batch, heads, length, head size]}. */
    private Tensor heads(Tensor states) {
        return states.view(states.size(0), states.size(1), -1, shape.headSize()).transpose(1, 2);
    }

    /** As many heads as queries have. */
    private Tensor all(Tensor heads) {
        return heads.size(1) == shape.heads()
                ? heads
                : heads.repeat_interleave(shape.heads() / heads.size(1), new LongOptional(1), new LongOptional());
    }
}

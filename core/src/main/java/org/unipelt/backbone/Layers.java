package org.unipelt.backbone;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
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
 * @param epsilon of every layer-norm
 * @param projections the names of the linear maps behind the projections' sites, without {@code .weight}
 */
record Layers(
        Weights weights,
        Shape shape,
        double epsilon,
        Function<Site, String> projections,
        Modifications modifications,
        Pass pass,
        Compute compute) {
    /**
     * A piece of the pass of which only the result is kept. Whatever else it made is freed at its end, where the scope
     * around it would hold it until the whole pass has ended; what autograd still needs, autograd keeps.
     */
    static Tensor keepingResult(Supplier<Tensor> piece) {
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

    Tensor weight(String name) {
        return modifications.atWeight(name, weights.get(name));
    }

    Tensor linear(Tensor x, String name) {
        return torch.linear(x, weight(name + ".weight"), new TensorOptional(weight(name + ".bias")));
    }

    Tensor norm(Tensor x, String name) {
        return torch.layer_norm(
                x,
                new long[] {x.size(-1)},
                new TensorOptional(weight(name + ".weight")),
                new TensorOptional(weight(name + ".bias")),
                epsilon,
                true);
    }

    /** @param padding the row that gets no gradient, or -1 */
    Tensor embedding(Tensor ids, String name, long padding) {
        return torch.embedding(weight(name), ids, padding, false, false);
    }

    Tensor dropout(Tensor x) {
        return pass.dropout().apply(x);
    }

    Tensor project(Tensor x, Site site, Tensor keep) {
        return modifications.atProjection(site, x, linear(x, projections.apply(site)), keep);
    }

    /**
     * The keys and values of an attention.
     *
     * @param x where they are projected from {@code [batch, length, hidden]}
     * @param keep {@code [batch, length]}, true where {@code x} holds a real token
     * @param attendable {@code [batch, 1, 1 or queries, length]}, true where a query may attend
     */
    KeysAndValues keysAndValues(Part part, int layer, Tensor x, Tensor keep, Tensor attendable) {
        return new KeysAndValues(
                heads(project(x, new Site(part, layer, Place.KEY), keep)),
                heads(project(x, new Site(part, layer, Place.VALUE), keep)),
                attendable);
    }

    /**
     * Multi-head attention: the heads, projected, {@code [batch, queries, hidden]}.
     *
     * @param x where the queries are projected from
     * @param own the keys and values before any modification
     * @param keep {@code [batch, queries]}, true where {@code x} holds a real token
     */
    Tensor attention(Part part, int layer, Tensor x, KeysAndValues own, Tensor keep) {
        Site querySite = new Site(part, layer, Place.QUERY);
        Tensor query = heads(project(x, querySite, keep));
        KeysAndValues attended =
                modifications.atKeysAndValues(new Site(part, layer, Place.KEYS_AND_VALUES), x, own, keep);
        Tensor heads = modifications.atHeads(
                new Site(part, layer, Place.HEADS),
                new Attention(x, query, other -> heads(project(other, querySite, keep)), attended),
                attend(query, attended).transpose(1, 2).flatten(2, 3),
                keep);
        return project(heads, new Site(part, layer, Place.ATTENTION_OUT), keep);
    }

    /** The feed-forward network, {@code W_2 gelu(W_1 x)}, {@code [batch, length, hidden]}. */
    Tensor feedForward(Part part, int layer, Tensor x, Tensor keep) {
        Tensor inner = project(x, new Site(part, layer, Place.FFN_UP), keep);
        // The widest tensor of a layer is not needed twice, but where a gradient asks for it.
        Tensor activated = inner.requires_grad() ? torch.gelu(inner) : torch.gelu_(inner);
        return project(activated, new Site(part, layer, Place.FFN_DOWN), keep);
    }

    /**
     * softmax(q kᵀ/√d) v; without dropout by libtorch's fused kernel, which gives the same numbers in less memory, where
     * that is fast.
     */
    private Tensor attend(Tensor query, KeysAndValues attended) {
        if (!pass.dropout().isActive() && compute.fusesAttention(DType.of(query))) {
            return torch.scaled_dot_product_attention(
                    query,
                    attended.keys(),
                    attended.values(),
                    new TensorOptional(attended.keep()),
                    0.0,
                    false,
                    new DoubleOptional(),
                    false);
        }
        long batch = query.size(0);
        long length = query.size(2);
        long attendable = attended.keys().size(2);
        long rows = compute.attentionRows(batch, shape.heads() * length * attendable);
        TensorVector queries =
                query.mul(new Scalar(1 / Math.sqrt(shape.headSize()))).split(rows, 0);
        TensorVector keys = attended.keys().transpose(2, 3).split(rows, 0);
        TensorVector values = attended.values().split(rows, 0);
        TensorVector blocked = blocked(attended.keep())
                .expand(batch, 1, attended.keep().size(2), attendable)
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
    private static Tensor blocked(Tensor keep) {
        return keep.new_zeros(keep.shape(), new TensorOptions(ScalarType.Float))
                .masked_fill(keep.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    }

    /** {@code [batch, length, hidden]} as {@code [batch, heads, length, head size]}. */
    private Tensor heads(Tensor states) {
        return states.view(states.size(0), states.size(1), shape.heads(), shape.headSize())
                .transpose(1, 2);
    }
}

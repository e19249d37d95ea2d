package org.unipelt.backbone;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Modifications.Attention;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.ProjectionInput;
import org.unipelt.backbone.Modifications.Sequence;

/**
 * Rows of a batch that have modifications of their own. This is the one place where rows of different models meet: {@link
 * #together} makes the modifications of a whole batch from those of its rows. A backbone runs them like any others, and a
 * method never learns that its rows have neighbours.
 *
 * <pre>
 *   a site's x, h [batch, ..] ─┬─ rows 0 to 2 ─▶ changes of model A ─┐
 *                              ├─ row  3      ─▶ changes of model B ─┼─▶ joined [batch, ..]
 *                              └─ rows 4 to 6 ─▶ none                ┘
 * </pre>
 *
 * <p>Prefixes and prompts of different lengths are padded in front with keys that nobody attends to. So each text is next to
 * its own, and all distances within its row are as they would be without the other rows.
 *
 * @param from the first row
 * @param count how many
 * @param modifications what changes in these rows
 */
public record Rows(long from, long count, Modifications modifications) {
    /**
     * The modifications of a batch of all these rows. They read the modifications of the rows, which must outlive them.
     *
     * <p>A weight that some rows replace becomes {@code [batch, 1, width]}, with each row's own values; so only vectors can
     * be replaced, such as biases, see {@link Modifications#replacedMatrix}. The rows of a single model may replace any.
     *
     * @param rows ascending, without gaps, beginning at 0
     * @param network whose weights belong to the rows that do not replace them
     * @throws IllegalArgumentException if rows of several models replace a matrix
     */
    public static Modifications together(List<Rows> rows, FrozenNetwork network) {
        if (rows.size() == 1) {
            return rows.get(0).modifications;
        }
        Modifications all = new Modifications();
        union(rows, each -> each.projections.keySet())
                .forEach(site -> all.projection(
                        site,
                        (input, y) -> joined(
                                rows, part -> part.modifications.atProjection(site, part.of(input), part.of(y)))));
        union(rows, each -> each.subLayers.keySet())
                .forEach(site -> all.subLayer(
                        site,
                        (x, h, norm, attentionMask) -> joined(
                                rows,
                                part -> part.modifications.atSubLayer(
                                        site, part.of(x), part.of(h), norm.of(part), part.of(attentionMask)))));
        union(rows, each -> each.heads.keySet())
                .forEach(site -> all.heads(
                        site,
                        (attention, heads, attentionMask) -> joined(
                                rows,
                                part -> part.modifications.atHeads(
                                        site, part.of(attention), part.of(heads), part.of(attentionMask)))));
        union(rows, each -> each.keysAndValues.keySet())
                .forEach(site -> all.keysAndValues(
                        site, (x, unchanged, attentionMask) -> keysAndValues(rows, site, x, unchanged, attentionMask)));
        if (rows.stream().anyMatch(part -> !part.modifications.embeddings.isEmpty())) {
            all.embeddings(embedded -> embeddings(rows, embedded));
        }
        union(rows, each -> each.weights.keySet())
                .forEach(name ->
                        all.weight(name, weight(rows, name, network.computed().get(name))));
        return all;
    }

    private static <T> Set<T> union(List<Rows> rows, Function<Modifications, Collection<T>> of) {
        return rows.stream()
                .flatMap(part -> of.apply(part.modifications).stream())
                .collect(Collectors.toSet());
    }

    /** These rows of a tensor {@code [batch, ..]}, a view; a tensor {@code [1, ..]} belongs to all rows. */
    public Tensor of(Tensor batch) {
        return batch.size(0) == 1 ? batch : batch.narrow(0, from, count);
    }

    private Sequence of(Sequence text) {
        return new Sequence(of(text.states()), of(text.attentionMask()));
    }

    private ProjectionInput of(ProjectionInput input) {
        Sequence text = of(input.text());
        return new ProjectionInput(input.holdsTokens() ? text.states() : of(input.x()), text);
    }

    private KeysAndValues of(KeysAndValues attended) {
        return new KeysAndValues(of(attended.keys()), of(attended.values()), of(attended.scoreBias()));
    }

    private Attention of(Attention attention) {
        return new Attention(
                of(attention.x()),
                of(attention.query()),
                attention.divisor(),
                attention.queryOf().of(this),
                of(attention.attended()));
    }

    /** What each part gives for its rows, one after the other. */
    private static Tensor joined(List<Rows> rows, Function<Rows, Tensor> change) {
        return joined(rows, rows.stream().map(change).toList());
    }

    private static Tensor joined(List<Rows> rows, List<Tensor> changed) {
        TensorVector parts = new TensorVector();
        for (int i = 0; i < changed.size(); i++) {
            // What no row differs in may have come as one row.
            long[] shape = new long[(int) changed.get(i).dim()];
            Arrays.fill(shape, -1);
            shape[0] = rows.get(i).count;
            parts.push_back(changed.get(i).expand(shape));
        }
        return torch.cat(parts, 0);
    }

    private static KeysAndValues keysAndValues(
            List<Rows> rows, Site site, Tensor x, KeysAndValues unchanged, Tensor attentionMask) {
        List<KeysAndValues> own = rows.stream()
                .map(part -> part.modifications.atKeysAndValues(
                        site, part.of(x), part.of(unchanged), part.of(attentionMask)))
                .toList();
        return new KeysAndValues(
                joined(rows, padded(own, KeysAndValues::keys, 2, 0)),
                joined(rows, padded(own, KeysAndValues::values, 2, 0)),
                joined(rows, padded(own, KeysAndValues::scoreBias, 3, Double.NEGATIVE_INFINITY)));
    }

    private static Sequence embeddings(List<Rows> rows, Sequence embedded) {
        List<Sequence> own = rows.stream()
                .map(part -> part.modifications.atEmbeddings(part.of(embedded)))
                .toList();
        return new Sequence(
                joined(rows, padded(own, Sequence::states, 1, 0)),
                joined(rows, padded(own, Sequence::attentionMask, 1, 0)));
    }

    /** The tensors as long as the longest of them in one dimension, with {@code value} in front. */
    private static <T> List<Tensor> padded(List<T> parts, Function<T, Tensor> of, int dimension, double value) {
        List<Tensor> tensors = parts.stream().map(of).toList();
        long longest =
                tensors.stream().mapToLong(each -> each.size(dimension)).max().orElseThrow();
        return tensors.stream()
                .map(each -> {
                    // Two numbers for each dimension from the last one on: how much before, how much after.
                    long[] pad = new long[2 * ((int) each.dim() - dimension)];
                    pad[pad.length - 2] = longest - each.size(dimension);
                    return pad[pad.length - 2] == 0 ? each : torch.constant_pad_nd(each, pad, new Scalar(value));
                })
                .toList();
    }

    /** The vector that each row has for that weight, {@code [batch, 1, width]}. */
    private static Tensor weight(List<Rows> rows, String name, Tensor frozen) {
        if (frozen.dim() != 1) {
            throw new IllegalArgumentException(name + " is not a vector: rows cannot each have their own");
        }
        Rows last = rows.get(rows.size() - 1);
        Tensor all = frozen.to(ScalarType.Float)
                .expand(last.from + last.count, 1, -1)
                .clone();
        for (Rows part : rows) {
            Tensor own = part.modifications.weights.get(name);
            if (own != null) {
                part.of(all).copy_(own);
            }
        }
        return all;
    }
}

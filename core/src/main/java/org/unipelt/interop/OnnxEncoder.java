package org.unipelt.interop;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.RotaryPositions;
import org.unipelt.backbone.Site;
import org.unipelt.interop.OnnxChanges.Attention;
import org.unipelt.interop.OnnxChanges.KeysAndValues;
import org.unipelt.interop.OnnxChanges.Sequence;
import org.unipelt.interop.OnnxGraph.Value;

/**
 * Draws an encoder with a method's changes as an ONNX graph: what {@link org.unipelt.backbone.Layers} and the backbones
 * compute, node by node.
 *
 * <pre>
 *   ids ─▶ word (+ position) (+ type) ─(embeddings)─▶ LN ─(▶ W h + b)─▶ layers (─▶ LN) ─▶ states
 *
 *   layer:  x ─▶ (LN) ─▶ W_q W_k W_v ─(keysAndValues)─▶ softmax(q kᵀ/divisor + bias) v ─(heads)─▶ W_o ─┐
 *           │                                                                              (subLayer) ─┤
 *           └─────────────────────────────────────────────────────────────────────────────▶ + ◀────────┘
 *                                                                                           ▼ (LN)
 *           x ─▶ (LN) ─▶ W_1 ─▶ f ─▶ (· W_g x) ─▶ W_2 ─(subLayer)─▶ + x ─▶ (LN)     every map: (projection)
 * </pre>
 */
final class OnnxEncoder {
    /** What masks a score: exp gives 0 for it, and no sum of two of them is NaN. */
    private static final double MASKED = -Float.MAX_VALUE;

    private final OnnxOperations math;
    private final Backbone backbone;
    private final OnnxFamily family;
    private final OnnxChanges changes;

    /**
     * Draws nothing yet.
     *
     * @throws InputException if the backbone is of a kind that cannot be drawn
     */
    OnnxEncoder(OnnxOperations math, Backbone backbone, OnnxChanges changes) {
        this.math = math;
        this.backbone = backbone;
        this.family = OnnxFamily.of(backbone);
        this.changes = changes;
    }

    /** Whether it reads token types. */
    boolean readsTypes() {
        return family.types()
                .filter(table -> weight(table + ".weight").size(0) > 1)
                .isPresent();
    }

    /**
     * The last hidden states {@code [batch, length, hidden]}.
     *
     * @param ids Long {@code [batch, length]}
     * @param attentionMask Long {@code [batch, length]}, 1 for a real token
     * @param types Long {@code [batch, length]}, if it reads them
     */
    Value states(Value ids, Value attentionMask, Optional<Value> types) {
        Sequence embedded =
                changes.embeddings(new Sequence(embedded(ids, attentionMask, types), math.toFloat(attentionMask)));
        Value normed = norm(embedded.states(), family.embeddingsNorm());
        Value hidden = family.projection()
                .map(map ->
                        linear(normed, new MapSlice(map, 0, backbone.anatomy().hidden())))
                .orElse(normed);
        for (int layer = 0; layer < backbone.anatomy().layers(Part.ENCODER); layer++) {
            hidden = layer(layer, hidden, embedded.mask());
        }
        Value last = hidden;
        Value whole = family.lastNorm().map(norm -> norm(last, norm)).orElse(last);
        // Vectors that a method put in front of the tokens.
        return changes.inFront() == 0 ? whole : math.from(whole, 1, changes.inFront());
    }

    private Value embedded(Value ids, Value attentionMask, Optional<Value> types) {
        Value sum = math.gathered(table(family.words()), ids, 0);
        if (family.types().isPresent()) {
            Value table = table(family.types().get());
            sum = math.add(sum, types.map(each -> math.gathered(table, each, 0)).orElse(table));
        }
        if (family.positions().isPresent()) {
            OnnxFamily.Positions positions = family.positions().get();
            Value table = table(positions.table());
            sum = math.add(
                    sum,
                    positions.afterPadding().isPresent()
                            ? math.gathered(
                                    table,
                                    counted(
                                            attentionMask,
                                            positions.afterPadding().getAsInt()),
                                    0)
                            : math.upTo(table, math.size(ids, 1), 0));
        }
        return sum;
    }

    /** The rows of positions: the padding's id, plus the number of a real token from 1. */
    private Value counted(Value attentionMask, long padding) {
        Value numbers = math.graph().node("CumSum", attentionMask, math.graph().scalar(1L));
        return math.add(math.mul(numbers, attentionMask), math.graph().scalar(padding));
    }

    private Value layer(int layer, Value x, Value mask) {
        Value attended = subLayer(new Site(layer, Place.ATTENTION), x, mask, it -> attention(layer, it, mask));
        return subLayer(new Site(layer, Place.FFN), attended, mask, it -> feedForward(layer, it, mask));
    }

    private Value subLayer(Site site, Value x, Value mask, UnaryOperator<Value> f) {
        UnaryOperator<Value> norm =
                it -> family.norm().apply(site).map(name -> norm(it, name)).orElse(it);
        if (family.normedBefore()) {
            Value h = f.apply(norm.apply(x));
            return math.add(changes.subLayer(site, x, UnaryOperator.identity(), mask, h), x);
        }
        return norm.apply(math.add(changes.subLayer(site, x, norm, mask, f.apply(x)), x));
    }

    private Value attention(int layer, Value x, Value mask) {
        Heads heads = heads();
        UnaryOperator<Value> queryOf =
                it -> rotated(layer, split(project(new Site(layer, Place.QUERY), it, mask)), mask);
        Value query = queryOf.apply(x);
        Value keys = rotated(layer, split(project(new Site(layer, Place.KEY), x, mask)), mask);
        Value values = split(project(new Site(layer, Place.VALUE), x, mask));
        KeysAndValues attended = changes.keysAndValues(
                new Site(layer, Place.KEYS_AND_VALUES),
                x,
                mask,
                new KeysAndValues(keys, values, scoreBias(layer, query, keys, mask)));
        Value scores = math.add(
                math.matmul(math.scaled(query, 1 / heads.divisor()), math.columns(attended.keys())),
                attended.scoreBias());
        Value concatenated = math.joined(math.matmul(math.softmax(scores), attended.values()), heads.width());
        Value changed = changes.heads(
                new Site(layer, Place.HEADS),
                new Attention(x, query, heads.divisor(), queryOf, attended),
                mask,
                concatenated);
        return project(new Site(layer, Place.ATTENTION_OUT), changed, mask);
    }

    private Heads heads() {
        Heads heads = backbone.anatomy().stack(Part.ENCODER).heads();
        if (heads.keys() != heads.queries()) {
            throw new InputException("format onnx does not have heads that share keys and values");
        }
        return heads;
    }

    private Value split(Value states) {
        return math.split(states, heads().queries(), heads().size());
    }

    /** {@code [batch or 1, 1 or heads, 1 or length, length]}. */
    private Value scoreBias(int layer, Value query, Value keys, Value mask) {
        OptionalInt window = family.window().apply(layer);
        Value attendable = math.unsqueezed(mask, 1, 2);
        Value bias = masked(window.isPresent() ? seen(attendable, mask, window.getAsInt()) : attendable);
        if (family.relative().isPresent()) {
            bias = math.add(bias, relative(family.relative().get(), mask));
        }
        if (family.distances().isPresent()) {
            bias = math.add(bias, distances(family.distances().get(), layer, query, keys, mask));
        }
        return bias;
    }

    /** 0 where {@code attendable} is 1, {@link #MASKED} where it is 0. */
    private Value masked(Value attendable) {
        return math.scaled(math.sub(math.graph().scalar(1.0), attendable), MASKED);
    }

    /** Whether a query attends to a key, 1 or 0: near ones, and itself even in padding. */
    private Value seen(Value attendable, Value mask, long window) {
        Value distance = math.graph().node("Abs", steps(mask));
        Value near = math.toFloat(
                math.graph().node("LessOrEqual", distance, math.graph().scalar(window)));
        Value itself =
                math.toFloat(math.graph().node("Equal", distance, math.graph().scalar(0L)));
        return math.graph().node("Max", math.mul(near, attendable), itself);
    }

    /** The distance from each query to each key {@code [length, length]}. */
    private Value steps(Value mask) {
        Value length =
                math.gathered(math.graph().node("Shape", mask), math.graph().scalar(1L), 0);
        Value places = math.graph()
                .node("Range", math.graph().scalar(0L), length, math.graph().scalar(1L));
        return math.sub(math.unsqueezed(places, 0), math.unsqueezed(places, 1));
    }

    /** A number for each distance, looked up, {@code [1, heads, length, length]}. */
    private Value relative(OnnxFamily.Relative relative, Value mask) {
        int longest = longest();
        Tensor square = relative.buckets().bias(weight(relative.table() + ".weight"), longest);
        // The last query has all distances to the left, the first all to the right.
        Tensor left = square.select(0, 0).select(1, longest - 1L);
        Tensor right = square.select(0, 0).select(1, 0).narrow(1, 1, longest - 1L);
        Value byDistance =
                math.graph().constant(relative.table() + " by distance", torch.cat(new TensorVector(left, right), 1));
        Value columns = math.add(steps(mask), math.graph().scalar(longest - 1L));
        return math.unsqueezed(math.gathered(byDistance, columns, 1), 0);
    }

    /** The most positions: those of a text, and what a method puts in front of it. */
    private int longest() {
        return backbone.positions() + changes.inFront();
    }

    /** Products with vectors of distances {@code [batch, heads, length, length]}. */
    private Value distances(OnnxFamily.Distances distances, int layer, Value query, Value keys, Value mask) {
        long farthest = distances.farthest();
        Value back = math.graph().node("Neg", steps(mask));
        Value limited = math.graph()
                .node("Clip", back, math.graph().scalar(-farthest), math.graph().scalar(farthest));
        Value rows = math.add(limited, math.graph().scalar(farthest));
        Value vectors = math.gathered(table(distances.table().apply(layer)), rows, 0);
        Value products = math.products(query, true, vectors);
        Value all = distances.ofKeys() ? math.add(products, math.products(keys, false, vectors)) : products;
        return math.scaled(all, 1 / heads().divisor());
    }

    private Value rotated(int layer, Value split, Value mask) {
        OptionalDouble theta = family.theta().apply(layer);
        if (theta.isEmpty()) {
            return split;
        }
        int half = heads().size() / 2;
        RotaryPositions all =
                RotaryPositions.of(theta.getAsDouble(), heads().size(), longest(), weight(family.words() + ".weight"));
        Value length = math.size(mask, 1);
        String name = " of rotary positions, base " + theta.getAsDouble();
        Value cosines = math.upTo(math.graph().constant("cosines" + name, all.cosines()), length, 0);
        Value sines = math.upTo(math.graph().constant("sines" + name, all.sines()), length, 0);
        Value x = math.upTo(split, math.graph().longs(half), 3);
        Value y = math.from(split, 3, half);
        return math.concatenated(
                3,
                math.sub(math.mul(x, cosines), math.mul(y, sines)),
                math.add(math.mul(y, cosines), math.mul(x, sines)));
    }

    private Value feedForward(int layer, Value x, Value mask) {
        FeedForward parts = backbone.anatomy().stack(Part.ENCODER).feedForward().orElseThrow();
        Value up = project(new Site(layer, Place.FFN_UP), x, mask);
        Value inner = parts.gated()
                ? math.mul(math.activation(parts.activation(), project(new Site(layer, Place.FFN_GATE), x, mask)), up)
                : math.activation(parts.activation(), up);
        Value changed = changes.projection(new Site(layer, Place.FFN_INNER), inner, mask, inner);
        return project(new Site(layer, Place.FFN_DOWN), changed, mask);
    }

    private Value project(Site site, Value x, Value mask) {
        return changes.projection(site, x, mask, linear(x, backbone.sites().map(site)));
    }

    /**
     * One vector per text {@code [batch, hidden]}.
     *
     * @param mask Long {@code [batch, length]}
     * @throws InputException if the backbone does not have that pooling
     */
    Value pooled(Value states, Value mask, Pooling pooling) {
        return switch (pooling) {
            case FIRST -> first(states);
            case MEAN ->
                math.graph()
                        .node(
                                "Squeeze",
                                math.mean(states, math.toFloat(mask)),
                                math.graph().longs(1));
            case POOLER ->
                math.graph()
                        .node(
                                "Tanh",
                                linear(
                                        first(states),
                                        new MapSlice(
                                                family.pooler(),
                                                0,
                                                backbone.anatomy().hidden())));
            case END -> throw new InputException("format onnx does not have pooling 'end'");
        };
    }

    private Value first(Value states) {
        return math.gathered(states, math.graph().scalar(0L), 1);
    }

    private Tensor weight(String name) {
        return changes.weight(name).orElseGet(() -> backbone.weights().get(name));
    }

    private Value table(String name) {
        return math.graph().constant(name + ".weight", weight(name + ".weight"));
    }

    private Value linear(Value x, MapSlice map) {
        FrozenNetwork network = backbone.network();
        String rows = map.from() == 0 ? "" : " from row " + map.from();
        Tensor matrix = map.of(weight(map.weight())).t();
        return math.linear(
                x,
                math.graph().constant(map.weight() + rows, matrix),
                network.weights().has(map.bias())
                        ? Optional.of(math.graph().constant(map.bias() + rows, map.of(weight(map.bias()))))
                        : Optional.empty());
    }

    private Value norm(Value x, String name) {
        String bias = name + ".bias";
        return math.layerNorm(
                x,
                table(name),
                backbone.weights().has(bias)
                        ? Optional.of(math.graph().constant(bias, weight(bias)))
                        : Optional.empty(),
                family.epsilon());
    }
}

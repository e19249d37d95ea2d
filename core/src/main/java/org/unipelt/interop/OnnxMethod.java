package org.unipelt.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.interop.OnnxGraph.Value;
import org.unipelt.method.Method;
import org.unipelt.method.MethodText;
import org.unipelt.tensor.Weights;

/**
 * A method's changes as nodes of a graph. What the method's options are is read from its text, which has them all; where it
 * changes something is where it has a tensor. Each class below has the maths of the method of that name, whose Javadoc has
 * the sources.
 */
final class OnnxMethod {
    private final OnnxOperations math;
    private final Weights tensors;
    private final Stack encoder;

    private OnnxMethod(OnnxOperations math, Weights tensors, Stack encoder) {
        this.math = math;
        this.tensors = tensors;
        this.encoder = encoder;
    }

    /**
     * Of a saved method. One that can be merged replaces weights and adds no node.
     *
     * @param tensors the method's, by name, on the CPU
     * @throws InputException if the method cannot be drawn
     */
    static OnnxChanges changes(Method method, Weights tensors, Backbone backbone, OnnxOperations math) {
        return merged(method, tensors, backbone).orElseGet(() -> new OnnxMethod(
                        math, tensors, backbone.anatomy().stack(Part.ENCODER))
                .changes(MethodText.of(method)));
    }

    private static Optional<OnnxChanges> merged(Method method, Weights tensors, Backbone backbone) {
        try {
            return Optional.of(new Replaced("", method.merge(tensors, backbone)));
        } catch (InputException e) {
            // It cannot be merged, and what cannot is drawn.
            return Optional.empty();
        }
    }

    private OnnxChanges changes(MethodText method) {
        return method.word().equals("unipelt")
                ? several(method)
                : single(method, name(method), (site, x, mask) -> Optional.empty());
    }

    private OnnxChanges several(MethodText unipelt) {
        MethodText gate = unipelt.value("gate");
        List<OnnxChanges> parts = new ArrayList<>();
        for (MethodText part : unipelt.inner()) {
            String name = name(part);
            int entry = List.of("lora", "prefix").indexOf(name);
            Gates gates =
                    switch (gate.word()) {
                        case "none" -> (site, x, mask) -> Optional.empty();
                        case "central" ->
                            entry >= 0
                                    ? (site, x, mask) -> Optional.of(central(unipelt, entry, site, x, mask))
                                    : (site, x, mask) -> Optional.of(own(unipelt, name, site, x, mask));
                        case "own" -> (site, x, mask) -> Optional.of(own(unipelt, name, site, x, mask));
                        default -> throw refused(unipelt.word() + " with gate=" + gate.word());
                    };
            parts.add(single(part, name, gates));
        }
        return new OnnxChanges.Several(List.copyOf(parts));
    }

    private OnnxChanges single(MethodText method, String name, Gates gates) {
        return switch (method.word()) {
            case "lora" ->
                new Lora(
                        method.value("alpha").number() / method.value("rank").number(),
                        method.value("gate").word(),
                        gates);
            case "ia3" -> new Ia3(gates);
            case "adapter" -> adapter(name, method, "pfeiffer", method, gates);
            case "houlsby" -> adapter(name, method, "sequential", method, gates);
            case "modification" ->
                adapter(name, method.value("form"), method.value("insert").word(), method, gates);
            case "prefix" -> new Prefix(method, gates);
            case "prompt" -> new Prompt((int) method.value("length").number());
            case "bitfit" -> new Replaced("bitfit.", tensors.asMap());
            default -> throw refused("the method '" + method.word() + "'");
        };
    }

    private static InputException refused(String what) {
        return new InputException("format onnx does not have " + what
                + "; use a method of this library, or one that can" + " be merged into the weights");
    }

    /** What the names of its tensors begin with. */
    private static String name(MethodText method) {
        return method.word().equals("modification") ? method.value("name").word() : method.word();
    }

    /** A trained tensor. */
    private Value tensor(String name) {
        return math.graph().constant(name, tensors.get(name));
    }

    /** {@code W x + b} with a trained map. */
    private Value linear(Value x, String name) {
        return math.linear(x, transposed(name + ".weight"), Optional.of(tensor(name + ".bias")));
    }

    private Value transposed(String name) {
        return math.graph().constant(name, tensors.get(name).t());
    }

    private Value layerNorm(Value x, String name) {
        return math.layerNorm(x, tensor(name + ".weight"), Optional.of(tensor(name + ".bias")), 1e-5);
    }

    /** Says how much of a change is let in: {@code [batch, 1, 1]}, or one number per token; empty without a gate. */
    private interface Gates {
        /**
         * The gate at a site.
         *
         * @param x what it reads {@code [batch, length, width]}
         */
        Optional<Value> at(Site site, Value x, Value mask);
    }

    private Value own(MethodText unipelt, String part, Site site, Value x, Value mask) {
        double temperature = unipelt.given().containsKey("temperature")
                ? unipelt.value("temperature").number()
                : 1;
        Value logits = linear(x, "gate." + part + "." + site);
        Value values = math.graph().node("Sigmoid", math.scaled(logits, 1 / temperature));
        String average = unipelt.value("average").word();
        // Keys and values belong to no token, so a text has one gate for them.
        boolean perToken = average.equals("none") && site.place() != Place.KEYS_AND_VALUES;
        return perToken ? values : mean(values, mask, average);
    }

    private Value central(MethodText unipelt, int entry, Site site, Value x, Value mask) {
        Value values = math.graph().node("Relu", linear(x, "gate.central.layer." + site.layer()));
        Value shares = math.softmax(mean(values, mask, unipelt.value("average").word()));
        return math.gathered(shares, math.graph().longs(entry), 2);
    }

    private Value mean(Value values, Value mask, String average) {
        return average.equals("all") ? math.mean(values) : math.mean(values, mask);
    }

    /** {@code h + g·change}. */
    private Value added(Value h, Value change, Optional<Value> gate) {
        return math.add(h, gate.map(g -> math.mul(change, g)).orElse(change));
    }

    /** Weights in place of frozen ones; a replacement has the frozen one's name behind a prefix. */
    private record Replaced(String prefix, Map<String, Tensor> tensors) implements OnnxChanges {
        @Override
        public Optional<Tensor> weight(String name) {
            return Optional.ofNullable(tensors.get(prefix + name));
        }
    }

    private final class Lora implements OnnxChanges {
        private final double scale;
        private final boolean onePerLayer;
        private final Gates gates;

        Lora(double scale, String gatePer, Gates gates) {
            this.scale = scale;
            this.onePerLayer = gatePer.equals("layer");
            this.gates = gates;
        }

        @Override
        public Value projection(Site site, Value x, Value mask, Value y) {
            String name = "lora." + site;
            if (!tensors.has(name + ".a")) {
                return y;
            }
            Site gateSite = onePerLayer ? new Site(site.part(), site.layer(), Place.ATTENTION) : site;
            Value low = math.matmul(x, transposed(name + ".a"));
            Value scaled =
                    gates.at(gateSite, x, mask).map(g -> math.mul(low, g)).orElseGet(() -> math.scaled(low, scale));
            return math.add(y, math.matmul(scaled, transposed(name + ".b")));
        }
    }

    private final class Ia3 implements OnnxChanges {
        private final Gates gates;

        Ia3(Gates gates) {
            this.gates = gates;
        }

        @Override
        public Value projection(Site site, Value x, Value mask, Value y) {
            String name = "ia3." + site + ".scale";
            if (!tensors.has(name)) {
                return y;
            }
            Value l = tensor(name);
            return gates.at(site, x, mask)
                    .map(g -> math.add(
                            y, math.mul(math.mul(y, math.sub(l, math.graph().scalar(1.0))), g)))
                    .orElseGet(() -> math.mul(y, l));
        }
    }

    /**
     * An adapter.
     *
     * @param form holds {@code activation}, and {@code norm} if it is written out
     * @param beside holds {@code compose} if it is written out
     */
    private Adapter adapter(String name, MethodText form, String insert, MethodText beside, Gates gates) {
        return new Adapter(
                name, form, insert, Optional.ofNullable(beside.given().get("compose")), gates);
    }

    private final class Adapter implements OnnxChanges {
        private final String name;
        private final MethodText form;
        private final String insert;
        private final Optional<MethodText> compose;
        private final Gates gates;

        Adapter(String name, MethodText form, String insert, Optional<MethodText> compose, Gates gates) {
            this.name = name;
            this.form = form;
            this.insert = insert;
            this.compose = compose;
            this.gates = gates;
        }

        @Override
        public Value heads(Site site, Attention attention, Value mask, Value heads) {
            return isAt(site) ? added(heads, change(site, attention.x()), gates.at(site, attention.x(), mask)) : heads;
        }

        @Override
        public Value subLayer(Site site, Value x, UnaryOperator<Value> norm, Value mask, Value h) {
            if (!isAt(site)) {
                return h;
            }
            Value input =
                    switch (insert) {
                        case "parallel" -> x;
                        case "sequential" -> h;
                        case "pfeiffer" -> norm.apply(math.add(h, x));
                        default -> throw refused("insert=" + insert);
                    };
            return added(h, change(site, input), gates.at(site, input, mask));
        }

        private boolean isAt(Site site) {
            return tensors.has(name + "." + site + ".down.bias");
        }

        private Value change(Site site, Value x) {
            String at = name + "." + site;
            String norm = form.given().containsKey("norm") ? form.value("norm").word() : "none";
            Value input = norm.equals("in") ? layerNorm(x, at + ".norm") : x;
            Value up = map(activated(map(input, at + ".down")), at + ".up");
            Value scaled = scaled(up, at);
            return norm.equals("out") ? layerNorm(scaled, at + ".norm") : scaled;
        }

        private Value activated(Value down) {
            String f = form.value("activation").word();
            return switch (f) {
                case "relu" -> math.activation(Activation.RELU, down);
                case "swish" -> math.activation(Activation.SILU, down);
                case "gelu" -> math.activation(Activation.GELU_TANH, down);
                case "tanh" -> math.activation(Activation.TANH, down);
                case "leakyrelu" -> math.graph().node("LeakyRelu", Map.of("alpha", 0.01), down);
                default -> throw refused("activation=" + f);
            };
        }

        private Value scaled(Value change, String at) {
            String how = compose.map(MethodText::word).orElse("add");
            return switch (how) {
                case "add" -> change;
                case "scale" ->
                    math.scaled(change, compose.orElseThrow().inner().get(0).number());
                case "learned" -> math.mul(change, tensor(at + ".scale"));
                default -> throw refused("compose=" + how);
            };
        }

        private Value map(Value x, String map) {
            return tensors.has(map + ".weight")
                    ? linear(x, map)
                    : math.linear(
                            x,
                            math.graph().constant(map + ".weight", products(map)),
                            Optional.of(tensor(map + ".bias")));
        }

        /** A compacter's matrix {@code [in, out]}: Σ_i A_i ⊗ (s_i t_i). */
        private Tensor products(String map) {
            Tensor rule = tensors.get(name + ".rule");
            Tensor left = tensors.get(map + ".left");
            Tensor right = tensors.get(map + ".right");
            Tensor sum = torch.kron(rule.select(0, 0), left.select(0, 0).matmul(right.select(0, 0)));
            for (long i = 1; i < rule.size(0); i++) {
                sum = sum.add(torch.kron(rule.select(0, i), left.select(0, i).matmul(right.select(0, i))));
            }
            return sum;
        }
    }

    private final class Prefix implements OnnxChanges {
        private final MethodText options;
        private final Gates gates;
        private final int length;

        Prefix(MethodText options, Gates gates) {
            this.options = options;
            this.gates = gates;
            this.length = (int) options.value("length").number();
        }

        private boolean joins() {
            return options.value("compose").word().equals("concat");
        }

        /** A layer's keys or values {@code [heads, L, head size]}. */
        private Value row(String name, long row) {
            Heads heads = encoder.heads();
            Tensor all = tensors.get("prefix.flat")
                    .view(length, 2L * changed(), heads.queries(), heads.size())
                    .permute(1, 2, 0, 3);
            return math.graph().constant("prefix." + name + "." + row / 2, all.select(0, row));
        }

        /** How many of the topmost layers have a prefix. */
        private int changed() {
            return (int) tensors.get("prefix.flat").size(1)
                    / (2 * encoder.heads().width());
        }

        private int first() {
            return encoder.layers() - changed();
        }

        private Value keys(int layer) {
            return row("keys", 2L * (layer - first()));
        }

        private Value values(int layer) {
            return row("values", 2L * (layer - first()) + 1);
        }

        @Override
        public KeysAndValues keysAndValues(Site site, Value x, Value mask, KeysAndValues unchanged) {
            if (!joins() || site.layer() < first()) {
                return unchanged;
            }
            Optional<Value> gate = gates.at(site, x, mask).map(g -> math.unsqueezed(g, 3));
            // Every query may attend to the prefix.
            Value bias =
                    math.graph().node("Pad", unchanged.scoreBias(), math.graph().longs(0, 0, 0, length, 0, 0, 0, 0));
            return new KeysAndValues(
                    inFront(keys(site.layer()), gate, unchanged.keys()),
                    inFront(values(site.layer()), gate, unchanged.values()),
                    bias);
        }

        private Value inFront(Value prefix, Optional<Value> gate, Value rest) {
            Value batched = gate.map(g -> math.mul(prefix, g)).orElseGet(() -> math.forEachRow(prefix, rest, 4));
            return math.concatenated(2, batched, rest);
        }

        @Override
        public Value heads(Site site, Attention attention, Value mask, Value heads) {
            return joins() || site.layer() < first()
                    ? heads
                    : added(heads, change(site, attention, heads), gates.at(site, attention.x(), mask));
        }

        private Value change(Site site, Attention attention, Value heads) {
            String name = "prefix." + site;
            Value asked = options.value("query").word().equals("normed")
                    ? attention.queryOf().apply(layerNorm(attention.x(), name + ".norm"))
                    : math.scaled(attention.query(), 1 / attention.divisor());
            Value columns = math.transposed(keys(site.layer()), 0L, 2L, 1L);
            Value scores = math.matmul(asked, columns);
            Value weights = options.value("attend").word().equals("relu")
                    ? math.activation(Activation.RELU, scores)
                    : math.softmax(scores);
            Value attended = math.matmul(weights, values(site.layer()));
            MethodText compose = options.value("compose");
            int width = encoder.heads().width();
            return switch (compose.word()) {
                case "add" -> math.joined(attended, width);
                case "scale" ->
                    math.scaled(
                            math.joined(attended, width), compose.inner().get(0).number());
                case "learned" -> math.mul(math.joined(attended, width), tensor(name + ".scale"));
                case "lambda" -> {
                    Value before = math.split(
                            heads, encoder.heads().queries(), encoder.heads().size());
                    Value share = math.mul(math.sub(attended, before), mass(asked, scores, attention.attended()));
                    yield math.joined(share, width);
                }
                default -> throw refused("compose=" + compose.word());
            };
        }

        /** λ, the share of a query's attention that the prefix takes. */
        private Value mass(Value asked, Value scores, OnnxChanges.KeysAndValues text) {
            Value others = math.add(math.matmul(asked, math.columns(text.keys())), text.scoreBias());
            return math.graph().node("Sigmoid", math.sub(logSumExp(scores), logSumExp(others)));
        }

        private Value logSumExp(Value scores) {
            return math.graph().node("ReduceLogSumExp", Map.of("axes", List.of(-1L), "keepdims", 1L), scores);
        }
    }

    private final class Prompt implements OnnxChanges {
        private final int length;

        Prompt(int length) {
            this.length = length;
        }

        @Override
        public int inFront() {
            return length;
        }

        @Override
        public Sequence embeddings(Sequence embedded) {
            Tensor vectors = tensors.get("prompt.vectors");
            Value prompt = math.graph().constant("prompt.vectors", vectors.unsqueeze(0));
            Value real = math.graph().constant("prompt.mask", torch.ones(1, length));
            return new Sequence(
                    math.concatenated(1, math.forEachRow(prompt, embedded.states(), 3), embedded.states()),
                    math.concatenated(1, math.forEachRow(real, embedded.mask(), 2), embedded.mask()));
        }
    }
}

package org.unipelt.method;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * Prefix-tuning (Li and Liang 2021; Mao et al. 2022, section 2.2; He et al. 2022, Eq. 5): L learned keys and values in
 * front of every layer's own.
 *
 * <pre>
 *   table [L, d] ─▶ W_in ─▶ tanh ─▶ W_out ─▶ flat [L, 2·layers·d]     once for all layers, "network"
 *                                            │
 *   layer l:  K = [ g · P_k ; W_k h + b ],  V = [ g · P_v ; W_v h + b ]     g = 1, or the gate of h
 * </pre>
 *
 * A row of the flat form is ordered by layer, then key or value, then head, then dimension of the head. The prefix has no
 * position and is never masked. What is saved is the flat form; the network only helps training.
 */
record Prefix(int length, Form form, int network) implements Method {
    /** How the prefix is parametrised while it is trained. */
    enum Form {
        /** By a table and a network. */
        NETWORK,
        /** Directly. */
        FLAT
    }

    static Prefix of(Options options) {
        return new Prefix(
                options.integer("length", 10, 1, 4096),
                options.choice("form", Form.NETWORK),
                options.integer("network", 512, 1, 65_536));
    }

    @Override
    public String name() {
        return "prefix";
    }

    @Override
    public String modifies() {
        return "keys and values";
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        int d = backbone.shape().hidden();
        int flat = 2 * backbone.shape().layers() * d;
        return switch (form) {
            case FLAT -> List.of(Parameter.of("prefix.flat", Init.BERT, length, flat));
            case NETWORK ->
                List.of(
                        Parameter.of("prefix.table", Init.BERT, length, d),
                        Parameter.of("prefix.in.weight", Init.BERT, network, d),
                        Parameter.of("prefix.in.bias", Init.ZEROS, network),
                        Parameter.of("prefix.out.weight", Init.BERT, flat, network),
                        Parameter.of("prefix.out.bias", Init.ZEROS, flat));
        };
    }

    /** {@code [L, 2·layers·d]}. */
    private Tensor flat(Weights own) {
        if (form == Form.FLAT) {
            return own.get("prefix.flat");
        }
        Tensor inner = torch.tanh(linear(own.get("prefix.table"), "prefix.in", own));
        return linear(inner, "prefix.out", own);
    }

    @Override
    public void modify(Modifications to, Weights own, Backbone backbone, Gates gates, Pass pass) {
        Shape shape = backbone.shape();
        // [2·layers, heads, L, head size]
        TensorVector perLayer = flat(own)
                .view(length, 2L * shape.layers(), shape.heads(), shape.headSize())
                .permute(1, 2, 0, 3)
                .unbind();
        for (Site site : gateSites(shape)) {
            Tensor keys = perLayer.get(2L * site.layer());
            Tensor values = perLayer.get(2L * site.layer() + 1);
            to.keysAndValues(site, (x, attended, keep) -> {
                Optional<Tensor> gate = gates.at(site, x, keep).map(g -> g.unsqueeze(3));
                return new KeysAndValues(
                        inFront(keys, gate, attended.keys()),
                        inFront(values, gate, attended.values()),
                        inFrontAllReal(attended.keep()));
            });
        }
    }

    private Tensor inFront(Tensor prefix, Optional<Tensor> gate, Tensor rest) {
        Tensor batched = prefix.unsqueeze(0).expand(rest.size(0), rest.size(1), length, rest.size(3));
        return torch.cat(new TensorVector(gate.map(batched::mul).orElse(batched), rest), 2);
    }

    private Tensor inFrontAllReal(Tensor keep) {
        Tensor real = torch.ones(new long[] {keep.size(0), 1, 1, length}, new TensorOptions(ScalarType.Bool));
        return torch.cat(new TensorVector(real, keep), 3);
    }

    @Override
    public List<Site> gateSites(Shape shape) {
        return shape.sites(List.of(Place.KEYS_AND_VALUES));
    }

    @Override
    public Method saved() {
        return new Prefix(length, Form.FLAT, network);
    }

    @Override
    public Map<String, Tensor> save(Weights own, Backbone backbone) {
        return Map.of("prefix.flat", flat(own));
    }

    @Override
    public Map<String, Tensor> fold(Weights own, Backbone backbone) {
        throw new InputException(
                "a prefix cannot be folded into the weights: it is extra keys and values, not a weight");
    }

    @Override
    public double learningRate() {
        return 2e-4;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.NONE;
    }

    private static Tensor linear(Tensor x, String name, Weights own) {
        return torch.linear(x, own.get(name + ".weight"), new TensorOptional(own.get(name + ".bias")));
    }

    @Override
    public String toString() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("length", length);
        options.put("form", Options.word(form));
        options.put("network", network);
        return Options.text(name(), options);
    }
}

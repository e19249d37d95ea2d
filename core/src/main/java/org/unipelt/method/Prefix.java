package org.unipelt.method;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.Attention;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.KeysAndValuesChange;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * Prefix-tuning (Li and Liang 2021; Mao et al. 2022, section 2.2; He et al. 2022, Eq. 5): L learned keys P_k and values
 * P_v in every layer.
 *
 * <pre>
 *   table [L, d] ─▶ W_in ─▶ tanh ─▶ W_out ─▶ flat [L, 2·layers·d]     once for all layers, "network"
 *                                            │
 *                                            ▼ layer l
 *   compose=concat   K = [ g · P_k ; W_k h + b ],  V = [ g · P_v ; W_v h + b ]     g = 1, or the gate of h
 *   compose=lambda   head ← (1-λ)·head + λ·softmax(q P_kᵀ/√d) P_v                  the same function, Eq. 7 and 8
 *   compose=add      head ← head + f(q P_kᵀ/√d) P_v                                f = softmax or relu, "attend"
 * </pre>
 *
 * λ is the share of a query's attention that the prefix takes. {@code compose=add} is prefix-tuning without gating (He
 * et al., Table 4); with {@code attend=relu} it is their multi-head parallel adapter. {@code query=scaled} takes the
 * query that attends to the text, as their programs for RoBERTa and mBART do; {@code query=normed} is that of their
 * program for BART: W_q of a trained layer norm of the attention's input, not divided by √d.
 *
 * <p>A row of the flat form is ordered by layer, then key or value, then head, then dimension of the head. The prefix
 * has no position and is never masked. Only the flat form is saved; the network only helps training. The encoder, the
 * decoder and the decoder's attention to the encoder each have their own prefix and network.
 */
record Prefix(
        int length,
        Form form,
        int network,
        Start init,
        Composition compose,
        Attend attend,
        Query query,
        LayerChoice layers)
        implements Method {
    /** How the prefix is parametrised while it is trained. */
    enum Form {
        /** By a table and a network. */
        NETWORK,
        /** Directly. */
        FLAT
    }

    /** Initial values of table and network; a flat prefix is always normal with 0.02. */
    enum Start {
        /** Normal with 0.02, biases zero, as in the UniPELT release. */
        BERT,
        /**
         * PyTorch's defaults, as in He et al.'s program: the table N(0, 1), the network U(±1/√fan-in) with its biases.
         */
        TORCH
    }

    /** f, from scores to weights. */
    enum Attend {
        SOFTMAX,
        RELU
    }

    /** What attends to the prefix. */
    enum Query {
        /** The query, divided by √(head size). */
        SCALED,
        /** A query of the attention's normed input. */
        NORMED
    }

    Prefix {
        if (!compose.adds() && attend == Attend.RELU) {
            throw new InputException("prefix: attend=relu is not possible with compose=" + compose
                    + ": prefix and text share one softmax; take compose=add");
        }
        if (!compose.adds() && query == Query.NORMED) {
            throw new InputException("prefix: query=normed is not possible with compose=" + compose
                    + ": prefix and text are attended with one query; take compose=add");
        }
    }

    static Prefix of(Options options) {
        return of(options, options);
    }

    /**
     * @param beside the options {@code init}, {@code compose} and {@code layers}: the same ones, or those next to
     * {@code form=prefix(…)}
     */
    static Prefix of(Options options, Options beside) {
        return new Prefix(
                options.integer("length", 10, 1, 4096),
                options.choice("form", Form.NETWORK),
                options.integer("network", 512, 1, 65_536),
                beside.choice("init", Start.BERT),
                Composition.of(beside, Composition.CONCAT),
                options.choice("attend", Attend.SOFTMAX),
                options.choice("query", Query.SCALED),
                LayerChoice.of(beside));
    }

    @Override
    public String name() {
        return "prefix";
    }

    @Override
    public String modifies() {
        return (compose.kind() == Composition.Kind.CONCAT ? "keys and values" : "heads") + layers.words();
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return Map.of(compose.kind() == Composition.Kind.CONCAT ? Place.KEYS_AND_VALUES : Place.HEADS, List.of(name()));
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        int hidden = backbone.anatomy().hidden();
        List<Parameter> parameters = new ArrayList<>();
        for (Stack stack : backbone.anatomy().stacks()) {
            Part part = stack.part();
            int flat = 2 * changed(stack, backbone) * stack.heads().width();
            switch (form) {
                case FLAT -> parameters.add(Parameter.of(name(part, "flat"), Init.BERT, length, flat));
                case NETWORK -> {
                    Init table = init == Start.TORCH ? new Init.Normal(1) : Init.BERT;
                    parameters.add(Parameter.of(name(part, "table"), table, length, hidden));
                    parameters.addAll(linear(name(part, "in"), hidden, network));
                    parameters.addAll(linear(name(part, "out"), network, flat));
                }
            }
        }
        parameters.addAll(perSite(backbone));
        return parameters;
    }

    /** How many layers of a stack have a prefix. */
    private int changed(Stack stack, Backbone backbone) {
        return stack.layers() - layers.first(backbone, name());
    }

    private List<Parameter> linear(String name, int in, int out) {
        Init torch = new Init.KaimingUniform(in);
        return init == Start.TORCH
                ? Dense.parameters(name, torch, torch, in, out)
                : Dense.parameters(name, Init.BERT, Init.ZEROS, in, out);
    }

    /** What is trained besides keys and values: layer norms of queries, and scales. */
    private List<Parameter> perSite(Backbone backbone) {
        List<Parameter> parameters = new ArrayList<>();
        for (Site site : gateSites(backbone)) {
            if (query == Query.NORMED) {
                parameters.addAll(LayerNorm.parameters(
                        name(site) + ".norm", backbone.sites().in(site)));
            }
            parameters.addAll(compose.parameters(name(site)));
        }
        return parameters;
    }

    private String name(Part part, String tensor) {
        return name() + "." + part.prefix() + tensor;
    }

    private String name(Site site) {
        return name() + "." + site;
    }

    /** {@code [L, 2·layers·d]}, of the layers that have a prefix. */
    private Tensor flat(Part part, Weights adapterWeights) {
        if (form == Form.FLAT) {
            return adapterWeights.get(name(part, "flat"));
        }
        Tensor inner =
                torch.tanh(Dense.apply(adapterWeights.get(name(part, "table")), name(part, "in"), adapterWeights));
        return Dense.apply(inner, name(part, "out"), adapterWeights);
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        for (Stack stack : backbone.anatomy().stacks()) {
            Part part = stack.part();
            // [2·layers, heads, L, head size]
            TensorVector perLayer = flat(part, adapterWeights)
                    .view(
                            length,
                            2L * changed(stack, backbone),
                            stack.heads().queries(),
                            stack.heads().size())
                    .permute(1, 2, 0, 3)
                    .unbind();
            int first = layers.first(backbone, name());
            for (Site site : layers.of(backbone.sites().of(part, places()), backbone, name())) {
                Tensor keys = perLayer.get(2L * (site.layer() - first));
                Tensor values = perLayer.get(2L * (site.layer() - first) + 1);
                if (compose.kind() == Composition.Kind.CONCAT) {
                    to.keysAndValues(site, concat(site, keys, values, pass.gates()));
                } else {
                    to.heads(site, (attention, heads, attentionMask) -> {
                        Tensor change = change(site, keys, values, attention, heads, adapterWeights, pass);
                        return pass.gates().add(site, attention.x(), attentionMask, heads, change);
                    });
                }
            }
        }
    }

    private KeysAndValuesChange concat(Site site, Tensor keys, Tensor values, Gates gates) {
        return (x, attended, attentionMask) -> {
            Optional<Tensor> gate = gates.at(site, x, attentionMask).map(g -> g.unsqueeze(3));
            return new KeysAndValues(
                    inFront(keys, gate, attended.keys()),
                    inFront(values, gate, attended.values()),
                    attendableByAll(attended.scoreBias()));
        };
    }

    private Tensor inFront(Tensor prefix, Optional<Tensor> gate, Tensor rest) {
        Tensor batched = prefix.unsqueeze(0).expand(rest.size(0), rest.size(1), length, rest.size(3));
        return torch.cat(new TensorVector(gate.map(batched::mul).orElse(batched), rest), 2);
    }

    /** Every query may attend to the prefix, which has no position, so the bias of its columns is 0. */
    private Tensor attendableByAll(Tensor scoreBias) {
        Tensor none = scoreBias.new_zeros(scoreBias.size(0), scoreBias.size(1), scoreBias.size(2), length);
        return torch.cat(new TensorVector(none, scoreBias), 3);
    }

    /**
     * What is added to the heads {@code [batch, queries, hidden]}.
     *
     * @param keys P_k {@code [heads, L, head size]}
     * @param values P_v of the same shape
     */
    private Tensor change(
            Site site,
            Tensor keys,
            Tensor values,
            Attention attention,
            Tensor heads,
            Weights adapterWeights,
            MethodPass pass) {
        Tensor asked =
                switch (query) {
                    case SCALED -> attention.query().div(new Scalar(attention.divisor()));
                    case NORMED ->
                        attention.queryOf().apply(LayerNorm.apply(attention.x(), name(site) + ".norm", adapterWeights));
                };
        Tensor scores = asked.matmul(keys.transpose(1, 2));
        Tensor weights =
                switch (attend) {
                    case SOFTMAX -> torch.softmax(scores, -1);
                    case RELU -> torch.relu(scores);
                };
        Tensor attended = pass.dropout().apply(weights).matmul(values);
        if (compose.adds()) {
            return compose.scaled(attended.transpose(1, 2).flatten(2, 3), name(site), adapterWeights);
        }
        Tensor mass = mass(asked, scores, attention.attended());
        pass.observer().prefixMass(site, mass.squeeze(3));
        Tensor before = heads.view(attended.size(0), attended.size(2), attended.size(1), attended.size(3))
                .transpose(1, 2);
        return attended.sub(before).mul(mass).transpose(1, 2).flatten(2, 3);
    }

    /** λ {@code [batch, heads, queries, 1]}: Σ exp of the prefix's scores over Σ exp of all (He et al. 2022, Eq. 8). */
    private static Tensor mass(Tensor query, Tensor scores, KeysAndValues text) {
        Tensor others = query.matmul(text.keys().transpose(2, 3)).add(text.scoreBias());
        return torch.sigmoid(logSumExp(scores).sub(logSumExp(others)));
    }

    private static Tensor logSumExp(Tensor scores) {
        return torch.logsumexp(scores, new long[] {-1}, true);
    }

    private List<Place> places() {
        return List.of(compose.kind() == Composition.Kind.CONCAT ? Place.KEYS_AND_VALUES : Place.HEADS);
    }

    @Override
    public List<Site> gateSites(Backbone backbone) {
        return layers.of(backbone.sites().of(places()), backbone, name());
    }

    @Override
    public Method saved() {
        return new Prefix(length, Form.FLAT, network, init, compose, attend, query, layers);
    }

    @Override
    public Map<String, Tensor> save(Weights adapterWeights, Backbone backbone) {
        Map<String, Tensor> saved = new LinkedHashMap<>();
        backbone.anatomy()
                .stacks()
                .forEach(stack -> saved.put(name(stack.part(), "flat"), flat(stack.part(), adapterWeights)));
        saved.putAll(adapterWeights.select(
                perSite(backbone).stream().map(Parameter::name).toList()));
        return saved;
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        throw new InputException(
                "a prefix cannot be merged into the weights: it is extra keys and values, not a weight");
    }

    /** UniPELT's rate for UniPELT's initial values, He et al.'s for theirs. */
    @Override
    public double learningRate() {
        return init == Start.TORCH ? 1e-4 : 2e-4;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.NONE;
    }

    @Override
    public String toString() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("length", length);
        options.put("form", Options.word(form));
        options.put("network", network);
        options.put("init", Options.word(init));
        options.put("compose", compose);
        options.put("attend", Options.word(attend));
        options.put("query", Options.word(query));
        layers.write(options);
        return Options.text(name(), options);
    }
}

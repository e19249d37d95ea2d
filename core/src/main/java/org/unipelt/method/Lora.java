package org.unipelt.method;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * LoRA (Hu et al. 2022; Mao et al. 2022, section 2.2; He et al. 2022, Eq. 6): a low-rank change of a projection,
 * parallel to it.
 *
 * <pre>
 *   x ─┬─▶ W x + b ─────────────────────────▶ + ─▶ y
 *      └─▶ A [r, in] ─▶ (· s) ─▶ B [out, r] ─▶ ┘       s = alpha / r, or the gate instead of it
 * </pre>
 *
 * A starts Kaiming-uniform and B at zero, so there is no effect at the start; with {@code init=bert} both are normal
 * with 0.02. In UniPELT the gate replaces alpha/r, as in the authors' program, with one gate per projection;
 * {@code gate=layer} has one gate per layer, as the paper's text says.
 */
record Lora(int rank, double alpha, Set<Place> on, double dropout, GatePer gate, Dense.Start init, LayerChoice layers)
        implements Method {
    /** How many gates there are. */
    enum GatePer {
        PROJECTION,
        LAYER
    }

    private static final Set<Place> READS_LAYER_INPUT = EnumSet.of(Place.QUERY, Place.KEY, Place.VALUE);

    /** The places that it can change. */
    static final Set<Place> PROJECTIONS = EnumSet.copyOf(
            Arrays.stream(Place.values()).filter(Place::isProjection).toList());

    Lora {
        if (gate == GatePer.LAYER && !READS_LAYER_INPUT.containsAll(on)) {
            throw new InputException(
                    "lora: gate=layer needs projections of the layer's input (query, key, value); got on="
                            + Options.places(on));
        }
    }

    static Lora of(Options options) {
        Set<Place> on = EnumSet.noneOf(Place.class);
        for (String name : options.list("on", "query+value", Options.oneOrMore(PROJECTIONS))) {
            on.addAll(projections(name, options));
        }
        return new Lora(
                options.integer("rank", 8, 1, 65_536),
                options.number("alpha", 16, 0, Double.POSITIVE_INFINITY),
                on,
                options.number("dropout", 0, 0, 1),
                options.choice("gate", GatePer.PROJECTION),
                options.choice("init", Dense.Start.LORA),
                LayerChoice.of(options));
    }

    private static Set<Place> projections(String name, Options options) {
        Set<Place> ours = PROJECTIONS.stream()
                .filter(place -> place.text().equalsIgnoreCase(name.strip()))
                .collect(Collectors.toSet());
        Set<Place> meant = ours.isEmpty() ? options.named(name) : ours;
        if (meant.isEmpty()) {
            throw PeerWords.unknownPlace(
                    "projection in lora's on",
                    name,
                    PROJECTIONS.stream().map(Place::text).toList());
        }
        return meant;
    }

    @Override
    public String name() {
        return "lora";
    }

    @Override
    public String modifies() {
        return on.stream().map(Place::text).collect(Collectors.joining(", ")) + layers.words();
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return on.stream().collect(Collectors.toMap(place -> place, place -> List.of(name())));
    }

    private List<Site> sites(Backbone backbone) {
        return layers.of(backbone.sites().require(on, name()), backbone, name());
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        boolean bert = init == Dense.Start.BERT;
        return sites(backbone).stream()
                .flatMap(site -> {
                    int in = backbone.sites().in(site);
                    int out = backbone.sites().out(site);
                    return List.of(
                            Parameter.of(down(site), bert ? Init.BERT : new Init.KaimingUniform(in), rank, in),
                            Parameter.of(up(site), bert ? Init.BERT : Init.ZEROS, out, rank))
                            .stream();
                })
                .toList();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        Scalar fixed = new Scalar(alpha / rank);
        for (Site site : sites(backbone)) {
            Tensor a = adapterWeights.get(down(site));
            Tensor b = adapterWeights.get(up(site));
            to.projection(site, (input, y) -> {
                Tensor low = pass.dropout().at(dropout).apply(input.x()).matmul(a.t());
                // Scaled while it is narrow; then one fused product adds it to y.
                Tensor scaled =
                        pass.gates().at(gateSite(site), input).map(low::mul).orElseGet(() -> low.mul(fixed));
                // Rows of no token are projected once, but each text may have its own gate.
                return scaled.size(0) == y.size(0)
                        ? y.flatten(0, 1).addmm(scaled.flatten(0, 1), b.t()).view(y.sizes())
                        : y.add(scaled.matmul(b.t()));
            });
        }
    }

    @Override
    public List<Site> gateSites(Backbone backbone) {
        return sites(backbone).stream().map(this::gateSite).distinct().toList();
    }

    /** Either all of a layer's projections share one gate, at its attention, or each has its own. */
    private Site gateSite(Site site) {
        return gate == GatePer.LAYER ? new Site(site.part(), site.layer(), Place.ATTENTION) : site;
    }

    /** W + s B A. */
    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        backbone.sites().requireUnshared(name());
        Map<String, Tensor> merged = new LinkedHashMap<>();
        for (Site site : sites(backbone)) {
            MapSlice map = backbone.sites().map(site);
            Tensor change = adapterWeights.get(up(site)).matmul(adapterWeights.get(down(site)));
            // If a checkpoint fuses maps, several sites change one weight.
            Tensor stored = merged.getOrDefault(map.weight(), backbone.weights().get(map.weight()));
            merged.put(map.weight(), map.added(stored, change, new Scalar(alpha / rank)));
        }
        return merged;
    }

    @Override
    public double learningRate() {
        return 5e-4;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.NONE;
    }

    private String down(Site site) {
        return name() + "." + site + ".a";
    }

    private String up(Site site) {
        return name() + "." + site + ".b";
    }

    /** Whether it only changes projections of the layer's input. */
    boolean readsLayerInput() {
        return READS_LAYER_INPUT.containsAll(on);
    }

    @Override
    public String toString() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("rank", rank);
        options.put("alpha", Options.number(alpha));
        options.put("on", Options.places(on));
        options.put("dropout", Options.number(dropout));
        options.put("gate", Options.word(gate));
        options.put("init", Options.word(init));
        layers.write(options);
        return Options.text(name(), options);
    }
}

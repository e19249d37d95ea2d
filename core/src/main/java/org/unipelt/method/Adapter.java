package org.unipelt.method;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * Adapters: a bottleneck that modifies the output of attention, of the feed-forward network, or of both (He et al.
 * 2022, Eq. 4). With x the sub-layer's input, h its output before the residual, and LN the layer norm that closes it:
 *
 * <pre>
 *   x ─▶ sub-layer ─▶ h ─────────────────────────────▶ + ─▶ + x ─▶ LN
 *                                                      ▲
 *        input ─▶ bottleneck ─▶ Δh ─▶ (· s) ─▶ (· gate(input))
 *
 *   input = x           insert=parallel      (He et al. 2022)
 *         = h           insert=sequential    (Houlsby et al. 2019)
 *         = LN(h + x)   insert=pfeiffer      (Pfeiffer et al. 2021; Mao et al. 2022, section 3.2 and Figure 2)
 * </pre>
 *
 * In parallel to attention, Δh is added to the concatenated heads before they are projected, as in He et al.'s program.
 * In Pfeiffer's placement the same pre-trained LN is used twice, and the residual is h before it, as in the UniPELT
 * release. h has been through the backbone's dropout, as in that release; in He et al.'s program attention's dropout
 * comes after a sequential adapter.
 *
 * @param name begins the names of its parameters, so that one model can hold several
 * @param at ATTENTION, FFN or both
 * @param layers which layers have one
 */
record Adapter(String name, Bottleneck form, Set<Place> at, Insertion insert, Composition compose, LayerChoice layers)
        implements Method {
    /** The names under which {@link Methods} knows this record. */
    private static final Set<String> NAMES = Set.of("adapter", "houlsby", "modification");

    Adapter {
        Set<String> taken = new TreeSet<>(Methods.kinds());
        taken.removeAll(NAMES);
        taken.add("gate");
        if (taken.contains(name) || !name.matches("[a-z][a-z0-9-]*")) {
            throw new InputException("modification: name begins the names of parameters: lower-case letters, digits and"
                    + " hyphens, and none of " + String.join(", ", taken) + "; got '"
                    + name + "'");
        }
        if (compose.kind() == Composition.Kind.LEARNED && form.norm() == Bottleneck.Norm.OUT) {
            throw new InputException("modification: compose=learned has nothing to learn with norm=out, as the"
                    + " layer norm after it removes every scale");
        }
    }

    /** The short text {@code adapter(…)}. */
    static Adapter pfeiffer(Options options) {
        return pfeiffer(plain(options, Bottleneck.Activation.RELU), LayerChoice.of(options));
    }

    private static Adapter pfeiffer(Bottleneck form, LayerChoice layers) {
        return new Adapter("adapter", form, EnumSet.of(Place.FFN), Insertion.PFEIFFER, Composition.ADD, layers);
    }

    /** The short text {@code houlsby(…)}. */
    static Adapter houlsby(Options options) {
        return houlsby(plain(options, Bottleneck.Activation.SWISH), LayerChoice.of(options));
    }

    private static Adapter houlsby(Bottleneck form, LayerChoice layers) {
        return new Adapter(
                "houlsby", form, EnumSet.of(Place.ATTENTION, Place.FFN), Insertion.SEQUENTIAL, Composition.ADD, layers);
    }

    private static Bottleneck plain(Options options, Bottleneck.Activation activation) {
        return Bottleneck.plain(
                options.integer("bottleneck", 48, 1, 65_536),
                options.choice("activation", activation),
                options.choice("init", Dense.Start.BERT));
    }

    /** The same for any name and place. */
    @Override
    public String kind() {
        return "adapter";
    }

    @Override
    public String modifies() {
        return at.stream()
                        .map(place -> place == Place.FFN ? "FFN" : place.text())
                        .collect(Collectors.joining(" and "))
                + " outputs"
                + layers.words()
                + (insert == Insertion.PARALLEL ? ", in parallel" : "");
    }

    @Override
    public Map<Place, List<String>> attachments() {
        Map<Place, List<String>> attachments = new EnumMap<>(Place.class);
        places().forEach(place -> attachments.put(place, List.of(name)));
        return attachments;
    }

    /** A parallel adapter at attention is added to the heads. */
    private List<Place> places() {
        return at.stream()
                .map(place -> place == Place.ATTENTION && insert == Insertion.PARALLEL ? Place.HEADS : place)
                .toList();
    }

    private List<Site> sites(Backbone backbone) {
        return layers.of(backbone.sites().of(places()), backbone, name);
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        List<Parameter> parameters = new ArrayList<>(form.shared(name));
        for (Site site : sites(backbone)) {
            parameters.addAll(form.parameters(
                    parameterName(site),
                    backbone.sites().in(site),
                    backbone.sites().out(site)));
            parameters.addAll(compose.parameters(parameterName(site)));
        }
        return parameters;
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        for (Site site : sites(backbone)) {
            if (site.place() == Place.HEADS) {
                to.heads(site, (attention, heads, attentionMask) -> {
                    Tensor change = change(site, attention.x(), heads, adapterWeights, pass);
                    return pass.gates().add(site, attention.x(), attentionMask, heads, change);
                });
            } else {
                to.subLayer(site, (x, h, norm, attentionMask) -> {
                    Tensor input =
                            switch (insert) {
                                case PARALLEL -> x;
                                case SEQUENTIAL -> h;
                                case PFEIFFER -> norm.apply(h.add(x));
                            };
                    return pass.gates()
                            .add(site, input, attentionMask, h, change(site, input, h, adapterWeights, pass));
                });
            }
        }
    }

    private Tensor change(Site site, Tensor input, Tensor h, Weights adapterWeights, MethodPass pass) {
        Tensor change = form.change(input, compose, name, parameterName(site), adapterWeights, pass);
        pass.observer().change(name, site, h, change);
        return change;
    }

    @Override
    public List<Site> gateSites(Backbone backbone) {
        return sites(backbone);
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        throw new InputException("an adapter cannot be merged into the weights: it is not linear");
    }

    @Override
    public double learningRate() {
        return 1e-4;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.ALL;
    }

    private String parameterName(Site site) {
        return name + "." + site;
    }

    /** The short text if there is one, otherwise the full text. */
    @Override
    public String toString() {
        Map<String, Object> options = new LinkedHashMap<>();
        if (form.isPlain() && (equals(pfeiffer(form, layers)) || equals(houlsby(form, layers)))) {
            options.put("bottleneck", form.rank());
            options.put("activation", Options.word(form.activation()));
            options.put("init", Options.word(((Dense) form.maps()).init()));
            layers.write(options);
            return Options.text(name, options);
        }
        options.put("form", form);
        options.put("at", Options.places(at));
        options.put("insert", Options.word(insert));
        options.put("compose", compose);
        if (form.maps() instanceof Dense dense) {
            options.put("init", Options.word(dense.init()));
        }
        options.put("name", name);
        layers.write(options);
        return Options.text(Modification.WORD, options);
    }
}

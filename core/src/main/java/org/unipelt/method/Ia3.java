package org.unipelt.method;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * (IA)³ (Liu et al. 2022, section 3.3): a learned vector rescales keys, values and the feed-forward's inner activation,
 * element by element.
 *
 * <pre>
 *   softmax(Q (l_k ⊙ K)ᵀ / √d) (l_v ⊙ V)        W_2 (l_ff ⊙ gelu(W_1 x))        l [out], ones at the start
 * </pre>
 *
 * Ones have no effect, so training starts from the frozen model. Every vector merges into a weight.
 * Behind a gate the change is {@code g · (l - 1) ⊙ y}.
 */
record Ia3(Set<Place> on) implements Method {
    /** What it can rescale. */
    private static final Set<Place> SCALED = EnumSet.of(
            Place.QUERY,
            Place.KEY,
            Place.VALUE,
            Place.ATTENTION_OUT,
            Place.FFN_UP,
            Place.FFN_GATE,
            Place.FFN_INNER,
            Place.FFN_DOWN);

    static Ia3 of(Options options) {
        return new Ia3(options.places(
                "on",
                "key+value+ffn-inner",
                SCALED,
                "ia3 rescales projections and the feed-forward's inner activation"));
    }

    @Override
    public String name() {
        return "ia3";
    }

    @Override
    public String modifies() {
        return on.stream().map(Place::text).collect(Collectors.joining(", "));
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return on.stream().collect(Collectors.toMap(place -> place, place -> List.of(name())));
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        return gateSites(backbone).stream()
                .map(site -> Parameter.of(
                        vector(site), new Init.Constant(1), backbone.sites().out(site)))
                .toList();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        for (Site site : gateSites(backbone)) {
            Tensor l = adapterWeights.get(vector(site));
            to.projection(site, (input, y) -> pass.gates()
                    .at(site, input)
                    .map(g -> y.addcmul(y.mul(l.sub(new Scalar(1))), g))
                    .orElseGet(() -> y.mul(l)));
        }
    }

    @Override
    public List<Site> gateSites(Backbone backbone) {
        return backbone.sites().require(on, name());
    }

    /** diag(l) W and l ⊙ b after a map; W diag(l) before one. */
    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        backbone.sites().requireUnshared(name());
        Map<String, Tensor> merged = new LinkedHashMap<>();
        for (Site site : gateSites(backbone)) {
            Tensor l = adapterWeights.get(vector(site));
            if (site.place() == Place.FFN_INNER) {
                Site reader = new Site(site.part(), site.layer(), Place.FFN_DOWN);
                scale(
                        merged,
                        backbone,
                        backbone.sites().map(reader).weight(),
                        backbone.sites().map(reader),
                        l);
            } else {
                MapSlice map = backbone.sites().map(site);
                scale(merged, backbone, map.weight(), map, l.unsqueeze(1));
                if (backbone.weights().has(map.bias())) {
                    scale(merged, backbone, map.bias(), map, l);
                }
            }
        }
        return merged;
    }

    private static void scale(Map<String, Tensor> merged, Backbone backbone, String name, MapSlice map, Tensor by) {
        // Two vectors may rescale one weight: its output and its input.
        Tensor stored = merged.getOrDefault(name, backbone.weights().get(name));
        Tensor change = map.of(stored).mul(by.sub(new Scalar(1)));
        merged.put(name, map.added(stored, change, new Scalar(1)));
    }

    /** Liu et al. 2022, section 3.5. */
    @Override
    public double learningRate() {
        return 3e-3;
    }

    /** The release has no (IA)³; its adapters train the whole head. */
    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.ALL;
    }

    private String vector(Site site) {
        return name() + "." + site + ".scale";
    }

    @Override
    public String toString() {
        return Options.text(name(), Map.of("on", Options.places(on)));
    }
}

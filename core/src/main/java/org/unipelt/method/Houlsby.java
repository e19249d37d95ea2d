package org.unipelt.method;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * Houlsby's adapters (Houlsby et al. 2019): two bottlenecks per layer, one after each sub-layer, before residual and
 * layer-norm. With x the sub-layer's input and h its output:
 *
 * <pre>
 *   x ─▶ sub-layer ─▶ h ─┬──────────────────────────────────▶ + ─▶ + x ─▶ LN
 *                        └─▶ W_down ─▶ f ─▶ W_up ─▶ (· gate(h)) ┘
 * </pre>
 */
record Houlsby(Bottleneck bottleneck) implements Method {
    static Houlsby of(Options options) {
        return new Houlsby(options.bottleneck("swish"));
    }

    @Override
    public String name() {
        return "houlsby";
    }

    @Override
    public String modifies() {
        return "attention and FFN outputs";
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        return gateSites(backbone.shape()).stream()
                .flatMap(site -> bottleneck
                        .parameters(parameterName(site), backbone.shape().hidden())
                        .stream())
                .toList();
    }

    @Override
    public void modify(Modifications to, Weights own, Backbone backbone, Gates gates, Pass pass) {
        for (Site site : gateSites(backbone.shape())) {
            to.subLayer(site, (x, h, norm, keep) -> {
                Tensor change = bottleneck.change(parameterName(site), own, h);
                return gates.at(site, h, keep).map(g -> h.addcmul(change, g)).orElseGet(() -> h.add(change));
            });
        }
    }

    @Override
    public List<Site> gateSites(Shape shape) {
        return shape.sites(List.of(Place.ATTENTION, Place.FFN));
    }

    @Override
    public Map<String, Tensor> fold(Weights own, Backbone backbone) {
        throw new InputException("a Houlsby adapter cannot be folded into the weights: it is not linear");
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
        return name() + "." + site;
    }

    @Override
    public String toString() {
        return Options.text(name(), bottleneck);
    }
}

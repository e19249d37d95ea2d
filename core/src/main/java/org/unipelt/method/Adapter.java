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
 * The adapter in Pfeiffer's placement (Pfeiffer et al. 2021; Mao et al. 2022, section 3.2 and Figure 2): one bottleneck per
 * layer after the feed-forward network. With x the network's input, F its output before the residual, and LN the layer-norm
 * that closes the layer, pre-trained and frozen:
 *
 * <pre>
 *   x ─▶ FFN ─▶ F ─┬────────────────────────────────────────────▶ + ─▶ + x ─▶ LN ─▶ next layer
 *                  │                                              ▲
 *                  └─▶ + x ─▶ LN ─▶ z ─▶ W_down ─▶ f ─▶ W_up ─▶ (· gate(z))
 * </pre>
 *
 * The same LN is used twice, and the residual is F before it, as in the authors' program.
 */
record Adapter(Bottleneck bottleneck) implements Method {
    static Adapter of(Options options) {
        return new Adapter(options.bottleneck("relu"));
    }

    @Override
    public String name() {
        return "adapter";
    }

    @Override
    public String modifies() {
        return "FFN outputs";
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
                Tensor z = norm.apply(h.add(x));
                Tensor change = bottleneck.change(parameterName(site), own, z);
                return gates.at(site, z, keep).map(g -> h.addcmul(change, g)).orElseGet(() -> h.add(change));
            });
        }
    }

    @Override
    public List<Site> gateSites(Shape shape) {
        return shape.sites(List.of(Place.FFN));
    }

    @Override
    public Map<String, Tensor> fold(Weights own, Backbone backbone) {
        throw new InputException("an adapter cannot be folded into the weights: it is not linear");
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

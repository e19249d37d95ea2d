package org.unipelt.method;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.tensor.Weights;

/**
 * Frozen features: the backbone does not change and only the head is trained. Every method should beat it. A training
 * computes the features once, so the backbone drops nothing; the head drops what it reads.
 *
 * @param trainsBySteps true for {@code head}, which trains like every other method; false for {@code probe}, whose head
 *     is the best linear map of the features, found in one fit of about a second
 */
record HeadOnly(boolean trainsBySteps) implements Method {
    static HeadOnly of(Options options) {
        return new HeadOnly(true);
    }

    static HeadOnly probe(Options options) {
        return new HeadOnly(false);
    }

    @Override
    public String name() {
        return trainsBySteps ? "head" : "probe";
    }

    @Override
    public Optional<String> whyAlone() {
        return Optional.of("the head is trained with every method");
    }

    @Override
    public String modifies() {
        return "nothing; the head "
                + (trainsBySteps
                        ? "reads frozen features, computed once and without dropout"
                        : "is fitted to frozen features");
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return Map.of();
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        return List.of();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {}

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        return Map.of();
    }

    @Override
    public double learningRate() {
        return 1e-3;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.ALL;
    }

    @Override
    public String toString() {
        return name();
    }
}

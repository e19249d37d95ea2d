package org.unipelt.method;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.tensor.Weights;

/**
 * Full fine-tuning: every weight of the backbone has a trained copy that replaces it. The other methods are
 * measured against it; a saved model of this method is as large as its base.
 */
record Full() implements Method {
    static Full of(Options options) {
        return new Full();
    }

    @Override
    public String name() {
        return "full";
    }

    @Override
    public Optional<String> whyAlone() {
        return Optional.of("it changes every weight, so nothing is left to combine");
    }

    @Override
    public String modifies() {
        return "every weight";
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return Map.of();
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        return backbone.weightShapes().entrySet().stream()
                .map(weight -> Parameter.of(own(weight.getKey()), new Init.CopyOf(weight.getKey()), weight.getValue()))
                .toList();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        backbone.weightShapes().keySet().forEach(name -> to.weight(name, adapterWeights.get(own(name))));
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        return backbone.weightShapes().keySet().stream()
                .collect(Collectors.toMap(name -> name, name -> adapterWeights.get(own(name))));
    }

    @Override
    public double learningRate() {
        return 2e-5;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.ALL;
    }

    private String own(String name) {
        return name() + "." + name;
    }

    @Override
    public String toString() {
        return name();
    }
}

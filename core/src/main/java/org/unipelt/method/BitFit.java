package org.unipelt.method;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.tensor.Weights;

/**
 * BitFit (Ben Zaken et al. 2022; Mao et al. 2022, section 2.2): it trains every bias of the backbone, those of layer
 * norms included, and nothing else.
 *
 * <pre>
 *   W x + b   with a trained b
 * </pre>
 */
record BitFit() implements Method {
    static BitFit of(Options options) {
        return new BitFit();
    }

    @Override
    public String name() {
        return "bitfit";
    }

    @Override
    public String modifies() {
        return "every bias";
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return Map.of();
    }

    private static List<String> biases(Backbone backbone) {
        return backbone.weightShapes().keySet().stream()
                .filter(name -> name.endsWith(".bias"))
                .toList();
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        return biases(backbone).stream()
                .map(name -> Parameter.of(
                        own(name),
                        new Init.CopyOf(name),
                        Objects.requireNonNull(backbone.weightShapes().get(name))))
                .toList();
    }

    @Override
    public Optional<String> remark(Backbone backbone) {
        return biases(backbone).isEmpty()
                ? Optional.of(name()
                        + " trains nothing of this base model, which has no biases; use another method, or another"
                        + " base model")
                : Optional.empty();
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        biases(backbone).forEach(name -> to.weight(name, adapterWeights.get(own(name))));
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        return biases(backbone).stream().collect(Collectors.toMap(name -> name, name -> adapterWeights.get(own(name))));
    }

    @Override
    public double learningRate() {
        return 1e-4;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.BIAS;
    }

    private String own(String name) {
        return name() + "." + name;
    }

    @Override
    public String toString() {
        return name();
    }
}

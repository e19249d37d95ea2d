package org.unipelt.method;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.tensor.Weights;

/**
 * A linear probe: the backbone stays as it is, and the head is the best linear map of its vectors, found in one fit
 * ({@code org.unipelt.task.Probe}) and not by steps. A second's work, and the line that every other method must beat.
 */
record LinearProbe() implements Method {
    static LinearProbe of(Options options) {
        return new LinearProbe();
    }

    @Override
    public String name() {
        return "probe";
    }

    @Override
    public String modifies() {
        return "nothing; the head is fitted to frozen features";
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
    public void modify(Modifications to, Weights own, Backbone backbone, Gates gates, Pass pass) {}

    @Override
    public Map<String, Tensor> fold(Weights own, Backbone backbone) {
        return Map.of();
    }

    @Override
    public boolean trainsBySteps() {
        return false;
    }

    /** Of no effect, as there are no steps. */
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

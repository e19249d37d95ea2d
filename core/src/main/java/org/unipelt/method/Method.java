package org.unipelt.method;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * A tuning method: which parameters it adds to a frozen backbone and how they modify a forward pass. An immutable record of
 * its options; {@link #toString()} is its text form, which {@link Methods#parse} reads.
 */
public interface Method {
    /** The word that names the method in texts and begins its parameters' names, e.g. {@code lora}. */
    String name();

    /** The kind of method it is, whatever its options: what learns at the same rate has the same kind. */
    default String kind() {
        return name();
    }

    /** What it modifies, in a few words for people, e.g. {@code keys and values}. */
    String modifies();

    /** The places in a layer at which it attaches, each with what acts there; none if it replaces weights themselves. */
    Map<Place, List<String>> attachments();

    /** The methods of which it is a combination; none if it is one by itself. */
    default List<Method> submodules() {
        return List.of();
    }

    /** The trained parameters: names, shapes, first values. Everything else (counting, saving, optimising) follows. */
    List<Parameter> parameters(Backbone backbone);

    /**
     * Adds this method's changes to a pass.
     *
     * @param to where the changes go
     * @param adapterWeights tensors by the names of {@link #parameters}, perhaps among others
     * @param pass gates, dropout and observer of the pass
     */
    void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass);

    /** The sites at which this method asks its gates; none if it cannot be gated. */
    default List<Site> gateSites(Backbone backbone) {
        return List.of();
    }

    /** Whether gates decide, text by text, how much of its changes is let in. */
    default boolean isGated() {
        return false;
    }

    /** The method as its saved form has it: the same function with what only training needs left out. */
    default Method saved() {
        return this;
    }

    /** The parameters of {@link #saved()}, computed from the trained ones. */
    default Map<String, Tensor> save(Weights adapterWeights, Backbone backbone) {
        return adapterWeights.select(
                parameters(backbone).stream().map(Parameter::name).toList());
    }

    /**
     * Backbone weights in which this method's change is contained, by name, so that it is no longer needed.
     *
     * @throws InputException if that is impossible, with the reason
     */
    Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone);

    /** Whether it is trained step by step; if not, the probe that the head begins at is all of it. */
    default boolean trainsBySteps() {
        return true;
    }

    /** The learning rate to try first: that of the UniPELT paper's Appendix B where it has one. */
    double learningRate();

    /** What of the classification head the UniPELT release trains beside this method (reference program, not paper). */
    HeadTraining releaseHead();

    /** Which part of the head is trained. */
    enum HeadTraining {
        /** It stays at its random first values. */
        NONE,
        /** Its bias alone. */
        BIAS,
        /** All of it. */
        ALL
    }
}

package org.unipelt.method;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * A tuning method: which parameters it adds to a frozen backbone and how they modify a forward pass. It is an immutable
 * record of its options, so any number of threads may share it; {@link Object#toString()} is its text, which {@link
 * Methods#parse} reads.
 */
public interface Method {
    /** The word that names the method in texts and begins its parameters' names, e.g. {@code lora}. */
    String name();

    /** The kind of method, for any options. Methods of one kind learn at the same rate. */
    default String kind() {
        return name();
    }

    /** What it modifies, in a few words for people, e.g. {@code keys and values}. */
    String modifies();

    /** The places in a layer at which it attaches, each with what acts there; none if it replaces weights. */
    Map<Place, List<String>> attachments();

    /** The methods that it combines; none if it is a single method. */
    default List<Method> submodules() {
        return List.of();
    }

    /** Why it cannot be one of several methods behind gates; empty if it can. */
    default Optional<String> whyAlone() {
        return Optional.empty();
    }

    /** The trained parameters: names, shapes, initial values. Counting, saving and optimising follow from them. */
    List<Parameter> parameters(Backbone backbone);

    /**
     * The names of the parameters that every task has for itself if several tasks train together; they share the others.
     * None by default.
     */
    default List<String> taskParameters(Backbone backbone) {
        return List.of();
    }

    /** What to know in advance about training it on that backbone, in one line; usually nothing. */
    default Optional<String> remark(Backbone backbone) {
        return submodules().stream()
                .flatMap(submodule -> submodule.remark(backbone).stream())
                .findFirst();
    }

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

    /** Whether gates decide for each text how much of its changes is let in. */
    default boolean isGated() {
        return false;
    }

    /** Whether what it changes in a text depends on the padding of the text's batch. */
    default boolean readsPadding() {
        return submodules().stream().anyMatch(Method::readsPadding);
    }

    /** The method in its saved form: the same function without what only training needs. */
    default Method saved() {
        return this;
    }

    /** The parameters of {@link #saved()}, computed from the trained ones. */
    default Map<String, Tensor> save(Weights adapterWeights, Backbone backbone) {
        return adapterWeights.select(
                parameters(backbone).stream().map(Parameter::name).toList());
    }

    /**
     * Backbone weights that contain this method's change, by name, so that a pass does not need the method.
     *
     * @throws InputException if that is impossible, with the reason
     */
    Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone);

    /** Whether it is trained step by step; if not, it is just the probe that the head begins at. */
    default boolean trainsBySteps() {
        return true;
    }

    /** The learning rate to try first: the UniPELT paper's (Appendix B), if it has one. */
    double learningRate();

    /**
     * Which part of the classification head the UniPELT release trains with this method (the program, not the paper).
     */
    HeadTraining releaseHead();

    /** Which part of the head is trained. */
    enum HeadTraining {
        /** None: it keeps its random initial values. */
        NONE,
        /** Only its bias. */
        BIAS,
        /** All of it. */
        ALL
    }
}

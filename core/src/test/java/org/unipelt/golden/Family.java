package org.unipelt.golden;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Site;
import org.unipelt.method.Method;
import org.unipelt.task.Network;
import org.unipelt.tensor.Weights;
import org.unipelt.training.AdamW;

/** The program that computed some of the fixtures: how it calls things, and what is particular to it. */
public interface Family {
    /** The family of a fixture; none if its backbone is not there yet. */
    static Optional<Family> of(JsonNode meta) {
        return switch (meta.path("family").asText()) {
            case "unipelt" -> Optional.of(new UniPeltRelease(meta));
            case "unified_roberta" -> Optional.of(new UnifiedRoberta(meta));
            case "unified_bart" -> Optional.empty();
            default -> throw new IllegalArgumentException("no family " + meta.path("family"));
        };
    }

    /** The method, as our text. */
    String methodText();

    /** The backbone over a fixture's tensors, which stay the fixture's. */
    Backbone backbone(Weights reference);

    /** What the head is and reads. */
    Network.Reading reading();

    /** What of the head this program trains beside a method. */
    Method.HeadTraining head(Method method);

    /** The settings of one of the two optimisers, without what the fixtures have in common. */
    AdamW.Settings settings(AdamW.Variant variant, double weightDecay);

    /**
     * The program's names of one of our parameters: as a rule one; several whose tensors, side by side in the last
     * dimension, are ours.
     */
    List<String> referenceNames(String parameter);

    /** How a block's output is recorded, if it is. */
    Optional<String> output(Site site);

    /** How a gate is recorded. */
    String gate(String submodule, Site site);

    /** How the change by a sub-module is recorded. */
    Recorded change(String submodule, Site site);

    /**
     * A recorded change.
     *
     * @param withResidual whether what was changed is in it
     */
    record Recorded(String name, boolean withResidual) {}

    /** How a layer's prefix keys or values are recorded, {@code kind} being one of these words. */
    String prefix(String kind, int layer);

    /** How the share of attention that a layer's prefix takes is recorded. */
    String prefixMass(int layer);

    /** Whether a recorded tensor is nothing that our programs have by itself. */
    boolean isOutOfSight(String recorded);
}

package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Site;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.tensor.Weights;
import org.unipelt.training.AdamW;

/** The program that computed some of the fixtures: how it calls things, and what is particular to it. */
public interface Family {
    /**
     * The family of a fixture.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    static Family of(JsonNode meta) {
        String family = meta.path("family").asText();
        return switch (family) {
            case "unipelt" -> new UniPeltRelease(meta);
            case "unified_roberta" -> new UnifiedRoberta(meta);
            case "unified_bart" -> new UnifiedBart(meta);
            default ->
                throw new IllegalArgumentException("unknown family '" + family
                        + "' in meta.json; there are unipelt, unified_roberta and unified_bart");
        };
    }

    /** The method, as our text. */
    String methodText();

    /** A network of ours with the reference's values. The backbone's tensors stay the reference's. */
    Subject subject(Method method, Weights reference, Weights inputs);

    /** What of the head this program trains beside a method. */
    Method.HeadTraining head(Method method);

    /** The settings of one of the two optimisers, without what the fixtures have in common. */
    AdamW.Settings settings(AdamW.Formula variant, double weightDecay);

    /**
     * The program's names of one of our parameters: as a rule one; several whose tensors, side by side in the last
     * dimension, are ours.
     */
    List<String> referenceNames(String parameter);

    /** What is recorded of one of our parameters under its names behind a prefix. */
    default Tensor recorded(String prefix, String parameter, Weights recorded) {
        Tensor[] parts = referenceNames(parameter).stream()
                .map(name -> recorded.get(prefix + name))
                .toArray(Tensor[]::new);
        return parts.length == 1 ? parts[0] : torch.cat(new TensorVector(parts), -1);
    }

    /** Copies of the reference's values of our parameters. */
    default Weights values(List<Parameter> parameters, Weights reference) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            Tensor value = recorded("", parameter.name(), reference);
            assertThat(value.shape())
                    .as(parameter.name())
                    .containsExactly(parameter.shape().stream()
                            .mapToLong(Long::longValue)
                            .toArray());
            values.put(parameter.name(), value.clone());
        }
        return Weights.of(values);
    }

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

    /** How the prefix keys or values of an attention are recorded, {@code kind} being one of these words. */
    String prefix(String kind, Site site);

    /** How the share of an attention that its prefix takes is recorded. */
    String prefixMass(Site site);

    /** Whether a recorded tensor is nothing that our programs have by itself. */
    boolean isOutOfSight(String recorded);
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.data.Profile;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.Temperature;
import org.unipelt.run.Run;

/** What {@code train --json} prints of a training that finished or was stopped. */
record TrainResult(
        @JsonProperty("model_dir") String folder,
        String base,
        String method,
        @JsonProperty("trained_parameters") long trained,
        Profile data,
        boolean finished,
        int epochs,
        @JsonProperty("best_epoch") int bestEpoch,
        @JsonProperty("stopped_by") String stoppedBy,
        Map<String, Map<String, Double>> metrics,

        @JsonProperty("bleu_signature") @JsonInclude(JsonInclude.Include.NON_ABSENT)
        Optional<String> signature,

        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<ClassScore>> classes,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<LabelScore>> labels,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<FoldReport> folds,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Temperature> temperature,
        @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<List<EntityScore>> entities) {
    /** The result of a training that the user stopped; it has no scores yet. */
    static TrainResult stopped(Run run, long trained, Profile data) {
        return new TrainResult(
                run.folder().toString(),
                run.spec().model(),
                run.spec().method().toString(),
                trained,
                data,
                false,
                0,
                0,
                "interruption",
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}

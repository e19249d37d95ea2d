package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import org.unipelt.experiment.report.Ranking;
import org.unipelt.training.LearningRate;

/** What {@code unipelt compare --json} prints. */
record Comparison(
        String folder,
        String model,
        String metric,
        @JsonProperty("test_rows") int testRows,

        @JsonProperty("most_frequent_label") @JsonInclude(JsonInclude.Include.NON_ABSENT)
        Optional<Double> mostFrequent,

        List<Row> methods,

        @JsonProperty("not_ranked") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<Row> apart,

        String recommendation,
        @JsonProperty("best_model_dir") String best,
        @JsonProperty("train_command") String train) {
    /** A method in the ranking. */
    record Row(
            String method,
            int runs,
            double mean,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Double> sd,

            @JsonProperty("behind_best") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<Ranking.Behind> behind,

            @JsonProperty("learning_rate") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<Double> rate,

            @JsonProperty("rate_origin") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<String> rateOrigin,

            @JsonProperty("trained_parameters") long trained,

            @JsonProperty("train_seconds") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<Double> seconds) {
        static Row of(Ranking.Standing standing) {
            return new Row(
                    standing.method(),
                    standing.runs(),
                    standing.mean(),
                    Optional.of(standing.sd()).filter(sd -> !sd.isNaN()),
                    standing.behind(),
                    standing.rate().map(LearningRate::value),
                    standing.rate().map(LearningRate::origin),
                    standing.trained(),
                    standing.seconds());
        }
    }
}

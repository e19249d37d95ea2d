package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.RankingScore;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt evaluate}: scores a tuned model. */
@Command(
        name = "evaluate",
        header = "Scores a tuned model on labelled texts.",
        description = {
            "",
            "Prints every metric that fits the labels. For classes, also prints precision, recall and F1 of each, and"
                    + " which classes the model confuses, and the expected calibration error: the mean gap between the"
                    + " probability of the predicted class and how often it is right, in 15 bins; for queries, nDCG beside that of a random order;"
                    + " for several labels a row, precision, recall and F1 of each at"
                    + " its threshold; for names found in texts, those of each label. For BLEU, also prints how it was computed.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt evaluate my-model --data test.tsv",
            "  unipelt evaluate my-model --data test.tsv --abstain-below 0.8",
            "  unipelt evaluate my-model --task rte --data glue"
        })
final class EvaluateCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private ModelOptions model;

    @ArgGroup(validate = false, heading = "%nData:%n")
    private LabelledOptions data = new LabelledOptions();

    @Option(
            names = "--abstain-below",
            paramLabel = "P",
            description =
                    "Also shows how many rows the model answers if it abstains from classes that are less probable"
                            + " than P, from 0 to 1, and how many of these answers are right.")
    private @Nullable Double abstain;

    @Option(
            names = "--at",
            paramLabel = "K",
            split = ",",
            description = "For a model that ranks: up to how many places nDCG looks. Default: 1,3,5,10.")
    private @Nullable List<Integer> places;

    @Mixin
    private CommonOptions common;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Result(
            @JsonProperty("model_dir") String folder,
            String data,
            int examples,
            Map<String, Double> metrics,
            @JsonProperty("bleu_signature") Optional<String> signature,
            Optional<List<ClassScore>> classes,
            Optional<List<ClassReport.Mistake>> confusions,
            Optional<ConfusionMatrix> confusion,
            Optional<List<LabelScore>> labels,
            @JsonProperty("calibration_error") Optional<Double> calibrationError,
            Optional<List<CoverageTable.Line>> coverage,
            Optional<RankingScore> ranking,
            Optional<List<EntityScore>> entities) {}

    @Override
    public Integer call() {
        try (TunedFolder tuned = model.read(console)) {
            if (abstain != null) {
                PredictionLines.requireAbstains(tuned.card(), abstain);
            }
            requireFit(tuned.card());
            Dataset rows = data.read(tuned.card(), true, console);
            Evaluation evaluation = tuned.model().evaluate(rows);
            Optional<Double> error =
                    evaluation.probabilities().map(each -> each.calibration().error());
            Map<String, Double> metrics = new LinkedHashMap<>(evaluation.metrics());
            error.ifPresent(value -> metrics.put("calibration-error", value));
            Map<String, Map<String, Double>> scores = Map.of(evaluation.examples() + " rows", metrics);
            Optional<CoverageTable> coverage = Optional.ofNullable(abstain)
                    .flatMap(least -> evaluation.probabilities().map(each -> CoverageTable.of(each, least)));
            Optional<ClassReport> report = ClassReport.of(evaluation, rows);
            Optional<RankingReport> ranking =
                    RankingReport.of(tuned.card(), evaluation, rows, places == null ? RankingScore.USUAL : places);
            if (common.json()) {
                console.printJson(new Result(
                        model.folder().toString(),
                        rows.name(),
                        evaluation.examples(),
                        evaluation.metrics(),
                        Metrics.signature(scores),
                        report.map(ClassReport::classes),
                        report.map(ClassReport::confusions),
                        evaluation.confusion(),
                        evaluation.labels(),
                        error,
                        coverage.map(CoverageTable::lines),
                        ranking.map(RankingReport::score),
                        evaluation.entities()));
                return 0;
            }
            if (ranking.isPresent()) {
                ranking.get().print(console);
                return 0;
            }
            Metrics.print(console, scores);
            coverage.ifPresent(table -> table.print(console));
            report.ifPresent(each -> each.print(console, Integer.MAX_VALUE));
            LabelReport.of(evaluation).ifPresent(each -> each.print(console, Integer.MAX_VALUE));
            EntityReport.of(evaluation).ifPresent(each -> each.print(console, Integer.MAX_VALUE));
            evaluation.confusion().flatMap(EvaluateCommand::table).ifPresent(table -> {
                console.print("");
                console.printText(table);
            });
        }
        return 0;
    }

    private void requireFit(AdapterCard card) {
        if (places != null && !(card.task() instanceof Ranking)) {
            throw new InputException("--at is for a model that ranks, and this one predicts "
                    + card.labels().describe() + "; leave it out");
        }
        if (places != null && places.stream().anyMatch(each -> each < 1)) {
            throw new InputException("--at must be at least 1, got "
                    + places.stream().min(Integer::compare).orElseThrow());
        }
    }

    private static Optional<String> table(ConfusionMatrix confusion) {
        List<String> names = confusion.labels().stream().map(Console::plain).toList();
        return new ConfusionMatrix(names, confusion.counts()).table();
    }
}

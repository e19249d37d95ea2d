package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.data.Dataset;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.LabelScore;
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
                    + " probability of the predicted class and how often it is right, in 15 bins; for several labels a row, precision, recall and F1 of each at"
                    + " its threshold. For BLEU, also prints how it was computed.",
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
    private Double abstain;

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
            Optional<List<CoverageTable.Line>> coverage) {}

    @Override
    public Integer call() {
        try (TunedFolder tuned = model.read(console)) {
            if (abstain != null) {
                PredictionLines.requireAbstains(tuned.card(), abstain);
            }
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
                        coverage.map(CoverageTable::lines)));
                return 0;
            }
            Metrics.print(console, scores);
            coverage.ifPresent(table -> table.print(console));
            report.ifPresent(each -> each.print(console, Integer.MAX_VALUE));
            LabelReport.of(evaluation).ifPresent(each -> each.print(console, Integer.MAX_VALUE));
            evaluation.confusion().flatMap(EvaluateCommand::table).ifPresent(table -> {
                console.print("");
                console.printText(table);
            });
        }
        return 0;
    }

    private static Optional<String> table(ConfusionMatrix confusion) {
        List<String> names = confusion.labels().stream().map(Console::plain).toList();
        return new ConfusionMatrix(names, confusion.counts()).table();
    }
}

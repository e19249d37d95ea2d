package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.data.Dataset;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.LabelScore;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code unipelt evaluate}: scores a tuned model. */
@Command(
        name = "evaluate",
        header = "Scores a tuned model on labelled texts.",
        description = {
            "",
            "Prints every metric that fits the labels. For classes, also prints precision, recall and F1 of each, and"
                    + " which classes the model confuses; for several labels a row, precision, recall and F1 of each at"
                    + " its threshold; for names found in texts, those of each label. For BLEU, also prints how it was computed.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt evaluate my-model --data test.tsv",
            "  unipelt evaluate my-model --task rte --data glue"
        })
final class EvaluateCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private ModelOptions model;

    @ArgGroup(validate = false, heading = "%nData:%n")
    private LabelledOptions data = new LabelledOptions();

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
            Optional<List<EntityScore>> entities) {}

    @Override
    public Integer call() {
        try (TunedFolder tuned = model.read(console)) {
            Dataset rows = data.read(tuned.card(), true, console);
            Evaluation evaluation = tuned.model().evaluate(rows);
            Map<String, Map<String, Double>> scores = Map.of(evaluation.examples() + " rows", evaluation.metrics());
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
                        evaluation.entities()));
                return 0;
            }
            Metrics.print(console, scores);
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

    private static Optional<String> table(ConfusionMatrix confusion) {
        List<String> names = confusion.labels().stream().map(Console::plain).toList();
        return new ConfusionMatrix(names, confusion.counts()).table();
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.data.Dataset;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Evaluation;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code unipelt evaluate}: scores a tuned model. */
@Command(
        name = "evaluate",
        header = "Scores a tuned model on labelled texts.",
        description = {
            "",
            "Prints every metric that fits: for classes also which were taken for which, beside BLEU how it was computed.",
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
            Optional<ConfusionMatrix> confusion) {}

    @Override
    public Integer call() {
        AdapterCard card = model.card();
        Dataset rows = data.read(card, true);
        try (ModelOptions.Opened opened = model.open(card, console)) {
            Evaluation evaluation = opened.model().evaluate(rows);
            Map<String, Map<String, Double>> scores = Map.of(evaluation.examples() + " rows", evaluation.metrics());
            if (common.json()) {
                console.printJson(new Result(
                        model.folder().toString(),
                        rows.name(),
                        evaluation.examples(),
                        evaluation.metrics(),
                        Metrics.signature(scores),
                        evaluation.confusion()));
                return 0;
            }
            Metrics.print(console, scores);
            evaluation.confusion().ifPresent(confusion -> {
                console.print("");
                List<String> names =
                        confusion.labels().stream().map(Console::plain).toList();
                console.printText(new ConfusionMatrix(names, confusion.counts()).toText());
            });
        }
        return 0;
    }
}

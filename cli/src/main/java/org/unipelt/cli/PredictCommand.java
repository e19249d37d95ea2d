package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Labels;
import org.unipelt.data.TextLines;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.Prediction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt predict}: what a tuned model says of texts. */
@Command(
        name = "predict",
        header = "Predicts the labels of texts.",
        description = {
            "",
            "Texts are the arguments, or a file's rows, or standard input, one a line (of a model for pairs: two, with a"
                    + " tab between them). Prints label, probability and text with tabs between them; of a model for"
                    + " scores, score and text; of a model that writes, what it writes.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  unipelt predict my-model \"Where is my parcel?\" \"Thank you!\"",
            "  unipelt predict my-model --all --file new.tsv",
            "  cut -f 2 new.tsv | unipelt predict my-model"
        })
final class PredictCommand implements Callable<Integer> {
    /** So many are predicted before they are printed. */
    private static final int AT_A_TIME = 1024;

    private final Console console;

    @Mixin
    private ModelOptions model;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "TEXT",
            description = "The texts. One that begins with - goes after --.")
    private List<String> texts = new ArrayList<>();

    @Option(
            names = "--pair",
            paramLabel = "TEXT",
            description = "The second text, for a model for pairs; one for each TEXT.")
    private List<String> pairs = new ArrayList<>();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "A table with a header (.tsv, .csv, .jsonl), or one text a line (any other ending).")
    private Path file;

    @Option(
            names = "--text-column",
            paramLabel = "COLUMN",
            description = "Column of the text. Default: as in training.")
    private String textColumn;

    @Option(
            names = "--pair-column",
            paramLabel = "COLUMN",
            description = "Column of the second text. Default: as in training.")
    private String pairColumn;

    @Option(names = "--all", description = "Prints the probability of every class, with a line of headings.")
    private boolean all;

    @Mixin
    private CommonOptions common;

    PredictCommand(Console console) {
        this.console = console;
    }

    /** A text and what the model says of it. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Said(
            String text,
            Optional<String> pair,
            Optional<String> written,
            Optional<String> label,
            Optional<Double> probability,
            Optional<Double> score,
            Optional<Map<String, Double>> probabilities) {}

    /** The result. */
    record Result(@JsonProperty("model_dir") String folder, List<Said> predictions) {}

    @Override
    public Integer call() {
        AdapterCard card = model.card();
        List<Example> examples = examples(card);
        try (ModelOptions.Opened opened = model.open(console)) {
            if (common.json()) {
                List<Said> said = new ArrayList<>();
                List<Prediction> predictions = opened.model().predict(examples);
                for (int i = 0; i < examples.size(); i++) {
                    said.add(said(examples.get(i), predictions.get(i), card));
                }
                console.printJson(new Result(model.folder().toString(), said));
                return 0;
            }
            if (all && card.labels() instanceof Labels.Classes classes) {
                console.print("label\tprobability\t" + String.join("\t", classes.names()) + "\ttext");
            }
            // A reader that has gone, such as head, ends it.
            for (int from = 0; from < examples.size() && !console.out().checkError(); from += AT_A_TIME) {
                List<Example> some = examples.subList(from, Math.min(examples.size(), from + AT_A_TIME));
                List<Prediction> predictions = opened.model().predict(some);
                for (int i = 0; i < some.size(); i++) {
                    console.printRow(row(some.get(i), predictions.get(i), card.labels()));
                }
            }
        }
        return 0;
    }

    private List<Example> examples(AdapterCard card) {
        if (!texts.isEmpty()) {
            if (file != null) {
                throw new InputException("texts come from the arguments or from --file; leave one out");
            }
            return fromArguments(card);
        }
        if (!pairs.isEmpty()) {
            throw new InputException("--pair is the second text; give the first as an argument, too");
        }
        if (file != null) {
            return fromFile(card).examples();
        }
        if (console.terminal() && System.console() != null) {
            console.say("Type texts, one a line; Ctrl-D ends.");
        }
        return TextLines.read("standard input", console.in(), card.pairs()).examples();
    }

    private List<Example> fromArguments(AdapterCard card) {
        if (!card.pairs() && !pairs.isEmpty()) {
            throw new InputException(model.folder() + ": is a model for single texts; leave out --pair");
        }
        if (card.pairs() && pairs.size() != texts.size()) {
            throw new InputException(
                    model.folder() + ": is a model for pairs of texts; give one --pair for each text, got "
                            + pairs.size() + " for " + texts.size());
        }
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            examples.add(pairs.isEmpty() ? Example.of(texts.get(i)) : Example.ofPair(texts.get(i), pairs.get(i)));
        }
        return examples;
    }

    private Dataset fromFile(AdapterCard card) {
        String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.gz$", "");
        boolean table = name.matches(".*\\.(tsv|csv|jsonl|ndjson|json)");
        if (!table) {
            if (textColumn != null || pairColumn != null) {
                throw new InputException(
                        file + ": is read as one text a line; columns are for .tsv, .csv and .jsonl files");
            }
            return TextLines.read(file, card.pairs());
        }
        return LabelledOptions.table(file, card, textColumn, pairColumn, null, false);
    }

    private Said said(Example example, Prediction prediction, AdapterCard card) {
        boolean classes = card.labels() instanceof Labels.Classes;
        boolean score = card.labels() instanceof Labels.Score;
        return new Said(
                example.text(),
                example.pair(),
                card.labels() instanceof Labels.Texts ? Optional.of(prediction.label()) : Optional.empty(),
                classes ? Optional.of(prediction.label()) : Optional.empty(),
                classes ? Optional.of(prediction.value()) : Optional.empty(),
                score ? Optional.of(prediction.value()) : Optional.empty(),
                classes && all ? Optional.of(prediction.all()) : Optional.empty());
    }

    private List<String> row(Example example, Prediction prediction, Labels labels) {
        if (labels instanceof Labels.Texts) {
            // What was written alone, a line for each text, so that it can be piped on.
            return List.of(prediction.label());
        }
        List<String> cells = new ArrayList<>();
        if (labels instanceof Labels.Score) {
            cells.add(Metrics.number(prediction.value()));
        } else {
            cells.add(prediction.label());
            cells.add(Metrics.number(prediction.value()));
            if (all) {
                prediction.all().values().forEach(value -> cells.add(Metrics.number(value)));
            }
        }
        cells.add(example.text());
        example.pair().ifPresent(cells::add);
        return cells;
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.TextReader;
import org.unipelt.task.Answer;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt predict}: predicts the labels of texts. */
@Command(
        name = "predict",
        header = "Predicts the labels of texts.",
        description = {
            "",
            "Texts are the arguments, or a file's rows, or standard input, one a line (of a model for pairs: two, with a"
                    + " tab between them). Prints label, probability and text with tabs between them; of a model for"
                    + " scores, score and text; of a model that generates text, that text.",
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
            description =
                    "A table with a header (.tsv, .csv, .jsonl; .txt if its first line names the columns), or one text a"
                            + " line (any other).")
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

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Prediction(
            String text,
            Optional<String> pair,
            Optional<String> written,
            Optional<String> label,
            Optional<Double> probability,
            Optional<Double> score,
            Optional<Map<String, Double>> probabilities) {}

    record Result(@JsonProperty("model_dir") String folder, Iterator<Prediction> predictions) {}

    @Override
    public Integer call() {
        AdapterCard card = model.card();
        try (TextReader reader = texts(card);
                ModelOptions.Opened opened = model.open(card, console)) {
            if (common.json()) {
                Iterator<Prediction> said = Stream.iterate(
                                next(reader, card), part -> part.size() > 0, p -> next(reader, card))
                        .flatMap(part -> said(part, opened.model().predict(part.examples())))
                        .iterator();
                // Compute the first part before printing: an error in it then leaves no half-printed result.
                if (said.hasNext()) {
                    console.printJson(new Result(model.folder().toString(), said));
                }
                return 0;
            }
            Dataset part = next(reader, card);
            if (all && !card.labels().names().isEmpty()) {
                List<String> head = new ArrayList<>(List.of("label", "probability"));
                head.addAll(card.labels().names());
                head.add("text");
                console.printRow(head);
            }
            // Stops when the reader, such as head, has gone.
            for (; part.size() > 0 && !console.out().checkError(); part = next(reader, card)) {
                List<Answer> answers = opened.model().predict(part.examples());
                for (int i = 0; i < part.size(); i++) {
                    console.printRow(row(part.get(i), answers.get(i)));
                }
            }
        }
        return 0;
    }

    private static Dataset next(TextReader reader, AdapterCard card) {
        Dataset part = reader.next();
        card.requireFits(part);
        return part;
    }

    private Stream<Prediction> said(Dataset part, List<Answer> answers) {
        return IntStream.range(0, part.size()).mapToObj(i -> said(part.get(i), answers.get(i)));
    }

    private TextReader texts(AdapterCard card) {
        if (!texts.isEmpty()) {
            if (file != null) {
                throw new InputException("texts come from the arguments or from --file; leave one out");
            }
            return TextReader.of(new Dataset("the arguments", fromArguments(card)));
        }
        if (!pairs.isEmpty()) {
            throw new InputException("--pair is the second text; give the first as an argument, too");
        }
        if (file != null) {
            return fromFile(card);
        }
        if (console.terminal() && System.console() != null) {
            console.say("Type texts, one a line; Ctrl-D ends.");
        }
        return TextReader.of("standard input", console.in(), card.pairs());
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

    private TextReader fromFile(AdapterCard card) {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            console.say(file + " is a pipe; reading it until its writer is done");
        }
        TextReader reader =
                TextReader.open(file, LabelledOptions.columns(card, textColumn, pairColumn, null, false), card.pairs());
        if (reader.columns().isEmpty() && (textColumn != null || pairColumn != null)) {
            reader.close();
            throw new InputException(file + ": is read as one text a line; columns are for .tsv, .csv and .jsonl files,"
                    + " and for .txt files whose first line names them");
        }
        if (reader.columns().isPresent()
                && file.toString().toLowerCase(Locale.ROOT).matches(".*\\.txt(\\.gz)?")) {
            console.say(file + ": its first line names columns, so it is read as a table");
        }
        return reader;
    }

    private Prediction said(Example example, Answer answer) {
        Optional<Answer.Label> label = as(Answer.Label.class, answer);
        return new Prediction(
                example.text(),
                example.pair(),
                as(Answer.Text.class, answer).map(Answer.Text::text),
                label.map(Answer.Label::text),
                label.map(Answer.Label::probability),
                as(Answer.Score.class, answer).map(Answer.Score::value),
                label.filter(one -> all).map(Answer.Label::probabilities));
    }

    private static <A extends Answer> Optional<A> as(Class<A> kind, Answer answer) {
        return Optional.of(answer).filter(kind::isInstance).map(kind::cast);
    }

    private List<String> row(Example example, Answer answer) {
        List<String> cells = new ArrayList<>(List.of(answer.text()));
        if (answer instanceof Answer.Text) {
            // Only the generated text, one line per text, for pipes.
            return cells;
        }
        if (answer instanceof Answer.Score score) {
            cells.set(0, Metrics.number(score.value()));
        }
        if (answer instanceof Answer.Label label) {
            cells.add(Metrics.number(label.probability()));
            if (all) {
                label.probabilities().values().forEach(value -> cells.add(Metrics.number(value)));
            }
        }
        cells.add(example.text());
        example.pair().ifPresent(cells::add);
        return cells;
    }
}

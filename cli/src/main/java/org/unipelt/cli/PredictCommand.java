package org.unipelt.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.TextReader;
import org.unipelt.task.Answer;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;
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
                    + " tab between them). Prints a line for each: label, probability and text; of a model for scores,"
                    + " score and text; of a model that writes, what it writes. In a pipe tabs stand between them. Each"
                    + " line comes as soon as its text has. A blank line gives an empty line; a row that cannot be"
                    + " read, a line with the reason. --json prints JSON Lines, an object for each text.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  unipelt predict my-model \"Where is my parcel?\" \"Thank you!\"",
            "  unipelt predict my-model --file new.csv --top 3 --out answers.tsv",
            "  unipelt predict my-model --json --threshold 0.8 < new.txt",
            "  cut -f 2 new.tsv | unipelt predict my-model"
        })
final class PredictCommand implements Callable<Integer> {
    /** So many bad rows are told beside their place; all are counted. */
    private static final int WARNINGS = 20;

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

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the predictions to this file, which is there once all of them are.")
    private Path out;

    @Mixin
    private FileOptions written;

    @Mixin
    private PredictionLines lines;

    @Mixin
    private CommonOptions common;

    PredictCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        AdapterCard card = model.card();
        lines.requireFit(card);
        try (TextReader reader = texts(card);
                ModelOptions.Opened opened = model.open(card, console)) {
            Source source = new Source(reader, opened.model());
            if (out == null) {
                predict(source, console, console.table() ? console.columns() : 0);
            } else {
                write(source);
            }
        }
        return 0;
    }

    /** Writes beside the file and renames, so that an unfinished one is never seen; one that is there is replaced. */
    private void write(Source source) {
        Path whole = out.toAbsolutePath();
        Path draft = whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (PrintStream file = new PrintStream(
                    new ResultStream(new BufferedOutputStream(Files.newOutputStream(draft))),
                    false,
                    StandardCharsets.UTF_8)) {
                predict(source, console.into(file), 0);
                file.flush();
            }
            Files.move(draft, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new InputException("cannot write " + out + "; check that its folder is there and may be written", e);
        } finally {
            draft.toFile().delete();
        }
    }

    /** Texts, and what answers them. */
    private record Source(TextReader reader, TunedModel model) {}

    private void predict(Source source, Console to, int columns) {
        AdapterCard card = source.model().card();
        List<TextReader.Row> part = source.reader().next();
        if (!common.json()) {
            lines.headings(card, columns).ifPresent(to.out()::println);
        }
        long bad = 0;
        // A reader that has gone, such as head, ends it. To ask for it also sends what there is on its way.
        for (; !part.isEmpty() && !to.out().checkError(); part = source.reader().next()) {
            List<Example> examples =
                    part.stream().flatMap(row -> row.example().stream()).toList();
            card.requireFits(new Dataset(source.reader().name(), examples));
            Iterator<Answer> answers = source.model().predict(examples).iterator();
            for (TextReader.Row row : part) {
                if (row.problem().isPresent() && ++bad <= WARNINGS) {
                    console.say("warning: " + source.reader().name() + ":" + row.line() + ": "
                            + row.problem().get());
                }
                Optional<Answer> answer = row.example().map(example -> answers.next());
                if (common.json()) {
                    to.printJsonLine(lines.json(row, answer));
                } else {
                    to.out()
                            .println(answer.map(one -> lines.line(row.example().orElseThrow(), one, card, columns))
                                    .orElseGet(() -> lines.line(row, card, columns)));
                }
            }
        }
        if (bad > 0) {
            console.say("warning: " + source.reader().name() + ": "
                    + (bad == 1 ? "1 row has no prediction" : bad + " rows have no prediction")
                    + "; the reason stands in its place");
        }
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
        return TextReader.of("standard input", console.in(), card.pairs(), written.dialect());
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
        TextReader reader = TextReader.open(
                file,
                LabelledOptions.columns(card, textColumn, pairColumn, null, false),
                card.pairs(),
                written.dialect());
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
}

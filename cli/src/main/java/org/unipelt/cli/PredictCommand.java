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
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Preparation;
import org.unipelt.data.SpanFile;
import org.unipelt.data.TextReader;
import org.unipelt.task.Answer;
import org.unipelt.task.Ranking;
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
            "Reads texts from the arguments, from a file, or from standard input, one a line. A model for pairs takes the"
                    + " arguments two by two, and reads two texts a line, with a tab between them. Prints a line for each text: label, probability and text;"
                    + " a model that gives several labels, those that pass their thresholds, their probabilities and text;"
                    + " a model that finds names, the names with their labels, their probabilities and text;"
                    + " a model for scores, score and text; a model that ranks, rank, relevance, query and text, the most"
                    + " relevant text of each query first, once all texts are read; a model that generates text, only the new text. In a pipe,"
                    + " tabs separate them. Prints each line as soon as its text arrives. Prints an empty line for a"
                    + " blank line, and the reason for a row that cannot be read. --json prints JSON Lines, one object"
                    + " for each text.",
            ""
        },
        abbreviateSynopsis = true,
        footer = {
            "",
            "Examples:",
            "  unipelt predict my-model \"Where is my parcel?\" \"Thank you!\"",
            "  unipelt predict my-model --data new.csv --top 3 --out answers.tsv",
            "  unipelt predict my-ranker --query \"How do I pay?\" \"By card.\" \"At nine.\"",
            "  unipelt predict my-model --json --abstain-below 0.8 < new.txt",
            "  cut -f 2 new.tsv | unipelt predict my-model",
            "  unipelt predict my-model --master yarn --data new.parquet --out answered"
        })
final class PredictCommand implements Callable<Integer> {
    /** The most warnings about single bad rows; a last one gives their number. */
    private static final int WARNINGS = 20;

    private final Console console;

    @Mixin
    private ModelOptions model;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "TEXT",
            description = "The texts; for a model for pairs two by two. Write -- before a text that begins with -.")
    private List<String> texts = new ArrayList<>();

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "A table with a header (.tsv, .csv, .jsonl; .txt if its first line names the columns), or one text a"
                            + " line (any other).")
    private @Nullable Path file;

    @Option(names = "--text", paramLabel = "COLUMN", description = "Column of the text. Default: as in training.")
    private @Nullable String text;

    /** With texts as arguments these are their second texts, as in earlier versions. */
    @Option(
            names = "--pair",
            paramLabel = "COLUMN",
            description = "Column of the second text. Default: as in training.")
    private List<String> pair = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the predictions to this file, once all are complete.")
    private @Nullable Path out;

    @Mixin
    private FileOptions written;

    @Mixin
    private ToleranceOption tolerance;

    @Mixin
    private PredictionLines lines;

    @Mixin
    private RankedLines ranked;

    @Mixin
    private TableOnCluster cluster;

    @Mixin
    private CommonOptions common;

    PredictCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (cluster.isAsked()) {
            return cluster.predict(
                    console,
                    model.folder(),
                    lines.format(),
                    Optional.ofNullable(text),
                    pair.stream().findFirst(),
                    common.json());
        }
        tolerance.requireFits(model.precision());
        try (TunedFolder tuned = model.read(console)) {
            lines.requireFit(tuned.card());
            ranked.requireFit(tuned.card());
            try (TextReader reader = texts(tuned.card())) {
                Source source = new Source(reader, tuned.model());
                tolerance.check(model.folder(), source.model(), model.precision(), console);
                if (out == null) {
                    predict(source, console, console.table() ? console.columns() : 0);
                } else {
                    write(source);
                }
            }
        }
        return 0;
    }

    /**
     * Writes a draft beside the file and renames it, so that nobody sees an unfinished file; replaces an existing one.
     */
    private void write(Source source) {
        Path whole = Objects.requireNonNull(out).toAbsolutePath();
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
            throw new InputException(
                    "cannot write " + out + "; check that its folder exists and that you may write there", e);
        } finally {
            draft.toFile().delete();
        }
    }

    /** Texts, and the model that answers them. */
    private record Source(TextReader reader, TunedModel model) {}

    private void predict(Source source, Console to, int columns) {
        AdapterCard card = source.model().card();
        if (card.task() instanceof Ranking) {
            rank(source, to, columns);
            return;
        }
        List<TextReader.Row> part = source.reader().next();
        if (!common.json()) {
            lines.headings(card, columns).ifPresent(to.out()::println);
        }
        long bad = 0;
        // checkError() sends the lines so far, and shows whether the reader, such as head, has gone; then this ends.
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
                            .println(answer.map(
                                            one -> lines.line(row.example().orElseThrow(), one, card, columns, conll()))
                                    .orElseGet(() -> lines.line(row, card, columns)));
                }
            }
        }
        sayBad(source, bad);
    }

    private void rank(Source source, Console to, int columns) {
        long bad = 0;
        for (RankedLines.Line line : ranked.lines(source.reader(), source.model(), lines.top())) {
            if (line.error().isPresent() && ++bad <= WARNINGS) {
                console.say("warning: " + source.reader().name() + ":"
                        + line.line().orElseThrow() + ": " + line.error().get());
            }
            if (common.json()) {
                to.printJsonLine(line);
            } else {
                to.out().println(ranked.text(line, columns));
            }
        }
        sayBad(source, bad);
    }

    private void sayBad(Source source, long bad) {
        if (bad > 0) {
            console.say("warning: " + source.reader().name() + ": "
                    + (bad == 1 ? "1 row has no prediction" : bad + " rows have no prediction")
                    + "; the output has the reason instead");
        }
    }

    private TextReader texts(AdapterCard card) {
        if (!texts.isEmpty()) {
            if (file != null) {
                throw new InputException("texts come from the arguments or from --data; leave one out");
            }
            demandNoColumn(text, "--text");
            return TextReader.of(new Dataset("the arguments", fromArguments(card)));
        }
        if (file != null) {
            if (ranked.query().isPresent()) {
                throw new InputException(
                        "--query goes with texts as arguments or from standard input, one a line; the rows of --data have"
                                + " their own queries");
            }
            return fromFile(file, card);
        }
        demandNoColumn(text, "--text");
        demandNoColumn(pair.isEmpty() ? null : pair.get(0), "--pair");
        if (console.typed()) {
            console.say("Type texts, one a line; Ctrl-D ends.");
        }
        return TextReader.of(
                "standard input", console.in(), card.pairs() && ranked.query().isEmpty(), written.dialect());
    }

    /** Whether the texts are those of a CoNLL file. */
    private boolean conll() {
        return file != null && SpanFile.saysConll(file);
    }

    private static void demandNoColumn(@Nullable String column, String name) {
        if (column != null) {
            throw new InputException(name + " names a column of a table; give the table with --data FILE");
        }
    }

    private List<Example> fromArguments(AdapterCard card) {
        if (card.task() instanceof Ranking) {
            String query = ranked.query()
                    .orElseThrow(() -> new InputException(
                            model.folder() + ": is a model that ranks; give the query with --query"));
            return texts.stream().map(each -> Example.ofPair(query, each)).toList();
        }
        if (!card.pairs()) {
            if (!pair.isEmpty()) {
                throw new InputException(model.folder() + ": is a model for single texts; leave out --pair");
            }
            return texts.stream().map(Example::of).toList();
        }
        if (pair.isEmpty() ? texts.size() % 2 > 0 : pair.size() != texts.size()) {
            throw new InputException(
                    model.folder() + ": is a model for pairs of texts; give two texts for each pair, got "
                            + (texts.size() + pair.size()));
        }
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            examples.add(
                    pair.isEmpty()
                            ? Example.ofPair(texts.get(i), texts.get(++i))
                            : Example.ofPair(texts.get(i), pair.get(i)));
        }
        return examples;
    }

    private TextReader fromFile(Path file, AdapterCard card) {
        if (pair.size() > 1) {
            throw new InputException("--pair is given " + pair.size() + " times; give it once");
        }
        String second = pair.isEmpty() ? null : pair.get(0);
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            console.say(file + " is a pipe; reading it until its writer is done");
        }
        if (card.labels().kind() == LabelKind.TOKENS && conll()) {
            demandNoColumn(text, "--text");
            Preparation how = new Preparation(written.dialect(), false, false, 1);
            return TextReader.of(
                    SpanFile.read(file, ColumnNames.textsOnly(), how, what -> console.say("warning: " + what))
                            .rows());
        }
        TextReader reader = TextReader.open(
                file, LabelledOptions.columns(card, text, second, null, false), card.pairs(), written.dialect());
        if (reader.columns().isEmpty() && (text != null || second != null)) {
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

package org.unipelt.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Dialect;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.LabelSet;
import org.unipelt.data.Preparation;
import org.unipelt.data.SpanFile;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options for labelled rows of a tuned model. The defaults are those of its training. */
final class LabelledOptions {
    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Rows: .tsv, .csv or .jsonl, also with .gz; or a folder of GLUE's files.")
    private @Nullable Path data;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description =
                    "The GLUE task of the official file or folder. From a folder, the command reads the development rows."
                            + " Default for a folder: the task of the training.")
    private @Nullable String task;

    @Option(names = "--text", paramLabel = "COLUMN", description = "Column of the text. Default: as in training.")
    private @Nullable String text;

    @Option(
            names = "--pair",
            paramLabel = "COLUMN",
            description = "Column of the second text. Default: as in training.")
    private @Nullable String pair;

    @Option(
            names = "--label",
            paramLabel = "COLUMN",
            description = "Column of the label, or of the target text. Default: as in training.")
    private @Nullable String label;

    @Option(
            names = "--label-separator",
            paramLabel = "CHAR",
            description = PreparationOptions.WHAT_SEPARATOR + " Default: as in training.")
    private @Nullable String separator;

    @ArgGroup(validate = false)
    private FileOptions file = new FileOptions();

    @Option(names = "--skip-bad-rows", description = PreparationOptions.WHAT_SKIP)
    private boolean skip;

    /** Whether rows were given. */
    boolean isGiven() {
        return data != null;
    }

    /** Whether anything was given, with the rows or without. */
    boolean isAnyGiven() {
        return Stream.of(data, task, text, pair, label, separator).anyMatch(Objects::nonNull)
                || !file.dialect().equals(Dialect.USUAL)
                || skip;
    }

    /**
     * Reads the rows.
     *
     * @param labelled whether labels are needed
     */
    Dataset read(AdapterCard card, boolean labelled, Console console) {
        if (data == null) {
            throw new InputException("there are no rows to evaluate the model on; give --data FILE");
        }
        boolean several = card.labels().kind() == LabelKind.MULTI;
        if (separator != null && !several) {
            throw InputException.about(
                    "label-separator",
                    "--label-separator is for a model that gives several labels, and this one predicts "
                            + card.labels().describe() + "; leave it out");
        }
        Optional<String> named = Optional.ofNullable(task)
                .or(() -> Files.isDirectory(Objects.requireNonNull(data))
                        ? card.source().flatMap(DataSpec::task)
                        : Optional.empty());
        if (named.isPresent()) {
            if (several) {
                throw InputException.about("task", "a GLUE task has one label a row, and this model gives several");
            }
            if (text != null || pair != null || label != null) {
                throw new InputException("a GLUE task has its own columns; leave out --text, --pair and --label");
            }
            GlueTask glue = GlueTask.named(named.get());
            return fitting(card, Files.isDirectory(data) ? glue.dev(data) : glue.read(data));
        }
        if (Files.isDirectory(data)) {
            throw new InputException(
                    data + ": is a folder; give a file in it, or say which GLUE task it holds with --task");
        }
        Preparation trained = card.source().map(DataSpec::preparation).orElse(Preparation.NONE);
        Preparation now = new Preparation(file.dialect(), skip, trained.mergeCase(), trained.minRowsPerClass());
        Consumer<String> warn = what -> console.say("warning: " + what);
        ColumnNames names = columns(card, text, pair, label, labelled);
        if (card.labels().kind() == LabelKind.TOKENS) {
            boolean conll = SpanFile.isConll(data) && text == null && label == null;
            ColumnNames keys = conll ? new ColumnNames(none(), none(), none(), labelled) : names;
            return fitting(card, SpanFile.read(data, keys, now, warn).rows());
        }
        Dataset rows = now.read(data, separator == null ? names : names.withSeparator(separator), warn);
        return fitting(
                card,
                labelled && now.changesLabels() ? now.other(rows, card.labels().names(), warn) : rows);
    }

    private static Optional<String> none() {
        return Optional.empty();
    }

    /** Returns the given columns, and those of the training for the others. */
    static ColumnNames columns(
            AdapterCard card, @Nullable String text, @Nullable String pair, @Nullable String label, boolean labelled) {
        ColumnNames trained = card.columns();
        return new ColumnNames(
                Optional.ofNullable(text).or(trained::text),
                Optional.ofNullable(pair).or(trained::pair),
                Optional.ofNullable(label).or(trained::label),
                labelled,
                card.labels().kind() == LabelKind.MULTI ? Optional.of(separator(card)) : Optional.empty(),
                trained.queries());
    }

    /** Returns what stands between the labels of a row, as in the training. */
    static String separator(AdapterCard card) {
        return card.source()
                .flatMap(source -> source.preparation().labelSeparator())
                .orElse(LabelSet.USUAL_SEPARATOR);
    }

    private static Dataset fitting(AdapterCard card, Dataset rows) {
        card.requireFits(rows);
        return rows;
    }
}

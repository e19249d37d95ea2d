package org.unipelt.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.metric.Metric;

/**
 * The eight tasks of GLUE (Wang et al. 2019) that the UniPELT paper uses, and the layout of their official files.
 * Classes have the order of Hugging Face's datasets.
 */
public enum GlueTask {
    /** Is the sentence grammatical? Its files have no header: source, label, star, sentence. */
    COLA("cola", "CoLA", names("4", "2"), classes("0", "1"), List.of(Metric.MATTHEWS)),
    /** Is the sentence positive? */
    SST2("sst2", "SST-2", names("sentence", "label"), classes("0", "1"), List.of(Metric.ACCURACY)),
    /** Do two sentences mean the same? */
    MRPC(
            "mrpc",
            "MRPC",
            names("#1 String", "Quality").withPair("#2 String"),
            classes("0", "1"),
            List.of(Metric.F1, Metric.ACCURACY)),
    /** How similar are two sentences, from 0 to 5? */
    STSB(
            "stsb",
            "STS-B",
            names("sentence1", "score").withPair("sentence2"),
            new Labels.Score(),
            List.of(Metric.SPEARMAN, Metric.PEARSON)),
    /** Do two questions ask the same? */
    QQP(
            "qqp",
            "QQP",
            names("question1", "is_duplicate").withPair("question2"),
            classes("0", "1"),
            List.of(Metric.F1, Metric.ACCURACY)),
    /** Does the premise entail the hypothesis, contradict it, or neither? Its development set is the matched one. */
    MNLI(
            "mnli",
            "MNLI",
            names("sentence1", "gold_label").withPair("sentence2"),
            classes("entailment", "neutral", "contradiction"),
            List.of(Metric.ACCURACY)),
    /** Does the sentence answer the question? */
    QNLI(
            "qnli",
            "QNLI",
            names("question", "label").withPair("sentence"),
            classes("entailment", "not_entailment"),
            List.of(Metric.ACCURACY)),
    /** Does the first sentence entail the second? */
    RTE(
            "rte",
            "RTE",
            names("sentence1", "label").withPair("sentence2"),
            classes("entailment", "not_entailment"),
            List.of(Metric.ACCURACY));

    private final String text;
    private final String folder;
    private final ColumnNames columns;
    private final Labels labels;
    private final List<Metric> metrics;

    GlueTask(String text, String folder, ColumnNames columns, Labels labels, List<Metric> metrics) {
        this.text = text;
        this.folder = folder;
        this.columns = columns;
        this.labels = labels;
        this.metrics = metrics;
    }

    /**
     * Returns the task of a name; {@code sst2}, {@code SST-2} and {@code sst_2} are the same.
     *
     * @throws InputException if there is no such task; the message suggests the nearest name
     */
    public static GlueTask named(String name) {
        return Arrays.stream(values())
                .filter(task -> task.text.equals(plain(name)))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "task",
                        name,
                        Arrays.stream(values()).map(GlueTask::text).toList()));
    }

    /** Returns its name in commands and files, the one of Hugging Face's datasets, e.g. {@code sst2}. */
    public String text() {
        return text;
    }

    /** Returns its name in the GLUE paper, which is also the name of its folder, e.g. {@code SST-2}. */
    public String title() {
        return folder;
    }

    /** Returns whether its examples are pairs of texts. */
    public boolean pairs() {
        return columns.pair().isPresent();
    }

    /** Returns the labels to predict. */
    public Labels labels() {
        return labels;
    }

    /** Returns GLUE's metrics for this task, the main one first. */
    public List<Metric> metrics() {
        return metrics;
    }

    /** Returns the metric that steers training and that the paper reports. */
    public Metric mainMetric() {
        return metrics.get(0);
    }

    /**
     * Reads the training examples.
     *
     * @param folder the folder with all of GLUE's tasks, or this task's own
     * @throws InputException if the folder has no such file, or as for {@link #read}
     */
    public Dataset train(Path folder) {
        return read(file(folder, "train"));
    }

    /**
     * Reads the official development examples (MNLI: the matched ones), which are the test rows of the paper's
     * protocol.
     *
     * @param folder the folder with all of GLUE's tasks, or this task's own
     * @throws InputException if the folder has no such file, or as for {@link #read}
     */
    public Dataset dev(Path folder) {
        return read(file(folder, this == MNLI ? "dev_matched" : "dev"));
    }

    /**
     * Reads the examples of one official file, e.g. MNLI's {@code dev_mismatched.tsv}. Like the usual readers of GLUE,
     * this leaves out MNLI's rows without a gold label ({@code -}) and QQP's few rows with missing cells, and keeps
     * pairs with one blank text.
     *
     * @throws InputException if the file cannot be read, belongs to another task, or has bad rows
     */
    public Dataset read(Path file) {
        Table table = this == COLA ? Table.readWithoutHeader(file) : Table.read(file);
        Columns found = table.choose(columns);
        Columns wanted = new Columns(found.text(), found.pair(), found.label(), pairs());
        Table kept =
                switch (this) {
                    case MNLI ->
                        table.where(
                                row -> !row.cell(wanted.label().orElseThrow()).equals(Optional.of("-")));
                    case QQP ->
                        table.where(row -> row.cells().size() >= table.columns().size());
                    default -> table;
                };
        Dataset examples = kept.dataset(wanted);
        labels.check(examples);
        return examples;
    }

    private Path file(Path given, String part) {
        Path own = ownFolder(given);
        for (String ending : List.of(".tsv", ".tsv.gz")) {
            Path file = own.resolve(part + ending);
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new InputException(given + ": holds neither " + folder + "/" + part + ".tsv nor " + part
                + ".tsv (or .tsv.gz); give the folder of GLUE's tasks or the one of " + folder);
    }

    /** Returns the task's folder inside the folder of all tasks, in any spelling; else the given folder. */
    private Path ownFolder(Path given) {
        if (!Files.isDirectory(given)) {
            throw new InputException(given + ": there is no such folder; give the folder of GLUE's tasks");
        }
        try (Stream<Path> entries = Files.list(given)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> plain(entry.getFileName().toString()).equals(text))
                    .sorted()
                    .findFirst()
                    .orElse(given);
        } catch (IOException | UncheckedIOException e) {
            throw new InputException(given + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static ColumnNames names(String text, String label) {
        return ColumnNames.textsAndLabels().withText(text).withLabel(label);
    }

    private static Labels classes(String... names) {
        return new Labels.Classes(List.of(names));
    }
}

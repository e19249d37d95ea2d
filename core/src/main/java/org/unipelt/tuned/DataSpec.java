package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.LabelSet;
import org.unipelt.data.Labels;
import org.unipelt.data.PerClass;
import org.unipelt.data.Preparation;
import org.unipelt.data.Profile;
import org.unipelt.data.Queries;
import org.unipelt.data.SpanFile;
import org.unipelt.data.Split;
import org.unipelt.metric.Metric;
import org.unipelt.task.Task;

/**
 * The source of a run's examples: an official GLUE task in a folder, or the user's files. {@link #of} and the {@code with…}
 * methods name files and columns one by one; {@link DataRows} is for rows without files. Immutable, so any number of threads
 * may share it.
 *
 * <pre>{@code
 * DataSpec.of(Path.of("tickets.csv")).withText("body").withLabel("topic")
 * }</pre>
 *
 * @param task a GLUE task's name; then {@code train} is the folder of its files, and dev, test and columns are empty
 * @param train the training file, or the folder with the task's files
 * @param dev the development file; without one, part of the training data is set aside
 * @param test the test file
 * @param text the name of the text column, if not the usual one
 * @param pair the name of the second text's column, if there is one
 * @param label the name of the label column, if not the usual one; of multi-label data also the names of several columns,
 *     with commas between
 * @param labels whether labels are classes, scores, several a row, spans of the text, or texts
 * @param samples K of the paper's few-shot protocol; without it all training data is used
 * @param dataSeed seed of the few-shot draw, or of the part set aside
 * @param preparation how files are read, and which of their rows and labels change
 * @param perClass how many rows of each class train
 */
public record DataSpec(
        Optional<String> task,
        Path train,
        Optional<Path> dev,
        Optional<Path> test,
        Optional<String> text,
        Optional<String> pair,
        Optional<String> label,
        LabelKind labels,
        Optional<Integer> samples,
        long dataSeed,
        Preparation preparation,
        PerClass perClass) {
    /** A source whose rows are not drawn by class. */
    public DataSpec(
            Optional<String> task,
            Path train,
            Optional<Path> dev,
            Optional<Path> test,
            Optional<String> text,
            Optional<String> pair,
            Optional<String> label,
            LabelKind labels,
            Optional<Integer> samples,
            long dataSeed,
            Preparation preparation) {
        this(task, train, dev, test, text, pair, label, labels, samples, dataSeed, preparation, PerClass.ALL);
    }

    /** The data seed of the paper's first run. */
    public static final long FIRST_SEED = 111;

    /** Checks that the values do not contradict each other. */
    public DataSpec {
        Objects.requireNonNull(task, "task is null");
        Objects.requireNonNull(train, "train is null");
        Objects.requireNonNull(dev, "dev is null");
        Objects.requireNonNull(test, "test is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
        Objects.requireNonNull(label, "label is null");
        Objects.requireNonNull(labels, "labels is null");
        Objects.requireNonNull(samples, "samples is null");
        Objects.requireNonNull(preparation, "preparation is null");
        Objects.requireNonNull(perClass, "perClass is null");
        if (perClass.draws() && samples.isPresent()) {
            throw InputException.about("per-class", "--samples and --per-class are two different draws; leave one out");
        }
        if (perClass.draws() && dev.isPresent()) {
            throw InputException.about(
                    "per-class",
                    "with --per-class the development rows are drawn from the training file; leave out --dev, or give that"
                            + " file with --test");
        }
        if (task.isPresent() && !preparation.equals(Preparation.NONE)) {
            throw new InputException("a GLUE task is read as it is; leave out --delimiter, --encoding, --skip-bad-rows,"
                    + " --merge-case and --min-rows-per-class");
        }
        if (task.isPresent() && (dev.isPresent() || test.isPresent())) {
            throw new InputException("a GLUE task has its own development file; leave out --dev and --test");
        }
        if (task.isPresent() && (text.isPresent() || pair.isPresent() || label.isPresent())) {
            throw new InputException("a GLUE task has its own columns; leave out --text, --pair and --label");
        }
        boolean several = labels == LabelKind.MULTI;
        if (task.isPresent() && labels == LabelKind.RELEVANCE) {
            throw InputException.about("labels", "a GLUE task has no queries; leave out --labels relevance");
        }
        if (task.isPresent() && several) {
            throw InputException.about("labels", "a GLUE task has one label a row; leave out --labels multi");
        }
        if (labels == LabelKind.TOKENS) {
            requireTokens(task, pair, preparation);
        }
        if (several && preparation.changesLabels()) {
            throw new InputException("--merge-case and --min-rows-per-class are for classes, and here a row has several"
                    + " labels; leave them out");
        }
        if (!several && preparation.labelSeparator().isPresent()) {
            throw InputException.about(
                    "label-separator",
                    "the label separator is for rows with several labels; add --labels multi, or leave it out");
        }
        if (samples.isPresent() && dev.isPresent()) {
            throw new InputException(
                    "with --samples the development rows are drawn from the training file; leave out --dev, or give that"
                            + " file with --test");
        }
    }

    private static void requireTokens(Optional<String> task, Optional<String> pair, Preparation preparation) {
        if (task.isPresent()) {
            throw InputException.about("labels", "a GLUE task has one label a row; leave out --labels tokens");
        }
        if (pair.isPresent()) {
            throw InputException.about("pair", "names are found in single texts; leave out --pair");
        }
        if (preparation.changesLabels()) {
            throw new InputException("--merge-case and --min-rows-per-class are for classes, and here the labels are of"
                    + " spans; leave them out");
        }
    }

    /** Returns a source for the user's file with the usual columns. */
    public static DataSpec of(Path train) {
        return new DataSpec(
                Optional.empty(),
                train,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                LabelKind.AUTO,
                Optional.empty(),
                FIRST_SEED,
                Preparation.NONE);
    }

    /**
     * Returns a source for an official GLUE task.
     *
     * @param folder the folder with all GLUE tasks, or the task's own
     * @param samples K of the paper's few-shot protocol; without it all training data is used
     */
    public static DataSpec ofTask(String task, Path folder, Optional<Integer> samples, long dataSeed) {
        Objects.requireNonNull(task, "task is null");
        Objects.requireNonNull(folder, "folder is null");
        return new DataSpec(
                Optional.of(task),
                folder,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                LabelKind.AUTO,
                samples,
                dataSeed,
                Preparation.NONE);
    }

    /** Returns this source with its paths changed by an operator. */
    public DataSpec at(UnaryOperator<Path> place) {
        Objects.requireNonNull(place, "place is null");
        Draft draft = new Draft(this);
        draft.train = place.apply(train);
        draft.dev = dev.map(place);
        draft.test = test.map(place);
        return draft.spec();
    }

    /** Returns this source with a development file. */
    public DataSpec withDev(Path file) {
        Objects.requireNonNull(file, "file is null");
        Draft draft = new Draft(this);
        draft.dev = Optional.of(file);
        return draft.spec();
    }

    /** Returns this source with a test file. */
    public DataSpec withTest(Path file) {
        Objects.requireNonNull(file, "file is null");
        Draft draft = new Draft(this);
        draft.test = Optional.of(file);
        return draft.spec();
    }

    /** Returns this source with the few-shot protocol: {@code count} rows to train, the next ones for development. */
    public DataSpec withSamples(int count, long seed) {
        Draft draft = new Draft(this);
        draft.samples = Optional.of(count);
        draft.dataSeed = seed;
        return draft.spec();
    }

    /** Returns this source with {@code count} rows of each class to train, and the next ones for development. */
    public DataSpec withPerClass(int count, long seed) {
        Draft draft = new Draft(this);
        draft.dataSeed = seed;
        draft.perClass = PerClass.of(count);
        return draft.spec();
    }

    /**
     * Returns this source with texts as labels.
     *
     * @param kind summaries or translations
     * @param source the name of the column of source texts
     * @param target the name of the column of target texts
     */
    public DataSpec withTargets(LabelKind kind, String source, String target) {
        Objects.requireNonNull(kind, "kind is null");
        Objects.requireNonNull(source, "source is null");
        Objects.requireNonNull(target, "target is null");
        Draft draft = new Draft(this);
        draft.text = Optional.of(source);
        draft.label = Optional.of(target);
        draft.labels = kind;
        return draft.spec();
    }

    /**
     * Returns this source with several labels a row: one column of JSON arrays, or of labels with commas between; or
     * several columns of 0 and 1.
     *
     * @param columns the name of the column, or those of several with commas between
     */
    public DataSpec withLabelSets(String columns) {
        Objects.requireNonNull(columns, "columns is null");
        return withLabel(columns).withLabels(LabelKind.MULTI);
    }

    /** Returns this source with another text column, or first text's column. */
    public DataSpec withText(String column) {
        Objects.requireNonNull(column, "column is null");
        Draft draft = new Draft(this);
        draft.text = Optional.of(column);
        return draft.spec();
    }

    /** Returns this source with another column of second texts. */
    public DataSpec withPair(String column) {
        Objects.requireNonNull(column, "column is null");
        Draft draft = new Draft(this);
        draft.pair = Optional.of(column);
        return draft.spec();
    }

    /** Returns this source with another label column. */
    public DataSpec withLabel(String column) {
        Objects.requireNonNull(column, "column is null");
        Draft draft = new Draft(this);
        draft.label = Optional.of(column);
        return draft.spec();
    }

    /** Returns this source with another kind of labels, e.g. scores that would be taken for classes. */
    public DataSpec withLabels(LabelKind kind) {
        Objects.requireNonNull(kind, "kind is null");
        Draft draft = new Draft(this);
        draft.labels = kind;
        return draft.spec();
    }

    /** Returns this source with another preparation of its files. */
    public DataSpec prepared(Preparation how) {
        Objects.requireNonNull(how, "how is null");
        Draft draft = new Draft(this);
        draft.preparation = how;
        return draft.spec();
    }

    /** The values of a source while some of them change. */
    private static final class Draft {
        private final Optional<String> task;
        private Path train;
        private Optional<Path> dev;
        private Optional<Path> test;
        private Optional<String> text;
        private Optional<String> pair;
        private Optional<String> label;
        private LabelKind labels;
        private Optional<Integer> samples;
        private long dataSeed;
        private Preparation preparation;
        private PerClass perClass;

        Draft(DataSpec from) {
            task = from.task;
            train = from.train;
            dev = from.dev;
            test = from.test;
            text = from.text;
            pair = from.pair;
            label = from.label;
            labels = from.labels;
            samples = from.samples;
            dataSeed = from.dataSeed;
            preparation = from.preparation;
            perClass = from.perClass;
        }

        DataSpec spec() {
            return new DataSpec(
                    task, train, dev, test, text, pair, label, labels, samples, dataSeed, preparation, perClass);
        }
    }

    /**
     * Loaded and checked examples.
     *
     * @param split the examples by purpose
     * @param labels the labels to predict
     * @param metrics the metrics that fit, the main one first
     */
    public record Loaded(Split split, Labels labels, List<Metric> metrics) {
        /** Returns examples at hand, with the metrics that fit their labels. */
        public static Loaded of(Split split, Labels labels) {
            labels.check(split.train());
            labels.check(split.dev());
            split.test().ifPresent(labels::check);
            return new Loaded(split, labels, Task.of(labels).metrics());
        }

        /**
         * Splits rows, and checks them.
         *
         * @param all the training rows
         * @param dev the development rows; without them, or with {@code samples}, they are set aside from the training rows
         * @param test the test rows
         * @param labels the labels of the training rows
         * @param samples K of the paper's few-shot protocol
         * @param perClass how many rows of each class train
         * @param seed seed of the few-shot draw, or of the part set aside
         */
        static Loaded split(
                Dataset all,
                Optional<Dataset> dev,
                Optional<Dataset> test,
                Labels labels,
                Optional<Integer> samples,
                PerClass perClass,
                long seed) {
            if (perClass.draws()) {
                return of(perClass.split(all, test, labels, seed), labels);
            }
            if (labels.kind() == LabelKind.RELEVANCE) {
                return of(Queries.of(all).split(dev, test, samples, seed), labels);
            }
            Split split = samples.map(count -> Split.fewShot(all, test, count, seed))
                    .or(() -> dev.map(rows -> Split.given(all, rows, test)))
                    .orElseGet(() ->
                            Split.heldOut(all, labels, Split.USUAL_SHARE, seed).withTest(test));
            return of(split, labels);
        }

        /**
         * Describes the training rows, including those set aside for development.
         *
         * @param guessed whether the kind of labels was guessed and not given
         */
        public Profile profile(boolean guessed) {
            Dataset train = (split.aside() ? together() : this).split().train();
            List<String> repeated = new ArrayList<>();
            if (!split.aside()) {
                labels.repeated("development", split.dev(), train).ifPresent(repeated::add);
            }
            split.test().flatMap(rows -> labels.repeated("test", rows, train)).ifPresent(repeated::add);
            return labels.profile(train, guessed).with(repeated);
        }

        /** Returns these examples with the development rows added to the training rows, so that none evaluate. */
        public Loaded together() {
            List<Example> all = new ArrayList<>(split.train().examples());
            all.addAll(split.dev().examples());
            Dataset train = new Dataset(split.train().name(), all);
            String description = all.size() + " rows, all of them to train"
                    + split.test()
                            .map(rows -> ", " + rows.size() + " rows of " + rows.name() + " to test")
                            .orElse("");
            return new Loaded(new Split(train, split.dev(), split.test(), description, false), labels, metrics);
        }
    }

    /**
     * Reads and checks all files.
     *
     * @throws InputException if a file is missing or has bad rows
     */
    public Loaded load() {
        return load(remark -> {});
    }

    /**
     * Reads and checks all files, and reports the rows and labels that were left out or changed.
     *
     * @param remarks receives a sentence about each change
     * @throws InputException as {@link #load()}
     */
    public Loaded load(Consumer<String> remarks) {
        Objects.requireNonNull(remarks, "remarks is null");
        return task.isPresent() ? loadGlue(GlueTask.named(task.get())) : loadFiles(remarks);
    }

    private Loaded loadGlue(GlueTask glue) {
        Dataset all = glue.train(train);
        Dataset official = glue.dev(train);
        if (perClass.draws()) {
            Split drawn = perClass.split(all, Optional.of(official), glue.labels(), dataSeed);
            return new Loaded(drawn, glue.labels(), glue.metrics());
        }
        Split split = samples.map(count -> Split.fewShot(all, Optional.of(official), count, dataSeed))
                .orElseGet(() -> Split.heldOut(all, glue.labels(), Split.USUAL_SHARE, dataSeed)
                        .withTest(Optional.of(official)));
        return new Loaded(split, glue.labels(), glue.metrics());
    }

    private Loaded loadFiles(Consumer<String> remarks) {
        Files files = read(remarks);
        return Loaded.split(files.train(), files.dev(), files.test(), files.labels(), samples, perClass, dataSeed);
    }

    /**
     * The rows of the user's files, before they are split.
     *
     * @param train the training rows
     * @param dev the development rows, if there is a file
     * @param test the test rows, if there is a file
     * @param labels the labels of the training rows
     */
    public record Files(Dataset train, Optional<Dataset> dev, Optional<Dataset> test, Labels labels) {}

    /**
     * Reads the user's files.
     *
     * @param remarks receives a sentence about each row or label that was left out or changed
     * @throws InputException if a file is missing or has bad rows, or if the preparation changes labels that are not
     *     classes
     */
    public Files read(Consumer<String> remarks) {
        Objects.requireNonNull(remarks, "remarks is null");
        Dataset read = rows(train, remarks);
        Dataset rows = preparation.changesLabels() ? preparation.train(read, remarks) : read;
        Labels found = Labels.of(rows, labels);
        if (labels == LabelKind.MULTI) {
            columns().requireUsed(rows.name(), found.names());
        }
        if (preparation.changesLabels() && found.kind() != LabelKind.CLASSES) {
            throw new InputException(train + ": its labels are " + found.describe()
                    + "; leave out --merge-case and --min-rows-per-class, which are for classes");
        }
        return new Files(
                rows,
                dev.map(file -> other(file, found, remarks)),
                test.map(file -> other(file, found, remarks)),
                found);
    }

    private Dataset rows(Path file, Consumer<String> remarks) {
        return labels == LabelKind.TOKENS
                ? SpanFile.read(file, columns(), preparation, remarks).rows()
                : preparation.read(file, columns(), remarks);
    }

    private Dataset other(Path file, Labels found, Consumer<String> remarks) {
        Dataset rows = rows(file, remarks);
        return preparation.changesLabels() ? preparation.other(rows, found.names(), remarks) : rows;
    }

    /** Returns the column names for the user's files. */
    public ColumnNames columns() {
        ColumnNames names = new ColumnNames(
                text,
                pair,
                label,
                true,
                labels == LabelKind.MULTI
                        ? Optional.of(preparation.labelSeparator().orElse(LabelSet.USUAL_SEPARATOR))
                        : Optional.empty());
        return labels == LabelKind.RELEVANCE ? names.withQueries() : names;
    }
}

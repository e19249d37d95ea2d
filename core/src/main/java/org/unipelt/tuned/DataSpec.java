package org.unipelt.tuned;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.data.Profile;
import org.unipelt.data.Split;
import org.unipelt.data.Table;
import org.unipelt.metric.Metric;
import org.unipelt.task.Task;

/**
 * The source of a run's examples: an official GLUE task in a folder, or the user's files.
 *
 * @param task a GLUE task's name; then {@code train} is the folder of its files, and dev, test and columns are empty
 * @param train the training file, or the folder with the task's files
 * @param dev the development file; without one, part of the training data is set aside
 * @param test the test file
 * @param text the name of the text column, if not the usual one
 * @param pair the name of the second text's column, if there is one
 * @param label the name of the label column, if not the usual one
 * @param labels whether labels are classes or scores
 * @param samples K of the paper's few-shot protocol; without it all training data is used
 * @param dataSeed the seed of the few-shot draw, or of the part set aside
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
        long dataSeed) {
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
        if (task.isPresent() && (dev.isPresent() || test.isPresent())) {
            throw new InputException("a GLUE task has its own development file; leave out --dev and --test");
        }
        if (task.isPresent() && (text.isPresent() || pair.isPresent() || label.isPresent())) {
            throw new InputException("a GLUE task has its own columns; leave out --text, --pair and --label");
        }
        if (samples.isPresent() && dev.isPresent()) {
            throw new InputException(
                    "with --samples the development rows are drawn from the training file; leave out --dev, or give that"
                            + " file with --test");
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
                FIRST_SEED);
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
                dataSeed);
    }

    /** Returns this source with its paths changed by an operator. */
    public DataSpec at(UnaryOperator<Path> place) {
        Objects.requireNonNull(place, "place is null");
        return new DataSpec(
                task,
                place.apply(train),
                dev.map(place),
                test.map(place),
                text,
                pair,
                label,
                labels,
                samples,
                dataSeed);
    }

    /** Returns this source with a development file. */
    public DataSpec withDev(Path file) {
        Objects.requireNonNull(file, "file is null");
        return new DataSpec(task, train, Optional.of(file), test, text, pair, label, labels, samples, dataSeed);
    }

    /** Returns this source with a test file. */
    public DataSpec withTest(Path file) {
        Objects.requireNonNull(file, "file is null");
        return new DataSpec(task, train, dev, Optional.of(file), text, pair, label, labels, samples, dataSeed);
    }

    /** Returns this source with the few-shot protocol: {@code count} rows to train, the next ones for development. */
    public DataSpec withSamples(int count, long seed) {
        return new DataSpec(task, train, dev, test, text, pair, label, labels, Optional.of(count), seed);
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
        return new DataSpec(
                task, train, dev, test, Optional.of(source), pair, Optional.of(target), kind, samples, dataSeed);
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
         * Describes the training rows, including those set aside for development.
         *
         * @param guessed whether the kind of labels was guessed and not given
         */
        public Profile profile(boolean guessed) {
            return labels.profile((split.aside() ? together() : this).split().train(), guessed);
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
        return task.isPresent() ? loadGlue(GlueTask.named(task.get())) : loadFiles();
    }

    private Loaded loadGlue(GlueTask glue) {
        Dataset all = glue.train(train);
        Dataset official = glue.dev(train);
        Split split = samples.map(count -> Split.fewShot(all, Optional.of(official), count, dataSeed))
                .orElseGet(() -> Split.heldOut(all, glue.labels(), Split.USUAL_SHARE, dataSeed)
                        .withTest(Optional.of(official)));
        return new Loaded(split, glue.labels(), glue.metrics());
    }

    private Loaded loadFiles() {
        Dataset all = read(train);
        Labels found = Labels.of(all, labels);
        Optional<Dataset> tested = test.map(this::read);
        Split split = samples.map(count -> Split.fewShot(all, tested, count, dataSeed))
                .or(() -> dev.map(file -> Split.given(all, read(file), tested)))
                .orElseGet(() ->
                        Split.heldOut(all, found, Split.USUAL_SHARE, dataSeed).withTest(tested));
        return Loaded.of(split, found);
    }

    private Dataset read(Path file) {
        return Table.read(file).dataset(columns());
    }

    /** Returns the column names for the user's files. */
    public ColumnNames columns() {
        return new ColumnNames(text, pair, label, true);
    }
}

package org.unipelt.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.data.Split;
import org.unipelt.metric.Metric;
import org.unipelt.run.Recipe;
import org.unipelt.task.Task;
import org.unipelt.tuned.DataSpec;

/** What the runs of a sweep learn: a GLUE task, or the user's own table. */
public sealed interface DataSource {
    /** Its name in results, e.g. {@code cola}; for a table the file name. */
    String name();

    /** The labels to predict. */
    Labels labels();

    /** The metrics that fit, first the one that steers training. */
    List<Metric> metrics();

    /**
     * Checks that a metric fits the labels.
     *
     * @throws InputException if not; names those that can
     */
    default void requireFits(Metric metric) {
        Task.of(labels()).requireFits(metric);
    }

    /** Whether the data seed changes the rows for K samples; none for all rows. */
    boolean draws(Optional<Integer> samples);

    /** Reads the files, once for all splits. */
    Rows read();

    /** Where the rows come from, for the card of a tuned model. */
    DataSpec source(Optional<Integer> samples, long dataSeed);

    /** Rows that were read and can be split. */
    @FunctionalInterface
    interface Rows {
        /**
         * Training, development and test rows.
         *
         * @param samples K of the paper's protocol; none for all rows
         * @param most limits on development and test rows
         */
        Split split(Optional<Integer> samples, long dataSeed, RowLimits most);
    }

    /** Limits on rows; the first rows are taken. None for all. */
    record RowLimits(Optional<Integer> dev, Optional<Integer> test) {
        private static Dataset first(Dataset rows, Optional<Integer> most) {
            return most.filter(count -> count < rows.size())
                    .map(count -> rows.subset(IntStream.range(0, count).toArray()))
                    .orElse(rows);
        }

        private Dataset ofTest(Dataset rows) {
            return first(rows, test);
        }

        private Split ofDev(Split split) {
            Dataset first = first(split.dev(), dev);
            String fewer =
                    first.size() < split.dev().size() ? "; of the development rows the first " + first.size() : "";
            return new Split(split.train(), first, split.test(), split.description() + fewer, split.aside());
        }
    }

    /**
     * A GLUE task. With K samples it uses the rows of the paper's protocol ({@link Split#fewShot}). With all rows, the
     * official development file is the test data. The paper's recipe also chooses the epoch on it, as in the paper's
     * Table 3; the best recipe keeps it out of training.
     */
    record Glue(GlueTask task, Path folder, Recipe recipe) implements DataSource {
        @Override
        public String name() {
            return task.text();
        }

        @Override
        public Labels labels() {
            return task.labels();
        }

        @Override
        public List<Metric> metrics() {
            return task.metrics();
        }

        @Override
        public boolean draws(Optional<Integer> samples) {
            return samples.isPresent();
        }

        @Override
        public Rows read() {
            Dataset train = task.train(folder);
            Dataset official = task.dev(folder);
            return (samples, dataSeed, most) -> {
                Dataset judging = most.ofTest(official);
                return samples.map(count -> most.ofDev(Split.fewShot(train, Optional.of(judging), count, dataSeed)))
                        .orElseGet(() -> switch (recipe) {
                            case PAPER -> whole(train, RowLimits.first(official, most.dev()), judging);
                            case BEST ->
                                Split.heldOut(train, labels(), Split.USUAL_SHARE, dataSeed)
                                        .withTest(Optional.of(judging));
                        });
            };
        }

        private static Split whole(Dataset train, Dataset dev, Dataset judging) {
            return new Split(
                    train,
                    dev,
                    Optional.of(judging),
                    "all " + train.size() + " rows to train; of the official development file the first " + dev.size()
                            + " rows choose the epoch and the first " + judging.size() + " judge it",
                    false);
        }

        @Override
        public DataSpec source(Optional<Integer> samples, long dataSeed) {
            return DataSpec.ofTask(task.text(), folder, samples, dataSeed);
        }
    }

    /**
     * The user's own table. Without a test file, a fifth of the rows is set aside as test rows: always the same rows,
     * so that runs of different data seeds can be compared row by row. Without a development file, the data seed draws
     * a tenth of the rest as development rows.
     *
     * @param files the files and their columns; samples and data seed are ignored
     * @param labels of the training file
     */
    record CustomTable(DataSpec files, Labels labels) implements DataSource {
        private static final double TEST_SHARE = 0.2;

        /**
         * Finds the labels in the training file.
         *
         * @throws InputException if it cannot be read, or its labels are target texts
         */
        public static CustomTable of(DataSpec files) {
            return of(files, remark -> {});
        }

        /**
         * The same, and tells what was left out or changed.
         *
         * @param remarks takes it in words
         * @throws InputException as {@link #of(DataSpec)}
         */
        public static CustomTable of(DataSpec files, Consumer<String> remarks) {
            Labels labels = files.read(remarks).labels();
            if (labels.kind().isText()) {
                throw new InputException(
                        files.train() + ": its labels are target texts; a study needs labels or scores");
            }
            if (labels.kind() == LabelKind.RELEVANCE) {
                throw new InputException(
                        files.train()
                                + ": its rows are queries to rank, which a study does not compare; train and evaluate each method");
            }
            if (labels.kind() == LabelKind.TOKENS) {
                throw new InputException(files.train() + ": a study and 'unipelt compare' have one answer a text; train"
                        + " models that find names one by one with 'unipelt train --task tokens'");
            }
            return new CustomTable(files, labels);
        }

        @Override
        public String name() {
            Path name = files.train().getFileName();
            return name == null ? files.train().toString() : name.toString();
        }

        @Override
        public List<Metric> metrics() {
            return Task.of(labels).metrics();
        }

        /** {@inheritDoc} A study keeps which labels were predicted, and not their probabilities. */
        @Override
        public void requireFits(Metric metric) {
            DataSource.super.requireFits(metric);
            if (metric == Metric.AVERAGE_PRECISION) {
                throw InputException.about(
                        "metric",
                        "metric average-precision needs probabilities, which a study does not keep; use micro-f1 or"
                                + " macro-f1");
            }
        }

        @Override
        public boolean draws(Optional<Integer> samples) {
            return samples.isPresent() || files.dev().isEmpty();
        }

        @Override
        public Rows read() {
            DataSpec.Files read = files.read(remark -> {});
            Optional<Dataset> given = read.test();
            Dataset rest = read.train();
            Dataset test;
            if (given.isPresent()) {
                test = given.get();
            } else {
                Split aside = Split.heldOut(rest, labels, TEST_SHARE, DataSpec.FIRST_SEED);
                rest = aside.train();
                test = aside.dev();
            }
            Dataset learning = rest;
            return (samples, dataSeed, most) -> {
                Optional<Dataset> judging = Optional.of(most.ofTest(test));
                Split split = samples.map(count -> Split.fewShot(learning, judging, count, dataSeed))
                        .or(() -> read.dev().map(rows -> Split.given(learning, rows, judging)))
                        .orElseGet(() -> Split.heldOut(learning, labels, Split.USUAL_SHARE, dataSeed)
                                .withTest(judging));
                // Checks that no part has labels that the training rows lack.
                DataSpec.Loaded.of(split, labels);
                return most.ofDev(split);
            };
        }

        @Override
        public DataSpec source(Optional<Integer> samples, long dataSeed) {
            return samples.map(count -> files.withSamples(count, dataSeed)).orElse(files);
        }
    }

    /** Whether a spec's data is a table: it is a file, or has a table's file name. */
    static boolean isTable(Path data) {
        return Files.isRegularFile(data)
                || (!Files.exists(data) && data.toString().matches(".*\\.(tsv|csv|txt|jsonl|ndjson)(\\.gz)?"));
    }
}

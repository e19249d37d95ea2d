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
import org.unipelt.data.Labels;
import org.unipelt.data.Split;
import org.unipelt.metric.Metric;
import org.unipelt.run.Recipe;
import org.unipelt.task.Task;
import org.unipelt.tuned.DataSpec;

/** What the runs of a sweep learn: one of GLUE's tasks, or a table of one's own. */
public sealed interface DataSource {
    /** Its name in results, e.g. {@code cola}; a table's is its file's. */
    String name();

    /** What is to be predicted. */
    Labels labels();

    /** The metrics that fit, the one that steers training first. */
    List<Metric> metrics();

    /**
     * Checks that a metric can judge it.
     *
     * @throws InputException if not; names those that can
     */
    default void requireFits(Metric metric) {
        Task.of(labels()).requireFits(metric);
    }

    /** Whether a data seed makes a difference with so many samples; none are all. */
    boolean draws(Optional<Integer> samples);

    /** Reads the files, once for all splits. */
    Rows read();

    /** Where the rows come from, as the card of a tuned model tells it. */
    DataSpec source(Optional<Integer> samples, long dataSeed);

    /** Files that were read, to be split. */
    @FunctionalInterface
    interface Rows {
        /**
         * What learns, steers and judges.
         *
         * @param samples K of the paper's protocol; none for all rows
         * @param most the most development and test rows
         */
        Split split(Optional<Integer> samples, long dataSeed, RowLimits most);
    }

    /** The most rows, where not all are taken: the first ones. */
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
     * A task of GLUE. With K samples its rows are those of the paper's protocol ({@link Split#fewShot}). With all of them the
     * official development file judges; by the paper's recipe it also chooses the epoch, as in the paper's Table 3, and by
     * the best one it has no part in the training.
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
     * A table of one's own. Without a test file a fifth of its rows is set aside to judge by, always the same rows, so that
     * runs of different data seeds can be compared row by row; without a development file a tenth of the rest steers, drawn
     * by the data seed.
     *
     * @param files the files and their columns; samples and data seed are nothing here
     * @param labels as the training file has them
     */
    record CustomTable(DataSpec files, Labels labels) implements DataSource {
        private static final double TEST_SHARE = 0.2;

        /**
         * Looks into the training file for what its labels are.
         *
         * @throws InputException if it cannot be read, or its labels are texts to write
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
                        files.train() + ": its labels are texts to write; a study needs classes or scores");
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
                // Every part has labels that the training rows have.
                DataSpec.Loaded.of(split, labels);
                return most.ofDev(split);
            };
        }

        @Override
        public DataSpec source(Optional<Integer> samples, long dataSeed) {
            return samples.map(count -> files.withSamples(count, dataSeed)).orElse(files);
        }
    }

    /** What a spec's data says: a table if it is a file, or is called like one. */
    static boolean isTable(Path data) {
        return Files.isRegularFile(data)
                || (!Files.exists(data) && data.toString().matches(".*\\.(tsv|csv|txt|jsonl|ndjson)(\\.gz)?"));
    }
}

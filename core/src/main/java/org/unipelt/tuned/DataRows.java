package org.unipelt.tuned;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.data.PerClass;

/**
 * A program's own rows to learn from, in place of the files of a {@link DataSpec}. Immutable, so any number of threads
 * may share it.
 *
 * @param train the training rows
 * @param dev the development rows; without them, a part of the training rows is set aside, or all of them train
 * @param test the test rows
 * @param labels what the labels are; {@link LabelKind#AUTO} decides from the rows, see {@link Labels#of}
 * @param samples K of the paper's few-shot protocol; without it all training rows are used
 * @param dataSeed seed of the few-shot draw, or of the part set aside
 * @param perClass how many rows of each class train
 */
public record DataRows(
        Dataset train,
        Optional<Dataset> dev,
        Optional<Dataset> test,
        LabelKind labels,
        Optional<Integer> samples,
        long dataSeed,
        PerClass perClass) {
    /** Rows that are not drawn by class. */
    public DataRows(
            Dataset train,
            Optional<Dataset> dev,
            Optional<Dataset> test,
            LabelKind labels,
            Optional<Integer> samples,
            long dataSeed) {
        this(train, dev, test, labels, samples, dataSeed, PerClass.ALL);
    }

    /** Checks that the values do not contradict each other. */
    public DataRows {
        Objects.requireNonNull(train, "train is null");
        Objects.requireNonNull(dev, "dev is null");
        Objects.requireNonNull(test, "test is null");
        Objects.requireNonNull(labels, "labels is null");
        Objects.requireNonNull(samples, "samples is null");
        Objects.requireNonNull(perClass, "perClass is null");
        if (perClass.draws() && samples.isPresent()) {
            throw InputException.about(
                    "per-class", "samples and rows per class are two different draws; leave one out");
        }
        if (perClass.draws() && dev.isPresent()) {
            throw InputException.about(
                    "per-class",
                    "with rows per class the development rows are drawn from the training rows; leave out the development"
                            + " rows, or give them as test rows");
        }
        if (samples.isPresent() && dev.isPresent()) {
            throw new InputException("with samples the development rows are drawn from the training rows; leave out"
                    + " the development rows, or give them as test rows");
        }
    }

    /** Returns a source of training rows. */
    public static DataRows of(Dataset train) {
        return new DataRows(
                train, Optional.empty(), Optional.empty(), LabelKind.AUTO, Optional.empty(), DataSpec.FIRST_SEED);
    }

    /** Returns this source with development rows. */
    public DataRows withDev(Dataset rows) {
        Objects.requireNonNull(rows, "rows is null");
        return new DataRows(train, Optional.of(rows), test, labels, samples, dataSeed, perClass);
    }

    /** Returns this source with test rows. */
    public DataRows withTest(Dataset rows) {
        Objects.requireNonNull(rows, "rows is null");
        return new DataRows(train, dev, Optional.of(rows), labels, samples, dataSeed, perClass);
    }

    /** Returns this source with another kind of labels, e.g. scores that would be taken for classes. */
    public DataRows withLabels(LabelKind kind) {
        Objects.requireNonNull(kind, "kind is null");
        return new DataRows(train, dev, test, kind, samples, dataSeed, perClass);
    }

    /** Returns this source with the few-shot protocol: {@code count} rows to train, the next ones for development. */
    public DataRows withSamples(int count, long seed) {
        return new DataRows(train, dev, test, labels, Optional.of(count), seed, perClass);
    }

    /** Returns this source with {@code count} rows of each class to train, and the next ones for development. */
    public DataRows withPerClass(int count, long seed) {
        return new DataRows(train, dev, test, labels, samples, seed, PerClass.of(count));
    }

    /**
     * Determines the labels, splits the rows and checks them.
     *
     * @throws InputException if there are too few rows, or if labels are missing, unknown or all the same, or if some rows
     *     are pairs of texts and others are not; the message has the numbers of the rows
     */
    public DataSpec.Loaded load() {
        Labels found = Labels.of(train, labels);
        for (Dataset part : List.of(train, dev.orElse(train), test.orElse(train))) {
            part.requireOneForm();
            if (part.pairs() != train.pairs()) {
                throw new InputException("the training rows are " + (train.pairs() ? "pairs of texts" : "single texts")
                        + ", but the development or test rows are not; give the same form");
            }
        }
        return DataSpec.Loaded.split(train, dev, test, found, samples, perClass, dataSeed);
    }
}

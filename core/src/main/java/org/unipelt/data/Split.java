package org.unipelt.data;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.unipelt.InputException;

/**
 * The training, development and test rows of a run. Immutable, so any number of threads may share it.
 *
 * @param train the rows that the model learns from
 * @param dev the rows that decide when training stops and which state is kept
 * @param test the rows that evaluate the result; empty if there are none
 * @param description a phrase for people about the split, e.g. {@code "10 of 3668 rows by seed 111 to train, …"}
 * @param aside whether the development rows are training rows that were set aside, because no others were given; they
 *     may train as well
 */
public record Split(Dataset train, Dataset dev, Optional<Dataset> test, String description, boolean aside) {
    /** The number of development examples in the paper's protocol. */
    public static final int FEW_SHOT_DEV = 1000;

    /** The usual share for {@link #heldOut}. */
    public static final double USUAL_SHARE = 0.1;

    /** Checks that there are training rows and development rows. */
    public Split {
        Objects.requireNonNull(test, "test");
        Objects.requireNonNull(description, "description");
        if (train.size() == 0 || dev.size() == 0) {
            throw new InputException("the split has " + train.size() + " training and " + dev.size()
                    + " development rows; each needs one or more");
        }
    }

    /** Returns a split of rows that come from separate files. */
    public static Split given(Dataset train, Dataset dev, Optional<Dataset> test) {
        return new Split(
                train,
                dev,
                test,
                train.size() + " rows to train, " + dev.size() + " development rows as given"
                        + test.map(rows -> ", " + rows.size() + " test rows as given")
                                .orElse(""),
                false);
    }

    /**
     * Returns a split by the few-shot protocol of the UniPELT paper. It puts the training file in the order of NumPy's
     * {@code default_rng(seed).permutation(n)}. The first {@code samples} rows train, the next {@value #FEW_SHOT_DEV}
     * are the development set, and the official development file is the test set. If fewer rows remain, all of them are
     * the development set, and {@link #description} says so.
     *
     * @param all the whole training file
     * @param official the official development file, if there is one
     * @param samples K, one or more
     * @param seed the data seed (111, 222, … 555 in the paper), zero or more
     * @throws InputException if {@code samples} is not positive or leaves no row for development, or if the seed is
     *     negative
     */
    public static Split fewShot(Dataset all, Optional<Dataset> official, int samples, long seed) {
        if (samples < 1) {
            throw new InputException("samples is " + samples + "; give 1 or more");
        }
        if (samples >= all.size()) {
            throw new InputException(all.name() + ": has " + all.size() + " rows, which is too few for " + samples
                    + " samples and a development set; ask for " + Math.max(0, all.size() - 1) + " at most");
        }
        int[] order = new NumpyRandom(seed).permutation(all.size());
        int end = Math.min(all.size(), samples + FEW_SHOT_DEV);
        Dataset dev = all.subset(Arrays.copyOfRange(order, samples, end));
        String fewer = dev.size() < FEW_SHOT_DEV ? " (all that remain; the paper takes " + FEW_SHOT_DEV + ")" : "";
        return new Split(
                all.subset(Arrays.copyOf(order, samples)),
                dev,
                official,
                samples + " of " + all.size() + " rows drawn with data seed " + seed + " to train, the next "
                        + dev.size()
                        + " for development" + fewer
                        + official.map(rows -> ", " + rows.size() + " rows of " + rows.name() + " to test")
                                .orElse(""),
                false);
    }

    /**
     * Sets a share of the training rows aside for development, for training without a development file. Of classes, it
     * takes this share of each: at least one row, but never the last one. Multi-label rows count as their rarest label. Of scores, it takes a random share of all
     * rows. Both parts keep the file's order, and the same seed gives the same split.
     *
     * @param all the whole training file
     * @param labels its labels
     * @param share from 0 to 1, both excluded
     * @param seed the data seed, zero or more
     * @throws InputException if no row can be set aside; if the share or the seed is out of range
     */
    public static Split heldOut(Dataset all, Labels labels, double share, long seed) {
        if (!(share > 0 && share < 1)) {
            throw new InputException("the development share is " + share + "; give a number between 0 and 1");
        }
        Optional<int[]> strata = labels.strata(all);
        int[] group = strata.orElse(new int[all.size()]);
        Map<Integer, Integer> sizes = new TreeMap<>();
        for (int one : group) {
            sizes.merge(one, 1, Integer::sum);
        }
        Map<Integer, Integer> wanted = new HashMap<>();
        sizes.forEach((one, size) ->
                wanted.put(one, Math.min(size - 1, Math.max(1, Math.toIntExact(Math.round(share * size))))));

        boolean[] aside = new boolean[all.size()];
        int count = 0;
        for (int row : new NumpyRandom(seed).permutation(all.size())) {
            int left = Objects.requireNonNull(wanted.get(group[row]));
            if (left > 0) {
                wanted.put(group[row], left - 1);
                aside[row] = true;
                count++;
            }
        }
        if (count == 0) {
            throw new InputException(all.name() + ": " + all.size()
                    + " rows are too few to set some aside for development; give two or more rows of a class, or a"
                    + " development file");
        }
        return new Split(
                all.subset(places(aside, false)),
                all.subset(places(aside, true)),
                Optional.empty(),
                count + " of " + all.size() + " rows set aside for development"
                        + (strata.isEmpty()
                                ? ""
                                : labels.kind() == LabelKind.MULTI || labels.kind() == LabelKind.TOKENS
                                        ? ", the same share of each row's rarest label"
                                        : ", the same share of each class")
                        + " (data seed " + seed
                        + "), as no development file was given",
                true);
    }

    /** Returns this split with other test rows, or without any. */
    public Split withTest(Optional<Dataset> rows) {
        return new Split(train, dev, rows, description, aside);
    }

    private static int[] places(boolean[] flags, boolean wanted) {
        int[] places = new int[flags.length];
        int count = 0;
        for (int i = 0; i < flags.length; i++) {
            if (flags[i] == wanted) {
                places[count++] = i;
            }
        }
        return Arrays.copyOf(places, count);
    }
}

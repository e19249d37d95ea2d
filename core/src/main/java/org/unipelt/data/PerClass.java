package org.unipelt.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * How many rows of each class train, in a few-shot training whose classes are all as frequent.
 *
 * @param rows the number of rows of each class; 0 for all rows, without a draw
 */
public record PerClass(int rows) {
    /** All rows train. */
    public static final PerClass ALL = new PerClass(0);

    /** Checks that the number is not negative. */
    public PerClass {
        if (rows < 0) {
            throw InputException.about("per-class", "rows per class must be at least 1, got " + rows);
        }
    }

    /**
     * Returns a number of rows of each class.
     *
     * @throws InputException if it is below 1
     */
    public static PerClass of(int rows) {
        if (rows < 1) {
            throw InputException.about("per-class", "rows per class must be at least 1, got " + rows);
        }
        return new PerClass(rows);
    }

    /** Returns whether rows are drawn. */
    public boolean draws() {
        return rows > 0;
    }

    /**
     * Draws the training rows. It goes through the training file in the order of {@link Split#fewShot} and takes each row
     * until its class has enough; the next {@value Split#FEW_SHOT_DEV} of the others are for development. Of a class with
     * fewer rows it takes all, and {@link Split#description} says so.
     *
     * @param all the whole training file
     * @param test the test rows, if there are some
     * @param labels its labels
     * @param seed the data seed, zero or more
     * @throws InputException if the labels are not classes, or no row is left for development
     */
    public Split split(Dataset all, Optional<Dataset> test, Labels labels, long seed) {
        if (labels.kind() != LabelKind.CLASSES) {
            throw InputException.about(
                    "per-class",
                    all.name() + ": per-class draws rows of each class, but the labels are " + labels.describe()
                            + "; draw with samples instead");
        }
        int[] classes = labels.strata(all).orElseThrow();
        int[] drawn = new int[labels.names().size()];
        List<Integer> train = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int row : new NumpyRandom(seed).permutation(all.size())) {
            if (drawn[classes[row]] < rows) {
                drawn[classes[row]]++;
                train.add(row);
            } else {
                others.add(row);
            }
        }
        if (others.isEmpty()) {
            throw InputException.about(
                    "per-class",
                    all.name() + ": no class has more than " + rows
                            + " rows, so none is left for development; ask for fewer per class, or train on all rows");
        }
        Dataset dev = all.subset(places(others.subList(0, Math.min(others.size(), Split.FEW_SHOT_DEV))));
        return new Split(
                all.subset(places(train)),
                dev,
                test,
                rows + " rows of each class" + fewer(labels, drawn) + ", " + train.size() + " of " + all.size()
                        + ", drawn with data seed " + seed + " to train, the next " + dev.size() + " for development"
                        + test.map(given -> ", " + given.size() + " rows of " + given.name() + " to test")
                                .orElse(""),
                false);
    }

    /** Names the classes that have fewer rows. */
    private String fewer(Labels labels, int... drawn) {
        List<String> few = new ArrayList<>();
        for (int one = 0; one < drawn.length; one++) {
            if (drawn[one] < rows) {
                few.add("'" + labels.names().get(one) + "' " + drawn[one]);
            }
        }
        return few.isEmpty() ? "" : " (all that there are of " + String.join(", ", few) + ")";
    }

    private static int[] places(List<Integer> rows) {
        return rows.stream().mapToInt(Integer::intValue).toArray();
    }
}

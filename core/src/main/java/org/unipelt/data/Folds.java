package org.unipelt.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.unipelt.InputException;

/**
 * Folds for cross-validation: every row is in one of them, and each has its share of every class. Rows with several labels
 * count as their rarest label; scores and texts are divided at random. Rows to rank stay together by query.
 *
 * @param rows the places of each fold's rows, in the order of the rows
 */
public record Folds(List<int[]> rows) {
    /** The fewest folds. */
    public static final int FEWEST = 2;

    /**
     * Divides rows. The sizes of two folds differ by one at most, and so do their numbers of rows of a class.
     *
     * @param count the number of folds, {@value #FEWEST} or more
     * @param seed zero or more; the same seed gives the same folds on every machine
     * @throws InputException if there are too few rows, or the seed is negative
     */
    public static Folds of(Dataset all, Labels labels, int count, long seed) {
        Objects.requireNonNull(all, "all is null");
        Objects.requireNonNull(labels, "labels is null");
        require(count);
        boolean ranked = labels.kind() == LabelKind.RELEVANCE;
        List<int[]> units = ranked
                ? Queries.of(all).places()
                : IntStream.range(0, all.size())
                        .mapToObj(row -> new int[] {row})
                        .toList();
        if (units.size() < count) {
            throw InputException.about(
                    "folds",
                    all.name() + ": has " + units.size() + (ranked ? " queries" : " rows") + ", which is too few for "
                            + count + " folds; ask for " + units.size() + " at most");
        }
        int[] strata = labels.strata(all).orElse(new int[all.size()]);
        int[] order = new NumpyRandom(seed).permutation(units.size());
        List<int[]> sorted = IntStream.of(order)
                .mapToObj(units::get)
                .sorted(Comparator.comparingInt(unit -> strata[unit[0]]))
                .toList();
        List<int[]> folds = new ArrayList<>();
        for (int fold = 0; fold < count; fold++) {
            int first = fold;
            folds.add(IntStream.range(0, sorted.size())
                    .filter(place -> place % count == first)
                    .mapToObj(sorted::get)
                    .flatMapToInt(IntStream::of)
                    .sorted()
                    .toArray());
        }
        return new Folds(List.copyOf(folds));
    }

    /**
     * Checks a number of folds.
     *
     * @throws InputException if it is too small
     */
    public static void require(int count) {
        if (count < FEWEST) {
            throw InputException.about("folds", "folds must be at least " + FEWEST + ", got " + count);
        }
    }

    /** Returns the places that are not in a fold, in order. */
    public int[] without(int fold) {
        return IntStream.range(0, rows.size())
                .filter(other -> other != fold)
                .flatMap(other -> IntStream.of(rows.get(other)))
                .sorted()
                .toArray();
    }
}

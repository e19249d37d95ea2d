package org.unipelt.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.unipelt.InputException;

/**
 * The queries of rows to rank. A row's first text is its query, the second one a text that may answer it. Rows belong to
 * one query if its text is the same to the letter; they may stand anywhere in the file. Immutable, so any number of
 * threads may share it.
 *
 * @param rows the rows
 * @param places the places of each query's rows, in the order in which the queries first occur
 */
public record Queries(Dataset rows, List<int[]> places) {
    /** Copies the list. */
    public Queries {
        Objects.requireNonNull(rows, "rows is null");
        places = List.copyOf(Objects.requireNonNull(places, "places is null"));
    }

    /** Finds the queries of some rows. */
    public static Queries of(Dataset rows) {
        Objects.requireNonNull(rows, "rows is null");
        Map<String, List<Integer>> byText = new LinkedHashMap<>();
        for (int i = 0; i < rows.size(); i++) {
            byText.computeIfAbsent(rows.get(i).text(), text -> new ArrayList<>())
                    .add(i);
        }
        return new Queries(
                rows,
                byText.values().stream()
                        .map(each -> each.stream().mapToInt(Integer::intValue).toArray())
                        .toList());
    }

    /** Returns the number of queries. */
    public int count() {
        return places.size();
    }

    /** Returns how many of these queries have about a number of rows together; at least one. */
    public int ofRows(int wanted) {
        return Math.max(1, Math.toIntExact(Math.round((double) wanted * count() / rows.size())));
    }

    /** Returns the number of each row's query, from 0. */
    public int[] numbers() {
        int[] numbers = new int[rows.size()];
        for (int query = 0; query < places.size(); query++) {
            for (int row : places.get(query)) {
                numbers[row] = query;
            }
        }
        return numbers;
    }

    /**
     * Returns a split that leaves the rows of a query together. Without development rows, it sets a tenth of the queries
     * aside; with {@code samples}, that many queries train, and the next ones, {@value Split#FEW_SHOT_DEV} at most, are
     * for development.
     *
     * @param dev the development rows, if there are others than these
     * @param test the test rows, if there are some
     * @param samples how many queries train; without it all but those set aside
     * @param seed the data seed, zero or more
     * @throws InputException if too few queries are left, or the seed is negative
     */
    public Split split(Optional<Dataset> dev, Optional<Dataset> test, Optional<Integer> samples, long seed) {
        Objects.requireNonNull(dev, "dev is null");
        Objects.requireNonNull(test, "test is null");
        Objects.requireNonNull(samples, "samples is null");
        if (samples.isEmpty() && dev.isPresent()) {
            return Split.given(rows, dev.get(), test);
        }
        int aside = Math.max(1, Math.toIntExact(Math.round(Split.USUAL_SHARE * count())));
        int train = samples.orElse(count() - aside);
        if (train < 1) {
            throw new InputException(
                    samples.isPresent()
                            ? "samples is " + train + "; give 1 or more"
                            : rows.name() + ": has one query only, and none is left for development; give two or more"
                                    + " queries, or a development file");
        }
        if (train >= count()) {
            throw new InputException(rows.name() + ": has " + count() + " queries, which is too few for " + train
                    + " to train and others for development; ask for " + Math.max(0, count() - 1) + " at most");
        }
        int[] order = new NumpyRandom(seed).permutation(count());
        int end = samples.isPresent() ? Math.min(count(), train + Split.FEW_SHOT_DEV) : count();
        Dataset left = subset(Arrays.copyOf(order, train));
        Dataset judges = subset(Arrays.copyOfRange(order, train, end));
        String description = samples.isPresent()
                ? train + " of " + count() + " queries drawn with data seed " + seed + " to train (" + left.size()
                        + " rows), the next " + (end - train) + " for development"
                : aside + " of " + count() + " queries set aside for development (" + judges.size() + " of "
                        + rows.size() + " rows, data seed " + seed + "), as no development file was given";
        return new Split(
                left,
                judges,
                test,
                description
                        + test.map(each -> ", " + each.size() + " rows of " + each.name() + " to test")
                                .orElse(""),
                samples.isEmpty());
    }

    /** Returns the rows of some queries, in the order of the file. */
    private Dataset subset(int... queries) {
        return rows.subset(IntStream.of(queries)
                .flatMap(query -> Arrays.stream(places.get(query)))
                .sorted()
                .toArray());
    }

    /** Returns a warning if some of these queries are also among the training rows. */
    Optional<String> repeated(String part, Dataset among) {
        Set<String> known = new HashSet<>();
        among.forEach(row -> known.add(row.text()));
        long count = places.stream()
                .filter(each -> known.contains(rows.get(each[0]).text()))
                .count();
        return count == 0
                ? Optional.empty()
                : Optional.of(
                        count + " of " + count() + " " + part + " queries are training queries as well, which makes"
                                + " the score too high; keep all rows of a query in one file");
    }

    /** Returns what there is to know about these queries before a model learns from them. */
    Profile profile(double... grades) {
        int most = 0;
        int without = 0;
        int alike = 0;
        for (int[] each : places) {
            double[] own = Arrays.stream(each).mapToDouble(row -> grades[row]).toArray();
            double best = Arrays.stream(own).max().orElseThrow();
            most = Math.max(most, each.length);
            without += best > 0 ? 0 : 1;
            alike += Arrays.stream(own).allMatch(grade -> grade == best) ? 1 : 0;
        }
        List<String> warnings = new ArrayList<>();
        if (alike > 0) {
            warnings.add(alike + " of " + count() + (count() == 1 ? " query has" : " queries have")
                    + " texts of one grade only, so that there is nothing to order; add texts of other grades");
        }
        Profile.contradictions(rows).ifPresent(warnings::add);
        double from = Arrays.stream(grades).min().orElseThrow();
        double to = Arrays.stream(grades).max().orElseThrow();
        boolean clicks = Arrays.stream(grades).allMatch(grade -> grade == 0 || grade == 1);
        return new Profile(
                rows.size(),
                Map.of(),
                Optional.of(new Profile.Range(from, to)),
                Optional.empty(),
                Optional.of(new Profile.Candidates(count(), (double) rows.size() / count(), most, without, clicks)),
                warnings);
    }
}

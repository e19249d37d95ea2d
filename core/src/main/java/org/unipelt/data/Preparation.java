package org.unipelt.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.unipelt.InputException;

/**
 * How files are read, and which of their rows and labels change before training. A model stores these choices, so that
 * the rows that it evaluates later change in the same way.
 *
 * @param dialect the delimiter and the encoding of the files
 * @param skipBadRows whether to leave out rows that cannot be used; otherwise they are an error
 * @param mergeCase whether labels that differ only in case, blanks or Unicode form become one class, named by the most
 *     frequent spelling
 * @param minRowsPerClass the fewest training rows of a class; smaller classes are left out, and 1 keeps all
 * @param labelSeparator what stands between the labels of a row that has several; if empty, a comma
 */
public record Preparation(
        Dialect dialect, boolean skipBadRows, boolean mergeCase, int minRowsPerClass, Optional<String> labelSeparator) {
    /** Changes nothing, and reads files in their usual format. */
    public static final Preparation NONE = new Preparation(Dialect.USUAL, false, false, 1);

    private static final int LISTED = 5;

    /** Reads rows that have one label at most. */
    public Preparation(Dialect dialect, boolean skipBadRows, boolean mergeCase, int minRowsPerClass) {
        this(dialect, skipBadRows, mergeCase, minRowsPerClass, Optional.empty());
    }

    /** Checks the number of rows and the separator. */
    public Preparation {
        Objects.requireNonNull(dialect, "dialect is null");
        Objects.requireNonNull(labelSeparator, "labelSeparator is null");
        labelSeparator.ifPresent(LabelSet::requireSeparator);
        if (minRowsPerClass < 1) {
            throw InputException.about(
                    "min-rows-per-class", "min rows per class must be at least 1, got " + minRowsPerClass);
        }
    }

    /** Returns whether labels may change. */
    public boolean changesLabels() {
        return mergeCase || minRowsPerClass > 1;
    }

    /**
     * Reads the rows of a file.
     *
     * @param remarks receives a sentence about the rows that were left out
     * @throws InputException as {@link Table#read} and {@link Table#dataset(ColumnNames)}
     */
    public Dataset read(Path file, ColumnNames columns, Consumer<String> remarks) {
        Table table = Table.read(file, dialect, columns::mayHoldLists);
        return skipBadRows ? table.usable(table.choose(columns), remarks) : table.dataset(columns);
    }

    /**
     * Prepares training rows: merges their labels and leaves out small classes.
     *
     * @param remarks receives a sentence about each change
     */
    public Dataset train(Dataset rows, Consumer<String> remarks) {
        Dataset merged = mergeCase ? merged(rows, spellings(rows), remarks) : rows;
        Map<String, Integer> counts = counts(merged);
        Set<String> small = new TreeSet<>();
        counts.forEach((label, count) -> {
            if (count < minRowsPerClass) {
                small.add(label);
            }
        });
        return without(merged, small, " with fewer than " + minRowsPerClass + " rows", remarks);
    }

    /**
     * Prepares other rows like the training rows: gives labels the same spelling, and leaves out the same classes.
     *
     * @param classes the classes of the training rows
     * @param remarks receives a sentence about each change
     */
    public Dataset other(Dataset rows, List<String> classes, Consumer<String> remarks) {
        Map<String, String> spellings = new HashMap<>();
        classes.forEach(name -> spellings.put(Profile.look(name), name));
        Dataset merged = mergeCase ? merged(rows, spellings, remarks) : rows;
        Set<String> unknown = new TreeSet<>(counts(merged).keySet());
        unknown.removeAll(new HashSet<>(classes));
        return minRowsPerClass > 1 ? without(merged, unknown, " that the model does not know", remarks) : merged;
    }

    /** Returns the most frequent spelling of labels that look alike; of equally frequent ones the first in order. */
    private static Map<String, String> spellings(Dataset rows) {
        Map<String, String> spellings = new HashMap<>();
        counts(rows).entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> spellings.putIfAbsent(Profile.look(entry.getKey()), entry.getKey()));
        return spellings;
    }

    private static Map<String, Integer> counts(Dataset rows) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        rows.forEach(row -> row.label().ifPresent(label -> counts.merge(label, 1, Integer::sum)));
        return counts;
    }

    private static Dataset merged(Dataset rows, Map<String, String> spellings, Consumer<String> remarks) {
        List<Example> merged = new ArrayList<>();
        int changed = 0;
        for (Example row : rows) {
            Optional<String> other = row.label()
                    .map(label -> spellings.getOrDefault(Profile.look(label), label))
                    .filter(label -> !row.label().equals(Optional.of(label)));
            merged.add(other.map(row::labelled).orElse(row));
            changed += other.isPresent() ? 1 : 0;
        }
        if (changed > 0) {
            remarks.accept(rows.name() + ": " + rows(changed) + " got the usual spelling of "
                    + (changed == 1 ? "its label" : "their labels") + " (--merge-case)");
        }
        return new Dataset(rows.name(), merged);
    }

    private static Dataset without(Dataset rows, Set<String> classes, String which, Consumer<String> remarks) {
        List<Example> left = rows.examples().stream()
                .filter(row -> row.label().filter(classes::contains).isEmpty())
                .toList();
        if (left.size() == rows.size()) {
            return rows;
        }
        if (left.isEmpty()) {
            throw new InputException(
                    rows.name() + ": every class is left out; set --min-rows-per-class lower, or check the labels");
        }
        remarks.accept(rows.name() + ": left out " + rows(rows.size() - left.size()) + " of "
                + (classes.size() == 1 ? "a class" : classes.size() + " classes") + which + ": "
                + String.join(
                        ", ",
                        classes.stream().limit(LISTED).map(Profile::visible).toList())
                + (classes.size() > LISTED ? ", …" : ""));
        return new Dataset(rows.name(), left);
    }

    private static String rows(int count) {
        return count == 1 ? "1 row" : count + " rows";
    }
}

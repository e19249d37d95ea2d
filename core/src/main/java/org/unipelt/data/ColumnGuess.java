package org.unipelt.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.unipelt.InputException;

/**
 * A guess which columns of a table hold text and label, for tables whose columns have unusual names. The text is the
 * column with the longest cells. The label is a column of short cells with few different values: the one with a usual
 * name for labels, else the last one.
 *
 * @param names the columns that were given or guessed
 * @param others other columns that could be the label
 */
public record ColumnGuess(ColumnNames names, List<String> others) {
    private static final List<String> TEXTS =
            List.of("text", "sentence", "sentence1", "question1", "premise", "question");
    private static final Set<String> LABELS = Set.of(
            "label",
            "labels",
            "class",
            "category",
            "target",
            "topic",
            "intent",
            "sentiment",
            "rating",
            "stars",
            "queue");

    /** A column with more different values than this holds no classes, unless each value has several rows. */
    private static final int MANY = 20;

    private static final int ROWS_PER_CLASS = 5;
    private static final int LONGEST_LABEL = 60;

    /**
     * Guesses the columns that are not given.
     *
     * @param given the columns that the user named
     * @throws InputException if no column looks like a label, or a named one does not exist
     */
    public static ColumnGuess of(Table table, ColumnNames given) {
        if (given.queries()) {
            Columns found = QueryColumns.choose(table, given);
            return new ColumnGuess(
                    given.withText(found.text().name())
                            .withPair(found.pair().orElseThrow().name())
                            .withLabel(found.label().orElseThrow().name()),
                    List.of());
        }
        ColumnNames names = given;
        if (names.text().isEmpty() && TEXTS.stream().noneMatch(name -> isThere(table, name))) {
            names = names.withText(longest(table, given).name());
        }
        if (names.label().isPresent() || isThere(table, "label")) {
            return new ColumnGuess(names, List.of());
        }
        List<Column> likely = labels(table, names);
        if (likely.isEmpty()) {
            throw new InputException(
                    table.name() + ": no column looks like a label, with few different values; name it with"
                            + " --label; columns: " + String.join(", ", table.columns()) + ColumnNames.divider(table));
        }
        Column label = likely.stream()
                .filter(column -> LABELS.contains(column.name().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElse(likely.get(likely.size() - 1));
        return new ColumnGuess(
                names.withLabel(label.name()),
                likely.stream()
                        .filter(column -> !column.equals(label))
                        .map(Column::name)
                        .toList());
    }

    private static boolean isThere(Table table, String name) {
        return table.columns().stream().anyMatch(name::equalsIgnoreCase);
    }

    private static Column longest(Table table, ColumnNames given) {
        return columns(table).stream()
                .filter(column -> !isOneOf(column, given.pair(), given.label()))
                .max(Comparator.comparingLong(column -> table.rows().stream()
                        .flatMap(row -> row.cell(column).stream())
                        .mapToLong(String::length)
                        .sum()))
                .orElseThrow(() -> new InputException(table.name() + ": has no column for the text"));
    }

    private static List<Column> labels(Table table, ColumnNames names) {
        return columns(table).stream()
                .filter(column -> !isOneOf(column, names.text(), names.pair()))
                .filter(column -> !ColumnNames.isRowName(column.name()))
                .filter(column -> TEXTS.stream().noneMatch(column.name()::equalsIgnoreCase))
                .filter(column -> looksLikeLabel(table, column))
                .toList();
    }

    private static boolean isOneOf(Column column, Optional<String> one, Optional<String> other) {
        return one.filter(column.name()::equalsIgnoreCase).isPresent()
                || other.filter(column.name()::equalsIgnoreCase).isPresent();
    }

    private static boolean looksLikeLabel(Table table, Column column) {
        Set<String> different = new HashSet<>();
        for (Table.Row row : table.rows()) {
            Optional<String> cell = row.cell(column);
            if (cell.filter(text -> text.length() > LONGEST_LABEL).isPresent()) {
                return false;
            }
            cell.ifPresent(different::add);
        }
        return different.size() > 1
                && (ROWS_PER_CLASS * different.size() <= table.rows().size()
                        || different.size() <= Math.min(MANY, table.rows().size() / 2));
    }

    private static List<Column> columns(Table table) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            columns.add(table.column(i));
        }
        return columns;
    }
}

package org.unipelt.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * The columns that hold the labels of multi-label data. One column holds all labels of a row: a JSON array, or labels
 * with a separator between them. Of several columns, each is named like a label and holds 1 in the rows that have it,
 * 0 in the others.
 *
 * @param columns the columns, one or more
 * @param separator what stands between labels; no label may contain it
 */
public record LabelColumns(List<Column> columns, String separator) {
    /** Checks that there is a column. */
    public LabelColumns {
        columns = List.copyOf(columns);
        Objects.requireNonNull(separator, "separator is null");
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("no column");
        }
    }

    /** Returns the reason why a row's labels cannot be read; empty if they can. */
    Optional<String> problem(Table.Row row) {
        try {
            LabelSet read = of(row);
            read.requireWithout(separator);
            return StandardCharsets.UTF_8.newEncoder().canEncode(read.text())
                    ? Optional.empty()
                    : Optional.of("a label holds half a surrogate pair");
        } catch (InputException e) {
            return Optional.of(
                    (columns.size() == 1 ? "column '" + columns.get(0).name() + "': " : "") + e.getMessage());
        }
    }

    /**
     * Returns the labels of a row.
     *
     * @throws InputException if they cannot be read
     */
    LabelSet of(Table.Row row) {
        if (columns.size() == 1) {
            String cell = cell(row, columns.get(0), "give [] for a row without labels");
            return cell.startsWith("[") ? LabelSet.parse(cell) : LabelSet.separated(cell, separator);
        }
        List<String> names = new ArrayList<>();
        for (Column column : columns) {
            if (holds(column, cell(row, column, "give 0 or 1"))) {
                names.add(column.name());
            }
        }
        return new LabelSet(names);
    }

    private static String cell(Table.Row row, Column column, String remedy) {
        return row.raw(column)
                .map(String::strip)
                .orElseThrow(() -> new InputException("'" + column.name() + "' has no value; " + remedy));
    }

    private static boolean holds(Column column, String cell) {
        return switch (cell.toLowerCase(Locale.ROOT)) {
            case "1", "1.0", "true" -> true;
            case "0", "0.0", "false" -> false;
            default ->
                throw new InputException("column '" + column.name() + "' holds '" + cell
                        + "' where a row has the label (1) or not (0); give 0 or 1");
        };
    }
}

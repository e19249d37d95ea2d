package org.unipelt.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.unipelt.InputException;

/** What is wrong in a file's rows, collected so that it can be told at once. Not safe for several threads. */
final class BadRows {
    /** So many rows are shown; more would hide what they have in common. */
    static final int SHOWN = 20;

    private record BadRow(int order, String where, String reason) {}

    /** A label or a cell that is quoted in a reason may be a whole page; a row is told in one line. */
    private static final int LONGEST_REASON = 200;

    private final String file;
    private final List<BadRow> rows = new ArrayList<>();

    BadRows(String file) {
        this.file = file;
    }

    /** Goes on from what was found before, and leaves that as it is. */
    BadRows(BadRows before) {
        this(before.file);
        rows.addAll(before.rows);
    }

    /** A bad row by its line, from 1. */
    void add(int line, String reason) {
        rows.add(new BadRow(line, file + ":" + line, oneLine(reason)));
    }

    /** A bad example: by its line, or by its place (from 0) if it comes from no file. */
    void add(Example example, int place, String reason) {
        if (example.line() > 0) {
            add(example.line(), reason);
        } else {
            rows.add(new BadRow(place, file + ", example " + (place + 1), oneLine(reason)));
        }
    }

    /**
     * Throws what was collected, if anything was: a line that sums up, then one indented line for each of the first
     * {@value #SHOWN} rows in the file's order.
     *
     * @throws InputException if there is a bad row
     */
    void throwIfAny() {
        if (rows.isEmpty()) {
            return;
        }
        int count = rows.size();
        StringBuilder message = new StringBuilder(file + ": ")
                .append(count == 1 ? "1 bad row" : count + " bad rows")
                .append("; mend or remove ")
                .append(count == 1 ? "it" : "them")
                .append(count > SHOWN ? " (the first " + SHOWN + " are shown):" : ":");
        rows.stream()
                .sorted(Comparator.comparingInt(BadRow::order))
                .limit(SHOWN)
                .forEach(row ->
                        message.append("\n  ").append(row.where()).append(": ").append(row.reason()));
        throw new InputException(message.toString());
    }

    private static String oneLine(String reason) {
        String line = reason.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "…";
    }
}

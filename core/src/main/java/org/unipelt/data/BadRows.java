package org.unipelt.data;

import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import org.unipelt.InputException;

/**
 * What is wrong in a file's rows, collected so that it can be told at once. It keeps those that it will show and counts the
 * others. Not safe for several threads.
 */
final class BadRows {
    /** So many rows are shown; more would hide what they have in common. */
    static final int SHOWN = 20;

    private record BadRow(int order, String where, String reason) {}

    /** A label or a cell that is quoted in a reason may be a whole page; a row is told in one line. */
    private static final int LONGEST_REASON = 200;

    private static final Comparator<BadRow> IN_ORDER = Comparator.comparingInt(BadRow::order);

    private final String file;
    /** The first ones in the file's order, the last of them at the head. */
    private final PriorityQueue<BadRow> first = new PriorityQueue<>(IN_ORDER.reversed());

    private long count;

    BadRows(String file) {
        this.file = file;
    }

    /** Goes on from what was found before, and leaves that as it is. */
    BadRows(BadRows before) {
        this(before.file);
        before.first.forEach(this::add);
        count = before.count;
    }

    /** A bad row by its line, from 1. */
    void add(int line, String reason) {
        if (first.size() < SHOWN || line < first.element().order()) {
            add(new BadRow(line, file + ":" + line, oneLine(reason)));
        } else {
            count++;
        }
    }

    /** A bad example: by its line, or by its place (from 0) if it comes from no file. */
    void add(Example example, int place, String reason) {
        if (example.line() > 0) {
            add(example.line(), reason);
        } else {
            add(new BadRow(place, file + ", example " + (place + 1), oneLine(reason)));
        }
    }

    private void add(BadRow row) {
        count++;
        first.add(row);
        if (first.size() > SHOWN) {
            first.remove();
        }
    }

    /**
     * Throws what was collected, if anything was: a line that sums up, then one indented line for each of the first
     * {@value #SHOWN} rows in the file's order.
     *
     * @throws InputException if there is a bad row
     */
    void throwIfAny() {
        if (count > 0) {
            throw new InputException(describe("; mend or remove " + them()));
        }
    }

    /** The same where the rows can also be skipped, by an option of this name. */
    void throwIfAny(String option) {
        if (count > 0) {
            throw new InputException(
                    describe("; mend or remove " + them() + ", or skip " + them() + " with " + option));
        }
    }

    private String them() {
        return count == 1 ? "it" : "them";
    }

    /** What was collected, in words; none if nothing was. */
    Optional<String> describe() {
        return count == 0 ? Optional.empty() : Optional.of(describe(""));
    }

    private String describe(String then) {
        StringBuilder message = new StringBuilder(file + ": ")
                .append(count == 1 ? "1 bad row" : count + " bad rows")
                .append(then)
                .append(count > SHOWN ? " (the first " + SHOWN + " are shown):" : ":");
        first.stream()
                .sorted(IN_ORDER)
                .forEach(row ->
                        message.append("\n  ").append(row.where()).append(": ").append(row.reason()));
        return message.toString();
    }

    private static String oneLine(String reason) {
        String line = reason.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "…";
    }
}

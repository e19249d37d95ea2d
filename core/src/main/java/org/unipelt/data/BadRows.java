package org.unipelt.data;

import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.regex.Pattern;
import org.unipelt.InputException;

/**
 * Collects the bad rows of a file, so that one message reports them all. It keeps the rows that the message shows and
 * counts the others. Not safe for use by several threads at once.
 */
final class BadRows {
    /** The most rows that a message shows; more would hide what they have in common. */
    static final int SHOWN = 20;

    /** The most rows that a message shows if all of them have another encoding than the file should have. */
    private static final int SHOWN_OF_ENCODING = 3;

    /** {@link TextSource}'s reason for such a row. */
    private static final Pattern ENCODING = Pattern.compile("is not \\S+ near '.*");

    private record BadRow(int order, String where, String reason) {}

    /** A reason may quote a label or a cell as long as a page, but each row gets one line. */
    private static final int LONGEST_REASON = 200;

    private static final Comparator<BadRow> IN_ORDER = Comparator.comparingInt(BadRow::order);

    private final String file;
    /** The first bad rows in the file's order; the head of the queue is the last of them. */
    private final PriorityQueue<BadRow> first = new PriorityQueue<>(IN_ORDER.reversed());

    private long count;

    BadRows(String file) {
        this.file = file;
    }

    /** Starts with the rows of another collection, which stays unchanged. */
    BadRows(BadRows before) {
        this(before.file);
        before.first.forEach(this::add);
        count = before.count;
    }

    /** Adds a bad row by its line, from 1. */
    void add(int line, String reason) {
        if (first.size() < SHOWN || line < first.element().order()) {
            add(new BadRow(line, file + ":" + line, oneLine(reason)));
        } else {
            count++;
        }
    }

    /** Adds a bad example by its line, or by its place (from 0) if it does not come from a file. */
    void add(Example example, int place, String reason) {
        if (example.line() > 0) {
            add(example.line(), reason);
        } else {
            addExample(place, reason);
        }
    }

    /** Adds a bad example that does not come from a file, by its place, from 0. */
    void addExample(int place, String reason) {
        add(new BadRow(place, file + ", example " + (place + 1), oneLine(reason)));
    }

    private void add(BadRow row) {
        count++;
        first.add(row);
        if (first.size() > SHOWN) {
            first.remove();
        }
    }

    /**
     * Throws an exception if there are bad rows. Its message has a line with their number, then one indented line for
     * each of the first {@value #SHOWN} rows in the file's order, or of the first {@value #SHOWN_OF_ENCODING} if all
     * of these have another encoding.
     *
     * @throws InputException if there is a bad row
     */
    void throwIfAny() {
        if (count > 0) {
            throw new InputException(describe("; correct or remove " + them()));
        }
    }

    /** Throws the same exception, whose message also names the option that skips bad rows. */
    void throwIfAny(String option) {
        if (count > 0) {
            throw new InputException(
                    describe("; correct or remove " + them() + ", or skip " + them() + " with " + option));
        }
    }

    private String them() {
        return count == 1 ? "it" : "them";
    }

    /** Returns a message about the bad rows; empty if there are none. */
    Optional<String> describe() {
        return count == 0 ? Optional.empty() : Optional.of(describe(""));
    }

    private String describe(String then) {
        // A wrong encoding spoils nearly every row; twenty of them say no more than three.
        int shown = count > SHOWN && inAnotherEncoding() ? SHOWN_OF_ENCODING : SHOWN;
        StringBuilder message = new StringBuilder(file + ": ")
                .append(count == 1 ? "1 bad row" : count + " bad rows")
                .append(then)
                .append(count > shown ? " (the first " + shown + " are shown):" : ":");
        first.stream().sorted(IN_ORDER).limit(shown).forEach(row -> message.append("\n  ")
                .append(row.where())
                .append(": ")
                .append(row.reason()));
        return message.toString();
    }

    private boolean inAnotherEncoding() {
        return first.stream().allMatch(row -> ENCODING.matcher(row.reason()).matches());
    }

    private static String oneLine(String reason) {
        String line = reason.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "…";
    }
}

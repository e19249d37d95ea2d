package org.unipelt.data;

import org.unipelt.InputException;

/**
 * The limits that keep a file from filling the memory. Each has a system property of the same name: {@code
 * unipelt.limit.line} and {@code unipelt.limit.table} in MiB, {@code unipelt.limit.classes} as a number.
 *
 * @param line the most bytes of a line, or characters of a CSV row
 * @param table the most bytes of memory for a table that is read whole
 * @param classes the most classes
 */
record Limits(long line, long table, long classes) {
    private static final long MIB = 1 << 20;

    /** Returns the limits that the properties set; by default 1 MiB, half of Java's heap, and 100,000. */
    static Limits set() {
        return new Limits(
                MIB * number("line", 1, 1024),
                MIB * number("table", Math.max(1, Runtime.getRuntime().maxMemory() / 2 / MIB), Integer.MAX_VALUE),
                number("classes", 100_000, Integer.MAX_VALUE));
    }

    private static long number(String limit, long usual, long most) {
        String property = property(limit);
        String given = System.getProperty(property);
        if (given == null) {
            return usual;
        }
        if (!given.matches("\\d{1,10}") || Long.parseLong(given) < 1 || Long.parseLong(given) > most) {
            throw new InputException(property + " is '" + given + "'; give a whole number from 1 to " + most);
        }
        return Long.parseLong(given);
    }

    /** Returns the name of the property that sets a limit. */
    static String property(String limit) {
        return "unipelt.limit." + limit;
    }

    /** Returns bytes in MiB for a message. */
    static String mib(long bytes) {
        return bytes / MIB + " MiB";
    }
}

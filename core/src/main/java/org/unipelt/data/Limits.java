package org.unipelt.data;

import org.unipelt.InputException;

/**
 * How much is taken in, so that no file fills the memory. Each limit has a system property of the same name:
 * {@code unipelt.limit.line} and {@code unipelt.limit.table} in MiB, {@code unipelt.limit.classes} as a number.
 *
 * @param line bytes of a line, or characters of a row of CSV
 * @param table bytes of memory that a table takes which is read whole
 * @param classes names that labels may have
 */
record Limits(long line, long table, long classes) {
    private static final long MIB = 1 << 20;

    /** As the properties say; else 1 MiB, half of Java's heap, and 100,000. */
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

    /** The property that sets a limit, as a message names it. */
    static String property(String limit) {
        return "unipelt.limit." + limit;
    }

    /** Bytes as a message names them. */
    static String mib(long bytes) {
        return bytes / MIB + " MiB";
    }
}

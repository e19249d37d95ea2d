package org.unipelt;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes a message fit to be shown: control characters become spaces, and long lines lose their middle. Messages repeat
 * names and keys from files, which may hold anything.
 */
final class OneLine {
    private static final int LONGEST = 1000;

    /** How much of the end of a long line stays: it says what to do. */
    private static final int END = 300;

    /** What a terminal would take for a command, or for the end of the line. */
    private static final Pattern CONTROL = Pattern.compile("\\R(?!  )|[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n]]");

    private OneLine() {}

    /** The message without control characters, each line at most {@value #LONGEST} characters. */
    static String of(String message) {
        return CONTROL.matcher(message)
                .replaceAll(" ")
                .lines()
                .map(line -> line.length() <= LONGEST
                        ? line
                        : line.substring(0, LONGEST - END) + " … " + line.substring(line.length() - END))
                .collect(Collectors.joining("\n"));
    }
}

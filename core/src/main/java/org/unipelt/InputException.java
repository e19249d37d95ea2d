package org.unipelt;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * A mistake in the caller's input: a file, a name, a value, a combination. The message is one line that says what is
 * wrong, where, and what to do. Show it to the user unchanged. Any other exception is a bug in this library.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Messages quote names from files; a longer line loses its middle. */
    private static final int LONGEST_LINE = 1000;

    /** The number of characters kept at the end of such a line, because the end says what to do. */
    private static final int END = 300;

    /** A list of known names is shortened beyond this length. */
    private static final int LONGEST_LIST = 600;

    private static final int NEAREST = 3;

    /** Characters in names from files that a terminal would execute, or that would end the line. */
    private static final Pattern CONTROL = Pattern.compile("\\R(?!  )|[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n]]");

    private final String field;

    /**
     * Creates an exception with a one-line message: what, where, what to do. Control characters become spaces, and a
     * line longer than {@value #LONGEST_LINE} characters loses its middle. If there are several mistakes, each is a
     * line that starts with two spaces.
     */
    public InputException(String message) {
        this(null, message, null);
    }

    /** Creates an exception for a mistake that another exception revealed. */
    public InputException(String message, Throwable cause) {
        this(null, message, cause);
    }

    private InputException(String field, String message, Throwable cause) {
        super(plain(message), cause);
        this.field = field;
    }

    /**
     * Creates an exception for a wrong value of a field. A file's reader uses {@link #field} to find the line.
     *
     * @param field its name on the command line and in files, e.g. {@code batch-size}
     */
    public static InputException about(String field, String message) {
        return new InputException(field, message, null);
    }

    /** Returns the name of the wrong field, if known. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    private static String plain(String message) {
        return CONTROL.matcher(message)
                .replaceAll(" ")
                .lines()
                .map(line -> line.length() <= LONGEST_LINE
                        ? line
                        : line.substring(0, LONGEST_LINE - END) + " … " + line.substring(line.length() - END))
                .collect(Collectors.joining("\n"));
    }

    /**
     * Creates an exception for an unknown name. The message suggests the nearest known name if one is near. Otherwise
     * it lists all known names, or the nearest few of many.
     *
     * @param kind the kind of thing named, e.g. {@code "method"}
     * @param name the given name
     * @param known all valid names
     */
    public static InputException unknown(String kind, String name, Collection<String> known) {
        String hint = nearest(name, known)
                .map(near -> "did you mean '" + near + "'?")
                .orElseGet(() -> known.isEmpty() ? "there are none" : listed(name, known));
        return new InputException("unknown " + kind + " '" + name + "'; " + hint);
    }

    private static String listed(String name, Collection<String> known) {
        String all = String.join(", ", known);
        if (all.length() <= LONGEST_LIST) {
            return "known: " + all;
        }
        LevenshteinDistance distance = new LevenshteinDistance();
        String start = name.substring(0, Math.min(LONGEST_LIST, name.length()));
        return "the nearest of " + known.size() + " known: "
                + known.stream()
                        .sorted(Comparator.comparingInt(candidate -> distance.apply(start, candidate)))
                        .limit(NEAREST)
                        .collect(Collectors.joining(", "));
    }

    /** Returns the known name nearest to {@code name} by edit distance, if it is a plausible correction. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        String given = name.substring(0, Math.min(LONGEST_LIST, name.length())).toLowerCase(Locale.ROOT);
        int limit = Math.max(1, given.length() / 3);
        LevenshteinDistance distance = new LevenshteinDistance(limit);
        record Near(String name, int distance) {}
        return known.stream()
                .map(k -> {
                    String candidate = k.toLowerCase(Locale.ROOT);
                    // Two swapped letters are two edits, but the most common typo.
                    return new Near(k, sameLetters(given, candidate) ? 1 : distance.apply(given, candidate));
                })
                .filter(near -> near.distance() >= 0)
                .min(Comparator.comparingInt(Near::distance))
                .map(Near::name);
    }

    private static boolean sameLetters(String one, String other) {
        return Arrays.equals(
                one.chars().sorted().toArray(), other.chars().sorted().toArray());
    }
}

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
 * Something the caller gave is wrong: a file, a name, a value, a combination. The message is one line that says what was
 * wrong, where, and what to do; it is meant to be shown to a person as it is. Any other exception is a fault of this
 * library.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What a file calls its things is repeated in a message; a longer line loses its middle. */
    private static final int LONGEST_LINE = 1000;

    /** So much of the end of such a line is kept, as it says what to do. */
    private static final int END = 300;

    /** Known names that take more room are not all told. */
    private static final int LONGEST_LIST = 600;

    private static final int NEAREST = 3;

    /** Whatever a name of a file may hold that would be seen as a command by a terminal, or as the end of the line. */
    private static final Pattern CONTROL = Pattern.compile("\\R(?!  )|[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n]]");

    private final String field;

    /**
     * A wrong input, said in one line: what, where, what to do. Control characters become spaces, and a line that is longer
     * than {@value #LONGEST_LINE} characters loses its middle. Several mistakes follow each other in lines that begin with
     * two spaces.
     */
    public InputException(String message) {
        this(null, message, null);
    }

    /** A wrong input that showed itself as another exception. */
    public InputException(String message, Throwable cause) {
        this(null, message, cause);
    }

    private InputException(String field, String message, Throwable cause) {
        super(plain(message), cause);
        this.field = field;
    }

    /**
     * A wrong value of a field. Whoever knows the line of the field in a file finds it by {@link #field}.
     *
     * @param field its name on the command line and in files, e.g. {@code batch-size}
     */
    public static InputException about(String field, String message) {
        return new InputException(field, message, null);
    }

    /** The name of the field that is wrong, where that is known. */
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
     * A name that is not among those known; names the nearest one when there is a near one, and otherwise all of them, or
     * the nearest few of many.
     *
     * @param kind what is named, e.g. {@code "method"}
     * @param name the name as given
     * @param known every name that would have been right
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

    /** The known name nearest to {@code name} in edit distance, if it is near enough to be what was meant. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        String given = name.substring(0, Math.min(LONGEST_LIST, name.length())).toLowerCase(Locale.ROOT);
        int limit = Math.max(1, given.length() / 3);
        LevenshteinDistance distance = new LevenshteinDistance(limit);
        record Near(String name, int distance) {}
        return known.stream()
                .map(k -> {
                    String candidate = k.toLowerCase(Locale.ROOT);
                    // Two letters that changed places are two edits, and the commonest slip.
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

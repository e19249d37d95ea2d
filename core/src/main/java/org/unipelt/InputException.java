package org.unipelt;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/**
 * Something the caller gave is wrong: a file, a name, a value, a combination. The message is one line that says what was
 * wrong, where, and what to do; it is meant to be shown to a person as it is. Any other exception is a fault of this
 * library.
 */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** So much of another program's message is repeated. */
    private static final int LONGEST_WORDS = 200;

    /** A wrong input, said in one line: what, where, what to do. */
    public InputException(String message) {
        super(message);
    }

    /** A wrong input that showed itself as another exception. */
    public InputException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * A name that is not among those known; names the nearest one when there is a near one, and all of them otherwise.
     *
     * @param kind what is named, e.g. {@code "method"}
     * @param name the name as given
     * @param known every name that would have been right
     */
    public static InputException unknown(String kind, String name, Collection<String> known) {
        String hint = nearest(name, known)
                .map(near -> "did you mean '" + near + "'?")
                .orElseGet(() -> known.isEmpty() ? "there are none" : "known: " + String.join(", ", known));
        return new InputException("unknown " + kind + " '" + name + "'; " + hint);
    }

    /**
     * A parser's account of a malformed file as a part of a line: the first line of it, without the names of the parser's
     * own sources, classes and settings.
     *
     * @param message the parser's; may be null
     */
    public static String parserWords(String message) {
        String words = message == null ? "" : message.lines().findFirst().orElse("");
        String plain = words.replaceAll("\\bstart(ing| marker) at \\[Source", "begun at [Source")
                .replaceAll("\\[Source: [^\\]]*?line: (-?\\d+), column: (-?\\d+)]", "line $1, column $2")
                .replaceAll("\\b(\\w+\\.){2,}(?=[A-Z])", "")
                .replaceAll("( \\(index \\d+\\))?[:;] (not allowed as per )?`DeserializationFeature.*", "");
        return plain.length() > LONGEST_WORDS ? plain.substring(0, LONGEST_WORDS) + "…" : plain;
    }

    /** The known name nearest to {@code name} in edit distance, if it is near enough to be what was meant. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        String given = name.toLowerCase(Locale.ROOT);
        int limit = Math.max(1, name.length() / 3);
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

package org.unipelt;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Which known name somebody meant by an unknown one: the nearest by edit distance. */
public final class Suggestion {
    /** A longer list of names is not shown whole. */
    private static final int LONGEST_LIST = 600;

    private static final int NEAREST = 3;

    private Suggestion() {}

    /** The nearest known name, if it is near enough to be what was meant. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        String given = start(name).toLowerCase(Locale.ROOT);
        int limit = Math.max(1, given.length() / 3);
        LevenshteinDistance distance = new LevenshteinDistance(limit);
        record Near(String name, int distance) {}
        return known.stream()
                .map(k -> {
                    String candidate = k.toLowerCase(Locale.ROOT);
                    // Two swapped letters are two edits, and the commonest slip.
                    return new Near(k, sameLetters(given, candidate) ? 1 : distance.apply(given, candidate));
                })
                .filter(near -> near.distance() >= 0)
                .min(Comparator.comparingInt(Near::distance))
                .map(Near::name);
    }

    /** A question about the nearest name; without a near one all known names, or the nearest few of many. */
    static String orList(String name, Collection<String> known) {
        return nearest(name, known).map(near -> "did you mean '" + near + "'?").orElseGet(() -> list(name, known));
    }

    private static String list(String name, Collection<String> known) {
        String all = String.join(", ", known);
        if (known.isEmpty()) {
            return "there are none";
        }
        if (all.length() <= LONGEST_LIST) {
            return "known: " + all;
        }
        return few(name, known);
    }

    /** A question about the nearest name, or the nearest few. */
    static String orFew(String name, Collection<String> known) {
        return nearest(name, known).map(near -> "did you mean '" + near + "'?").orElseGet(() -> few(name, known));
    }

    private static String few(String name, Collection<String> known) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        String start = start(name);
        return "the nearest of " + known.size() + " known: "
                + known.stream()
                        .sorted(Comparator.comparingInt(candidate -> distance.apply(start, candidate)))
                        .limit(NEAREST)
                        .collect(Collectors.joining(", "));
    }

    private static String start(String name) {
        return name.substring(0, Math.min(LONGEST_LIST, name.length()));
    }

    private static boolean sameLetters(String one, String other) {
        return Arrays.equals(
                one.chars().sorted().toArray(), other.chars().sorted().toArray());
    }
}

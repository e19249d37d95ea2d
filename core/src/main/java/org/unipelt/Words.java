package org.unipelt;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Converts enum constants to words and back: {@code MACRO_F1} is {@code macro-f1}. Only this class does so. */
public final class Words {
    private Words() {}

    /** Returns the word for a constant. */
    public static String of(Enum<?> constant) {
        return of(constant.name());
    }

    /** Returns the word for a constant's name. */
    public static String of(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the words for all constants of a type, in their order. */
    public static <E extends Enum<E>> List<String> all(Class<E> type) {
        return Stream.of(type.getEnumConstants()).map(Words::of).toList();
    }

    /**
     * Returns the constant for a word, ignoring case.
     *
     * @param kind the kind of thing named, for the message, e.g. {@code "metric"}
     * @throws InputException if there is none; suggests the nearest word, or lists all
     */
    public static <E extends Enum<E>> E constant(Class<E> type, String kind, String word) {
        return constant(List.of(type.getEnumConstants()), kind, word);
    }

    /** Returns the constant for a word, from the given constants only. */
    public static <E extends Enum<E>> E constant(Collection<E> known, String kind, String word) {
        return known.stream()
                .filter(constant -> of(constant).equalsIgnoreCase(word.strip()))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        kind, word, known.stream().map(Words::of).toList()));
    }
}

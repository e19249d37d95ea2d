package org.unipelt;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Constants as people write them: {@code MACRO_F1} is {@code macro-f1}. The one place that turns one into the other. */
public final class Words {
    private Words() {}

    /** The word for a constant. */
    public static String of(Enum<?> constant) {
        return of(constant.name());
    }

    /** The word for the constant of a name. */
    public static String of(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The words for all constants of a type, in their order. */
    public static <E extends Enum<E>> List<String> all(Class<E> type) {
        return Stream.of(type.getEnumConstants()).map(Words::of).toList();
    }

    /**
     * The constant of a word; upper and lower case are the same.
     *
     * @param kind what is named, e.g. {@code "metric"}
     * @throws InputException if there is none; suggests the nearest, or lists all
     */
    public static <E extends Enum<E>> E constant(Class<E> type, String kind, String word) {
        return constant(List.of(type.getEnumConstants()), kind, word);
    }

    /** The same of some constants only. */
    public static <E extends Enum<E>> E constant(Collection<E> known, String kind, String word) {
        return known.stream()
                .filter(constant -> of(constant).equalsIgnoreCase(word.strip()))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        kind, word, known.stream().map(Words::of).toList()));
    }
}

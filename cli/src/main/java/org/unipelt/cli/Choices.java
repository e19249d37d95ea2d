package org.unipelt.cli;

import java.util.Arrays;
import java.util.Locale;
import org.unipelt.InputException;
import picocli.CommandLine.ITypeConverter;

/** Reads a constant as it is written on a command line, in small letters. */
record Choices<E extends Enum<E>>(Class<E> type) implements ITypeConverter<E> {
    @Override
    public E convert(String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> word(value).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "value",
                        text,
                        Arrays.stream(type.getEnumConstants())
                                .map(Choices::word)
                                .toList()));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

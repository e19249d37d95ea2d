package org.unipelt.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.unipelt.InputException;

/**
 * The part in brackets of a method's text, {@code lora(rank=8,alpha=16)}: options by name, and methods within the method.
 * Each read names the option, its default and its bounds; {@link #finish} then refuses what nobody read.
 */
final class Options {
    private final String method;
    private final Map<String, String> given;
    private final List<Method> inner;
    private final Set<String> known = new LinkedHashSet<>();
    private boolean innerRead;

    Options(String method, Map<String, String> given, List<Method> inner) {
        this.method = method;
        this.given = given;
        this.inner = inner;
    }

    /** The text of a method: its name and every option in turn, so that a saved text outlives a change of defaults. */
    static String text(String method, Map<String, ?> options) {
        return method
                + options.entrySet().stream()
                        .map(option -> option.getKey() + "=" + option.getValue())
                        .collect(Collectors.joining(",", "(", ")"));
    }

    static String text(String method, Bottleneck bottleneck) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("bottleneck", bottleneck.width());
        options.put("activation", bottleneck.activation().text());
        options.put("init", bottleneck.init().text());
        return text(method, options);
    }

    /** A whole number without its {@code .0}. */
    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    int integer(String name, int byDefault, int least, int most) {
        String text = read(name);
        if (text == null) {
            return byDefault;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, with the bounds.
        }
        throw wrong(name, text, "a whole number from " + least + " to " + most);
    }

    /** A number from {@code least} up to, and not including, {@code below}. */
    double number(String name, double byDefault, double least, double below) {
        String text = read(name);
        if (text == null) {
            return byDefault;
        }
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value < below) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, with the bounds.
        }
        throw wrong(
                name,
                text,
                "a number of at least " + number(least)
                        + (below < Double.POSITIVE_INFINITY ? " and below " + number(below) : ""));
    }

    <E extends Enum<E>> E choice(String name, E byDefault) {
        String text = read(name);
        if (text == null) {
            return byDefault;
        }
        E[] all = byDefault.getDeclaringClass().getEnumConstants();
        return Arrays.stream(all)
                .filter(value -> word(value).equals(text))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "value of " + method + "'s " + name,
                        text,
                        Arrays.stream(all).map(Options::word).toList()));
    }

    /** A constant as it is written in a method's text. */
    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Values joined by {@code +}. */
    List<String> list(String name, String byDefault) {
        String text = read(name);
        return List.of((text == null ? byDefault : text).split("\\+", -1));
    }

    Bottleneck bottleneck(String activation) {
        return new Bottleneck(
                integer("bottleneck", 48, 1, 65_536),
                choice("activation", Bottleneck.Activation.valueOf(activation.toUpperCase(Locale.ROOT))),
                choice("init", Bottleneck.Start.BERT));
    }

    List<Method> methods() {
        innerRead = true;
        return inner;
    }

    /** The method that was read, after a check that nothing of the text was left unread. */
    Method finish(Method read) {
        List<String> unread = new ArrayList<>(given.keySet());
        unread.removeAll(known);
        if (!unread.isEmpty()) {
            throw InputException.unknown("option of " + method, unread.get(0), known);
        }
        if (!innerRead && !inner.isEmpty()) {
            throw new InputException("'" + method + "' cannot hold another method; methods are combined by unipelt,"
                    + " e.g. unipelt(adapter,prefix,lora)");
        }
        return read;
    }

    private String read(String name) {
        known.add(name);
        return given.get(name);
    }

    private InputException wrong(String name, String text, String allowed) {
        return new InputException(method + ": " + name + " must be " + allowed + ", got '" + text + "'");
    }
}

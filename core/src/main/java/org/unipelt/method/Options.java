package org.unipelt.method;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.backbone.Place;

/**
 * The part in brackets of a method's text, {@code lora(rank=8,alpha=16)}: options by name, and methods within the
 * method. Each read names the option, its default and its bounds; then {@link #finish} refuses the options that nobody
 * read.
 *
 * <p>For one thread.
 */
public final class Options {
    private final String method;
    private final MethodText text;
    /** Finds the places that a base model's own name for them means; empty if it is none. */
    private final Function<String, Set<Place>> modules;

    /** Every option that was asked for, by name. */
    private final Map<String, Known> known = new LinkedHashMap<>();

    private final List<Options> values = new ArrayList<>();
    private boolean innerRead;

    /**
     * An option that a method reads.
     *
     * @param byDefault its value if it is left out
     * @param values the allowed values in words
     */
    record Known(String byDefault, String values) {}

    Options(MethodText text, Function<String, Set<Place>> modules) {
        this.method = text.word();
        this.text = text;
        this.modules = modules;
    }

    /** The word before the bracket. */
    String word() {
        return method;
    }

    /** Every option that was asked for so far, by name. */
    Map<String, Known> known() {
        return Collections.unmodifiableMap(known);
    }

    /** The options of the values that may have some, in the order in which they were asked for. */
    List<Options> values() {
        return Collections.unmodifiableList(values);
    }

    /** An option whose value may have options itself, {@code form=bottleneck(rank=8)}. */
    public Options within(String name, String byDefault) {
        return within(name, byDefault, "a word, which may have options in brackets");
    }

    /**
     * The same.
     *
     * @param allowed the allowed values in words
     */
    Options within(String name, String byDefault, String allowed) {
        known.put(name, new Known(byDefault, allowed));
        Options value = new Options(
                text.given().containsKey(name) ? text.given().get(name) : MethodText.parse(byDefault), modules);
        values.add(value);
        return value;
    }

    /** The one number in the bracket, {@code scale(4)}, from {@code least} up to, and not including, {@code below}. */
    public double argument(String example, double least, double below) {
        innerRead = true;
        if (text.inner().size() != 1 || text.inner().get(0).bracket()) {
            throw new InputException(method + " takes one number, e.g. " + example);
        }
        return number("its number", text.inner().get(0).word(), least, below);
    }

    /** The text of a method: its name and every option, so that a saved text keeps its meaning if a default changes. */
    public static String text(String method, Map<String, ?> options) {
        return method
                + options.entrySet().stream()
                        .map(option -> option.getKey() + "=" + option.getValue())
                        .collect(Collectors.joining(",", "(", ")"));
    }

    /** A whole number without its {@code .0}. */
    public static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** A whole number from {@code least} to {@code most}. */
    public int integer(String name, int byDefault, int least, int most) {
        String allowed = "a whole number from " + least + " to " + most;
        String text = read(name, Integer.toString(byDefault), allowed);
        if (text == null) {
            return byDefault;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The message below names the bounds.
        }
        throw wrong(name, text, allowed);
    }

    /** A number from {@code least} up to, and not including, {@code below}. */
    public double number(String name, double byDefault, double least, double below) {
        String text = read(name, number(byDefault), bounds(least, below));
        return text == null ? byDefault : number(name, text, least, below);
    }

    /** Numbers joined by {@code +}, each from {@code least} up to, and not including, {@code below}. */
    public List<Double> numbers(String name, double byDefault, double least, double below) {
        return list(name, number(byDefault), bounds(least, below) + ", or several joined by +").stream()
                .map(text -> number(name, text, least, below))
                .toList();
    }

    private double number(String name, String text, double least, double below) {
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value < below) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The message below names the bounds.
        }
        throw wrong(name, text, bounds(least, below));
    }

    private static String bounds(double least, double below) {
        return "a number of at least " + number(least)
                + (below < Double.POSITIVE_INFINITY ? " and below " + number(below) : "");
    }

    /** One of the constants of an enum, as a word. */
    public <E extends Enum<E>> E choice(String name, E byDefault) {
        String text = read(name, word(byDefault), String.join(", ", Words.all(byDefault.getDeclaringClass())));
        if (text == null) {
            return byDefault;
        }
        return Words.constant(byDefault.getDeclaringClass(), "value of " + method + "'s " + name, text);
    }

    /** A constant as method texts have it. */
    public static String word(Enum<?> value) {
        return Words.of(value);
    }

    /** Places as method texts have them. */
    public static String places(Set<Place> places) {
        return places.stream().map(Place::text).collect(Collectors.joining("+"));
    }

    /** Places joined by {@code +}; {@code reason} says why only {@code allowed} ones are possible. */
    public Set<Place> places(String name, String byDefault, Set<Place> allowed, String reason) {
        Set<Place> places = EnumSet.noneOf(Place.class);
        for (String word : list(name, byDefault, oneOrMore(allowed))) {
            Set<Place> meant = Arrays.stream(Place.values())
                    .filter(candidate -> candidate.text().equals(word))
                    .findFirst()
                    .<Set<Place>>map(EnumSet::of)
                    .orElseGet(() -> named(word));
            if (meant.isEmpty()) {
                throw PeerWords.unknownPlace(
                        "place in " + method + "'s " + name,
                        word,
                        allowed.stream().map(Place::text).toList());
            }
            if (!allowed.containsAll(meant)) {
                throw new InputException(method + ": " + name + "=" + word + " is not possible: " + reason);
            }
            places.addAll(meant);
        }
        return places;
    }

    /** Some of these places in words. */
    static String oneOrMore(Set<Place> allowed) {
        return allowed.stream().map(Place::text).collect(Collectors.joining(", "))
                + (allowed.size() == 1 ? "" : ", or several joined by +");
    }

    /** The places of the modules that the base model calls so; empty if there are none, or no base model is known. */
    Set<Place> named(String module) {
        return modules.apply(module.strip());
    }

    /** Refuses an option that exists elsewhere and means nothing here. */
    public void refuse(String name, String reason) {
        if (text.given().containsKey(name)) {
            throw new InputException(method + ": " + name + " has no meaning here: " + reason);
        }
    }

    /** Values joined by {@code +}. */
    public List<String> list(String name, String byDefault) {
        return list(name, byDefault, "words joined by +");
    }

    /**
     * The same.
     *
     * @param allowed the allowed values in words
     */
    List<String> list(String name, String byDefault, String allowed) {
        String text = read(name, byDefault, allowed);
        return List.of((text == null ? byDefault : text).split("\\+", -1));
    }

    /** A word. */
    public String word(String name, String byDefault) {
        return word(name, byDefault, "a word");
    }

    /**
     * The same.
     *
     * @param allowed the allowed values in words
     */
    String word(String name, String byDefault, String allowed) {
        String text = read(name, byDefault, allowed);
        return text == null ? byDefault : text;
    }

    /** The methods in the bracket. Read them after the options, whose names are not methods. */
    public List<Method> methods() {
        innerRead = true;
        demandValues();
        return text.inner().stream().map(inner -> Methods.build(inner, modules)).toList();
    }

    /** Checks that the whole text was read, and returns the method. */
    Method finish(Method read) {
        checkRead();
        demandValues();
        if (!innerRead && !text.inner().isEmpty()) {
            throw new InputException("'" + method + "' cannot hold another method; methods are combined by unipelt,"
                    + " e.g. 'unipelt(adapter,prefix,lora)'");
        }
        for (Options value : values) {
            value.checkRead();
            value.demandValues();
            if (!value.innerRead && !value.text.inner().isEmpty()) {
                throw new InputException(method + ": " + value.method + " takes options by name, got '"
                        + value.text.inner().get(0).word() + "'");
            }
        }
        return read;
    }

    private void checkRead() {
        Map<String, String> unread = new LinkedHashMap<>();
        text.given().forEach((name, value) -> {
            if (!known.containsKey(name)) {
                unread.put(name, value.word());
            }
        });
        if (!unread.isEmpty()) {
            Map<String, String> defaults = new LinkedHashMap<>();
            known.forEach((name, option) -> defaults.put(name, option.byDefault()));
            throw PeerWords.unknownOptions(
                    method, unread, text.inner().stream().map(MethodText::word).toList(), defaults);
        }
    }

    /** An option without its value looks like a method within the method. */
    private void demandValues() {
        for (MethodText inner : text.inner()) {
            if (known.containsKey(inner.word())) {
                throw new InputException(method + ": option '" + inner.word() + "' needs a value, as in " + inner.word()
                        + "=" + known.get(inner.word()).byDefault());
            }
        }
    }

    private @Nullable String read(String name, String byDefault, String allowed) {
        known.put(name, new Known(byDefault, allowed));
        MethodText value = text.given().get(name);
        if (value == null) {
            return null;
        }
        if (value.bracket()) {
            throw new InputException(
                    method + ": " + name + " takes a value without a bracket, got '" + value.word() + "('");
        }
        return value.word();
    }

    /** The mistake of a value that is not allowed. */
    InputException wrong(String name, String text, String allowed) {
        return new InputException(method + ": " + name + " must be " + allowed + ", got '" + text + "'");
    }
}

package org.unipelt.method;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.backbone.Place;

/**
 * A method's text, or an option's value, as a tree: {@code scale(4)}, {@code lora(rank=8)}.
 *
 * <pre>
 *   text = word [ '(' [ item { ',' item } ] ')' ]
 *   item = word '=' text  |  text
 * </pre>
 *
 * @param bracket whether there is a bracket after the word
 * @param given the items of the bracket that have names
 * @param inner the items without names
 */
public record MethodText(String word, boolean bracket, Map<String, MethodText> given, List<MethodText> inner) {
    /** Copies the items. */
    public MethodText {
        Objects.requireNonNull(word, "word is null");
        Objects.requireNonNull(given, "given is null");
        Objects.requireNonNull(inner, "inner is null");
        given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
        inner = List.copyOf(inner);
    }

    /** Returns the text of a method, which has every option. */
    public static MethodText of(Method method) {
        Objects.requireNonNull(method, "method is null");
        return parse(method.toString());
    }

    /**
     * Returns an option's value.
     *
     * @throws IllegalArgumentException if the text does not have it
     */
    public MethodText value(String option) {
        Objects.requireNonNull(option, "option is null");
        MethodText value = given.get(option);
        if (value == null) {
            throw new IllegalArgumentException(word + " does not say its " + option);
        }
        return value;
    }

    /**
     * Returns its word as a number.
     *
     * @throws IllegalArgumentException if it is none
     */
    public double number() {
        return Double.parseDouble(word);
    }

    /**
     * Returns the places that its word names, e.g. {@code query+value}.
     *
     * @throws InputException if it names something else
     */
    public Set<Place> places() {
        Set<Place> places = EnumSet.noneOf(Place.class);
        for (String name : word.split("\\+", -1)) {
            places.add(Words.constant(Place.class, "place", name));
        }
        return places;
    }

    /**
     * Parses a text; it ignores white space.
     *
     * @throws InputException if the text does not have that form; says where
     */
    public static MethodText parse(String text) {
        Objects.requireNonNull(text, "text is null");
        Reader reader = new Reader(text.replaceAll("\\s+", ""));
        MethodText read = reader.text("a method's name", "an option or a method");
        reader.end();
        return read;
    }

    /** Recursive descent. */
    private static final class Reader {
        /** Twice what a right text needs, so that the message for a wrong one can name the real mistake. */
        private static final int DEEPEST = 6;
        /** How much of a text a message repeats. */
        private static final int SHOWN = 200;

        private final String text;
        private int at;
        private int depth;

        Reader(String text) {
            this.text = text;
        }

        MethodText text(String what, String items) {
            return rest(word(what), items);
        }

        private MethodText rest(String word, String items) {
            Map<String, MethodText> given = new LinkedHashMap<>();
            List<MethodText> inner = new ArrayList<>();
            boolean bracket = accept('(');
            if (++depth > DEEPEST) {
                throw wrong("too many brackets within brackets");
            }
            if (bracket && !accept(')')) {
                do {
                    String item = word(items);
                    if (!accept('=')) {
                        inner.add(rest(item, items));
                    } else if (given.put(item, text("a value for " + item, "an option or a value")) != null) {
                        throw wrong("'" + item + "' is given twice");
                    }
                } while (accept(','));
                if (!accept(')')) {
                    throw wrong("expected ',' or ')'");
                }
            }
            depth--;
            return new MethodText(word, bracket, given, inner);
        }

        void end() {
            if (at < text.length()) {
                throw wrong(
                        text.charAt(at) == '='
                                ? "options stand in brackets, as in 'lora(rank=4)'"
                                : "nothing expected after the method");
            }
        }

        private boolean accept(char c) {
            boolean there = at < text.length() && text.charAt(at) == c;
            at += there ? 1 : 0;
            return there;
        }

        private String word(String what) {
            int start = at;
            while (at < text.length() && "(),=".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            if (at == start) {
                throw wrong("expected " + what);
            }
            return text.substring(start, at);
        }

        private InputException wrong(String what) {
            String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
            return new InputException("method '" + shown + "': " + what + " at character " + (at + 1));
        }
    }
}

package org.unipelt.data;

import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.unipelt.InputException;

/**
 * Examples in a fixed order, with the name of their source. Immutable, so any number of threads may share it.
 *
 * @param name the source in error messages, usually the file
 * @param examples the examples, in the file's order or in the order they were drawn
 */
public record Dataset(String name, List<Example> examples) implements Iterable<Example> {
    /** What messages call the rows of a program, which come from no file. */
    private static final String OWN = "the program's rows";

    /** Copies the list. */
    public Dataset {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(examples, "examples is null");
        examples.forEach(example -> Objects.requireNonNull(example, "an example is null"));
        examples = List.copyOf(examples);
    }

    /** Returns a program's own examples; messages call them "the program's rows". */
    public static Dataset of(Collection<Example> examples) {
        Objects.requireNonNull(examples, "examples is null");
        return new Dataset(OWN, List.copyOf(examples));
    }

    /**
     * Returns labelled examples of a program's own rows, e.g. {@code Dataset.of(tickets, Ticket::text, Ticket::topic)}.
     *
     * @param text gives a row's text
     * @param label gives a row's label: a class's name, an enum's constant, or a number for scores. Its {@code toString()}
     *     counts, without blanks around it
     * @throws InputException if rows are null, or have no text or label; the message has number and reason of the first
     *     20
     */
    public static <R> Dataset of(Collection<R> rows, Function<? super R, String> text, Function<? super R, ?> label) {
        Objects.requireNonNull(rows, "rows is null");
        return of(rows.stream(), text, label);
    }

    /** Returns labelled examples of a stream's rows; see {@link #of(Collection, Function, Function)}. */
    public static <R> Dataset of(Stream<R> rows, Function<? super R, String> text, Function<? super R, ?> label) {
        Objects.requireNonNull(rows, "rows is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(label, "label is null");
        return ofRows(rows, List.of(text), label);
    }

    /**
     * Returns labelled pairs of texts; see {@link #of(Collection, Function, Function)}.
     *
     * @param text gives the first text
     * @param pair gives the second text
     */
    public static <R> Dataset of(
            Collection<R> rows,
            Function<? super R, String> text,
            Function<? super R, String> pair,
            Function<? super R, ?> label) {
        Objects.requireNonNull(rows, "rows is null");
        return of(rows.stream(), text, pair, label);
    }

    /** Returns labelled pairs of texts of a stream's rows; see {@link #of(Collection, Function, Function, Function)}. */
    public static <R> Dataset of(
            Stream<R> rows,
            Function<? super R, String> text,
            Function<? super R, String> pair,
            Function<? super R, ?> label) {
        Objects.requireNonNull(rows, "rows is null");
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
        Objects.requireNonNull(label, "label is null");
        return ofRows(rows, List.of(text, pair), label);
    }

    private static <R> Dataset ofRows(
            Stream<R> rows, List<Function<? super R, String>> texts, Function<? super R, ?> label) {
        CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
        BadRows bad = new BadRows(OWN);
        List<Example> examples = new ArrayList<>();
        Iterator<R> all = rows.iterator();
        for (int row = 0; all.hasNext(); row++) {
            R next = all.next();
            if (next == null) {
                bad.addExample(row, "is null");
                continue;
            }
            List<String> read = new ArrayList<>();
            texts.forEach(text -> read.add(text.apply(next)));
            Object given = label.apply(next);
            String name = given == null ? "" : given.toString().strip();
            Optional<String> problem = problem(read, name, utf8);
            if (problem.isPresent()) {
                bad.addExample(row, problem.get());
            } else {
                examples.add(new Example(read.get(0), read.stream().skip(1).findFirst(), Optional.of(name), 0));
            }
        }
        bad.throwIfAny();
        return new Dataset(OWN, examples);
    }

    private static Optional<String> problem(List<String> texts, String label, CharsetEncoder utf8) {
        for (String text : texts) {
            if (text == null || Example.blank(text)) {
                return Optional.of("its text is " + (text == null ? "null" : "blank"));
            }
        }
        if (Example.blank(label)) {
            return Optional.of("its label is null or blank");
        }
        // No tokenizer can read half a character.
        return texts.stream().allMatch(utf8::canEncode) && utf8.canEncode(label)
                ? Optional.empty()
                : Optional.of("holds half a surrogate pair");
    }

    /**
     * Checks that all examples are pairs of texts, or none is.
     *
     * @throws InputException if they are mixed; the message has number and line of the first 20 that differ from the first
     */
    public void requireOneForm() {
        BadRows bad = new BadRows(name);
        for (int i = 0; i < size(); i++) {
            if (get(i).pair().isPresent() != pairs()) {
                bad.add(
                        get(i),
                        i,
                        pairs()
                                ? "has no second text, but the first has"
                                : "has a second text, but the first has none");
            }
        }
        bad.throwIfAny();
    }

    /** Returns the number of examples. */
    public int size() {
        return examples.size();
    }

    /** Returns the example at a place, from 0. */
    public Example get(int index) {
        return examples.get(index);
    }

    @Override
    public Iterator<Example> iterator() {
        return examples.iterator();
    }

    /**
     * Returns the examples at these places, in this order, under the same name.
     *
     * @throws IndexOutOfBoundsException if a place does not exist
     */
    public Dataset subset(int... places) {
        Objects.requireNonNull(places, "places is null");
        return new Dataset(name, Arrays.stream(places).mapToObj(examples::get).toList());
    }

    /** Returns whether the examples are pairs of texts; false for an empty set. */
    public boolean pairs() {
        return !examples.isEmpty() && examples.get(0).pair().isPresent();
    }

    /**
     * Returns the SHA-256 of texts and labels in their order, as 64 hexadecimal digits. It depends on every text, every
     * label and the order, but not on the file's name, format or compression.
     */
    public String fingerprint() {
        MessageDigest digest = sha256();
        for (Example example : examples) {
            add(digest, Optional.of(example.text()));
            add(digest, example.pair());
            add(digest, example.label());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Adds presence, length and bytes, so that different lists of fields give different bytes. */
    private static void add(MessageDigest digest, Optional<String> field) {
        byte[] bytes = field.orElse("").getBytes(StandardCharsets.UTF_8);
        digest.update((field.isPresent() ? "+" : "-").getBytes(StandardCharsets.US_ASCII));
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

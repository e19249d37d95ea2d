package org.unipelt.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Examples in a fixed order, with the name of their source. Immutable.
 *
 * @param name the source in error messages, usually the file
 * @param examples the examples, in the file's order or in the order they were drawn
 */
public record Dataset(String name, List<Example> examples) implements Iterable<Example> {
    /** Copies the list. */
    public Dataset {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(examples, "examples is null");
        examples.forEach(example -> Objects.requireNonNull(example, "an example is null"));
        examples = List.copyOf(examples);
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

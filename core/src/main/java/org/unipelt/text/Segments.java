package org.unipelt.text;

import java.util.Objects;
import java.util.Optional;

/**
 * One input of the model: a text, or a pair of texts.
 *
 * @param text the text, or the first of a pair; may be empty
 * @param pair the second text
 */
public record Segments(String text, Optional<String> pair) {
    /** Checks that nothing is null. */
    public Segments {
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
    }

    /** Returns an input of one text. */
    public static Segments of(String text) {
        return new Segments(text, Optional.empty());
    }

    /** Returns an input of a pair of texts. */
    public static Segments of(String text, String pair) {
        Objects.requireNonNull(pair, "pair is null");
        return new Segments(text, Optional.of(pair));
    }
}

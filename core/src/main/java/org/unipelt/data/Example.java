package org.unipelt.data;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * One text, or one pair of texts, with its label where it has one.
 *
 * @param text the text, or the first of the pair; not blank unless there is a second
 * @param pair the second text
 * @param label the label as written in the data: a class name, or a number for regression; none when predicting
 * @param line the line it stood on in its file, from 1; 0 if it comes from no file
 */
public record Example(String text, Optional<String> pair, Optional<String> label, int line) {
    /** Checks that there is something to read. */
    public Example {
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
        Objects.requireNonNull(label, "label is null");
        if (text.isBlank() && pair.isEmpty()) {
            throw new InputException("an example's text is blank; give a text with at least one visible character");
        }
        label.ifPresent(given -> {
            if (given.isBlank()) {
                throw new InputException("an example's label is blank; give a label, or none at all");
            }
        });
        if (line < 0) {
            throw new IllegalArgumentException("line " + line);
        }
    }

    /** A text to predict a label for. */
    public static Example of(String text) {
        return new Example(text, Optional.empty(), Optional.empty(), 0);
    }

    /** A pair of texts to predict a label for. */
    public static Example ofPair(String text, String pair) {
        Objects.requireNonNull(pair, "pair is null");
        return new Example(text, Optional.of(pair), Optional.empty(), 0);
    }

    /** The same texts with a label. */
    public Example labelled(String label) {
        Objects.requireNonNull(label, "label is null");
        return new Example(text, pair, Optional.of(label), line);
    }
}

package org.unipelt.data;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * One text, or one pair of texts, with its label where it has one.
 *
 * @param text the text, or the first of the pair; not blank unless there is a second: a character is to be seen in it
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
        if (blank(text) && pair.isEmpty()) {
            throw new InputException("an example's text is blank; give a text with at least one visible character");
        }
        label.ifPresent(given -> {
            if (blank(given)) {
                throw new InputException("an example's label is blank; give a label, or none at all");
            }
        });
        if (line < 0) {
            throw new IllegalArgumentException("line " + line);
        }
    }

    /** Whether nothing is to be seen: no characters, or only spaces of any kind, control and format characters. */
    static boolean blank(String text) {
        // Those outside the basic plane are pairs of surrogates here, which are none of these.
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isWhitespace(c)
                    && !Character.isSpaceChar(c)
                    && !Character.isISOControl(c)
                    && Character.getType(c) != Character.FORMAT) {
                return false;
            }
        }
        return true;
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

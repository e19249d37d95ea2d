package org.unipelt.data;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * One text or one pair of texts, with its label if it has one. Immutable, so any number of threads may share it.
 *
 * @param text the text, or the first of the pair; must have a visible character unless there is a second text
 * @param pair the second text
 * @param label the label as written in the data: a class name, or a number for regression; of multi-label data the text
 *     of a {@link LabelSet}, of names found in texts that of a {@link SpanSet}; empty to predict
 * @param line its line in the file, from 1; 0 if it does not come from a file
 */
public record Example(String text, Optional<String> pair, Optional<String> label, int line) {
    /** Checks that the text and the label are not blank. */
    public Example {
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(pair, "pair is null");
        Objects.requireNonNull(label, "label is null");
        if (blank(text) && pair.isEmpty()) {
            throw new InputException("an example's text is blank; give a text with at least one visible character");
        }
        label.ifPresent(given -> {
            if (blank(given)) {
                throw new InputException("an example's label is blank; give a label, or leave it out");
            }
        });
        if (line < 0) {
            throw new IllegalArgumentException("line " + line);
        }
    }

    /** Returns whether nothing is visible: no characters, or only spaces, control characters and format characters. */
    static boolean blank(String text) {
        // Characters outside the basic plane are pairs of surrogates here, which count as visible.
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

    /** Returns a text to predict a label for. */
    public static Example of(String text) {
        return new Example(text, Optional.empty(), Optional.empty(), 0);
    }

    /** Returns a pair of texts to predict a label for. */
    public static Example ofPair(String text, String pair) {
        Objects.requireNonNull(pair, "pair is null");
        return new Example(text, Optional.of(pair), Optional.empty(), 0);
    }

    /** Returns the same texts with a set of labels, for multi-label data. */
    public Example labelled(LabelSet labels) {
        Objects.requireNonNull(labels, "labels is null");
        return labelled(labels.text());
    }

    /** Returns the same text with labelled spans, for names found in texts. */
    public Example labelled(SpanSet spans) {
        Objects.requireNonNull(spans, "spans is null");
        return labelled(spans.text());
    }

    /** Returns the same texts with a label. */
    public Example labelled(String label) {
        Objects.requireNonNull(label, "label is null");
        return new Example(text, pair, Optional.of(label), line);
    }
}

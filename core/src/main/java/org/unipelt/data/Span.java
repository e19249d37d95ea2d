package org.unipelt.data;

import java.util.Objects;
import org.unipelt.InputException;

/**
 * A part of a text and its label: a name found in the text. Offsets are Java's, so {@code text.substring(start, end)} is the
 * part. Files count code points instead, as Python does; {@link #ofCodePoints} and {@link #codePoints} convert.
 *
 * @param start the index of its first {@code char}, from 0
 * @param end the index after its last {@code char}
 * @param label its label, e.g. {@code person}
 */
public record Span(int start, int end, String label) {
    /** Checks that it holds something and has a label. */
    public Span {
        Objects.requireNonNull(label, "label is null");
        if (start < 0 || end <= start) {
            throw new InputException("a span from " + start + " to " + end
                    + " holds nothing; its start counts from 0, and its end is after its last character");
        }
        if (Example.blank(label)) {
            throw new InputException("the label of the span from " + start + " to " + end + " is blank");
        }
    }

    /**
     * Returns the span of a part of a text that is given by code points, as in files.
     *
     * @throws InputException if it holds nothing or reaches beyond the text
     */
    public static Span ofCodePoints(String text, int start, int end, String label) {
        Objects.requireNonNull(text, "text is null");
        Objects.requireNonNull(label, "label is null");
        int length = text.codePointCount(0, text.length());
        if (start < 0 || end > length || end <= start) {
            throw new InputException("the span from " + start + " to " + end + " is "
                    + (end <= start ? "empty" : "not in the text, which has " + length + " characters")
                    + "; offsets count code points from 0, and the end is after the last one");
        }
        int first = text.offsetByCodePoints(0, start);
        return new Span(first, text.offsetByCodePoints(first, end - start), label);
    }

    /** Returns an offset in a text as code points before it, as in files. */
    public static int codePoints(String text, int offset) {
        Objects.requireNonNull(text, "text is null");
        return text.codePointCount(0, offset);
    }

    /** Returns the part of a text. */
    public String of(String text) {
        Objects.requireNonNull(text, "text is null");
        return text.substring(start, end);
    }
}

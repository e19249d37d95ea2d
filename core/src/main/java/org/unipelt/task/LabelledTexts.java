package org.unipelt.task;

import java.util.List;
import org.unipelt.text.Encoding;

/**
 * Encoded texts with their right answers.
 *
 * @param texts one encoding per example
 * @param gold their right answers, in the same order
 */
public record LabelledTexts(List<Encoding> texts, Gold gold) {
    /** Checks that every text has an answer. */
    public LabelledTexts {
        if (texts.size() != gold.size()) {
            throw new IllegalArgumentException(texts.size() + " texts, " + gold.size() + " answers");
        }
        texts = List.copyOf(texts);
    }

    /** Returns the number of examples. */
    public int size() {
        return texts.size();
    }
}

package org.unipelt.task;

import java.util.List;
import org.unipelt.text.Encoding;

/**
 * Encoded texts with their right answers.
 *
 * @param texts one encoding per example
 * @param gold as many answers, in the same order
 */
public record LabelledTexts(List<Encoding> texts, Gold gold) {
    /** Checks that every text has its answer. */
    public LabelledTexts {
        if (texts.size() != gold.size()) {
            throw new IllegalArgumentException(texts.size() + " texts, " + gold.size() + " answers");
        }
        texts = List.copyOf(texts);
    }

    /** How many examples there are. */
    public int size() {
        return texts.size();
    }
}

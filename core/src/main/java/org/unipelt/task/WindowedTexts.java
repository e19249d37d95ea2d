package org.unipelt.task;

import java.util.ArrayList;
import java.util.List;
import org.unipelt.text.WordEncoding;

/**
 * Whole texts, cut into overlapping windows that a model can read, and joined again.
 *
 * @param texts the texts
 * @param windows the windows of all texts, text by text
 * @param textOf the text of each window, {@code [windows]}
 */
@SuppressWarnings("ArrayRecordComponent")
record WindowedTexts(List<WordEncoding> texts, List<WordEncoding.Window> windows, int[] textOf) {
    /** Cuts texts into windows of a length in tokens. */
    static WindowedTexts of(List<WordEncoding> texts, int length) {
        List<WordEncoding.Window> windows = new ArrayList<>();
        List<Integer> textOf = new ArrayList<>();
        for (int text = 0; text < texts.size(); text++) {
            for (WordEncoding.Window window : texts.get(text).windows(length)) {
                windows.add(window);
                textOf.add(text);
            }
        }
        return new WindowedTexts(
                List.copyOf(texts),
                List.copyOf(windows),
                textOf.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * Joins what windows gave: each word has its row of numbers from the one window that answers for it.
     *
     * @param byWindow {@code [windows][words][numbers]}
     * @return {@code [texts][words][numbers]}
     */
    float[][][] joined(float[][][] byWindow) {
        float[][][] joined = new float[texts.size()][][];
        for (int text = 0; text < joined.length; text++) {
            joined[text] = new float[texts.get(text).words().size()][];
        }
        for (int window = 0; window < byWindow.length; window++) {
            int[] words = windows.get(window).words();
            for (int i = 0; i < words.length; i++) {
                joined[textOf[window]][words[i]] = byWindow[window][i];
            }
        }
        return joined;
    }

    /** Returns an observer of windows for one of texts. */
    SequenceClassifier.BatchObserver observer(SequenceClassifier.BatchObserver ofTexts) {
        return rows -> {
            int[] mine = new int[rows.length];
            for (int i = 0; i < rows.length; i++) {
                mine[i] = textOf[rows[i]];
            }
            return ofTexts.of(mine);
        };
    }
}

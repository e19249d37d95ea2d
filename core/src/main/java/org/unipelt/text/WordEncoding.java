package org.unipelt.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A whole text as a model reads it, however long it is, with the words of {@link WordSplit} and the token that answers for
 * each: the one that holds the word's first character, which is the word's first sub-word. Words that share this token, as may
 * happen in {@code )."}, are one word here; a word of which the tokenizer keeps nothing is not there.
 *
 * @param encoding all tokens, with special ones
 * @param before the number of special tokens in front of the text
 * @param after the number of special tokens behind it
 * @param words the words, in their order
 * @param tokens the place of each word's token in the encoding, {@code [words]}
 */
// An array, because boxed numbers of a whole data set take five times the memory.
@SuppressWarnings("ArrayRecordComponent")
public record WordEncoding(Encoding encoding, int before, int after, List<WordSplit.Word> words, int[] tokens) {
    /** The share of a window that the next window reads again. */
    private static final double OVERLAP = 0.25;

    /** Checks that every word has a token. */
    public WordEncoding {
        words = List.copyOf(words);
        if (words.size() != tokens.length) {
            throw new IllegalArgumentException(words.size() + " words and " + tokens.length + " tokens");
        }
    }

    /**
     * A part of a text that fits a model.
     *
     * @param encoding its tokens, between the same special tokens as the whole text
     * @param words the words that this window answers for, by their places in the text, {@code [n]}
     * @param tokens the place of each of these words' tokens in this window, {@code [n]}
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Window(Encoding encoding, int[] words, int[] tokens) {}

    /** Returns whether the text is longer than a length, special tokens included. */
    public boolean isLongerThan(int length) {
        return encoding.length() > length;
    }

    /**
     * Returns the windows of a text: one if it fits, else as many as are needed for each to read a quarter of the one before
     * it again. A word belongs to the window in which the most tokens stand on both sides of it.
     *
     * <pre>
     *   [CLS] t1 t2 t3 t4 t5 t6 [SEP]
     *               [CLS] t5 t6 t7 t8 t9 t10 [SEP]        t5 belongs to the first window, t6 to the second
     * </pre>
     *
     * @param length the most tokens of a window, special ones included
     * @throws IllegalArgumentException if special tokens leave no room for others
     */
    public List<Window> windows(int length) {
        int room = length - before - after;
        if (room < 1) {
            throw new IllegalArgumentException("length " + length + " for " + before + " and " + after + " others");
        }
        int all = encoding.length() - before - after;
        List<Integer> starts = new ArrayList<>(List.of(0));
        int step = Math.max(1, room - (int) (OVERLAP * room));
        while (starts.get(starts.size() - 1) + room < all) {
            // The last window is as long as the others.
            starts.add(Math.min(starts.get(starts.size() - 1) + step, all - room));
        }
        List<Window> windows = new ArrayList<>();
        for (int start : starts) {
            int end = Math.min(all, start + room);
            int[] mine = new int[words.size()];
            int count = 0;
            for (int word = 0; word < tokens.length; word++) {
                if (best(starts, tokens[word] - before, room) == start) {
                    mine[count++] = word;
                }
            }
            int[] kept = Arrays.copyOf(mine, count);
            windows.add(new Window(
                    part(start, end),
                    kept,
                    Arrays.stream(kept).map(word -> tokens[word] - start).toArray()));
        }
        return windows;
    }

    /** Returns the start of the window with the most context for a token, the first of equally good ones. */
    private static int best(List<Integer> starts, int token, int room) {
        int best = 0;
        int most = -1;
        for (int start : starts) {
            int context = Math.min(token - start, start + room - 1 - token);
            if (context > most) {
                most = context;
                best = start;
            }
        }
        return best;
    }

    private Encoding part(int start, int end) {
        return new Encoding(part(encoding.ids(), start, end), part(encoding.tokenTypes(), start, end));
    }

    private int[] part(int[] all, int start, int end) {
        int[] part = new int[before + end - start + after];
        System.arraycopy(all, 0, part, 0, before);
        System.arraycopy(all, before + start, part, before, end - start);
        System.arraycopy(all, all.length - after, part, before + end - start, after);
        return part;
    }
}

package org.unipelt.text;

import java.util.Arrays;

/**
 * An input as the model reads it, with special tokens and without padding. The arrays belong to the encoding; do not
 * modify them.
 *
 * @param ids rows of the vocabulary, {@code [length]}
 * @param tokenTypes 0 for the first segment and its special tokens, 1 for the second, {@code [length]}
 */
// Arrays, because boxed lists of a whole data set take five times the memory; hence the explicit equality below.
@SuppressWarnings("ArrayRecordComponent")
public record Encoding(int[] ids, int[] tokenTypes) {
    /** Checks that every id has a token type. */
    public Encoding {
        if (ids.length == 0 || ids.length != tokenTypes.length) {
            throw new IllegalArgumentException(ids.length + " ids and " + tokenTypes.length + " types");
        }
    }

    /** The number of tokens. */
    public int length() {
        return ids.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Encoding that
                && Arrays.equals(ids, that.ids)
                && Arrays.equals(tokenTypes, that.tokenTypes);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.hashCode(tokenTypes);
    }

    @Override
    public String toString() {
        return "Encoding[ids=" + Arrays.toString(ids) + ", types=" + Arrays.toString(tokenTypes) + "]";
    }
}

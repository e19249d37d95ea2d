package org.unipelt.text;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Several encodings as one input of the model, padded at the end to one length. The tensors belong to the
 * {@link org.bytedeco.javacpp.PointerScope} that is open when the batch is created.
 *
 * @param ids rows of the vocabulary, Long {@code [batch, length]}; padding has the tokenizer's pad id
 * @param tokenTypes 0 for the first segment and for padding, 1 for the second, Long {@code [batch, length]}
 * @param attentionMask true for a real token, false for padding, Bool {@code [batch, length]}
 */
public record TokenBatch(Tensor ids, Tensor tokenTypes, Tensor attentionMask) {
    /** Checks that all three have the same shape. */
    public TokenBatch {
        long[] shape = ids.shape();
        if (shape.length != 2
                || !Arrays.equals(shape, tokenTypes.shape())
                || !Arrays.equals(shape, attentionMask.shape())) {
            throw new IllegalArgumentException("ids " + Arrays.toString(shape) + ", token types "
                    + Arrays.toString(tokenTypes.shape()) + ", attention mask " + Arrays.toString(attentionMask.shape())
                    + ": all must be [batch, length]");
        }
    }

    /** Creates a batch as long as its longest member. */
    public static TokenBatch of(List<Encoding> encodings, int padId) {
        return of(
                encodings,
                padId,
                encodings.stream().mapToInt(Encoding::length).max().orElse(0));
    }

    /**
     * Creates a batch of a given length.
     *
     * @param length the number of columns; no member may be longer
     */
    public static TokenBatch of(List<Encoding> encodings, int padId, int length) {
        if (encodings.isEmpty()) {
            throw new IllegalArgumentException("a batch has at least one member");
        }
        long[] ids = new long[encodings.size() * length];
        long[] tokenTypes = new long[ids.length];
        boolean[] attentionMask = new boolean[ids.length];
        Arrays.fill(ids, padId);
        for (int row = 0; row < encodings.size(); row++) {
            Encoding encoding = encodings.get(row);
            if (encoding.length() > length) {
                throw new IllegalArgumentException(
                        "an encoding of " + encoding.length() + " tokens in a batch of length " + length);
            }
            int from = row * length;
            for (int i = 0; i < encoding.length(); i++) {
                ids[from + i] = encoding.ids()[i];
                tokenTypes[from + i] = encoding.tokenTypes()[i];
                attentionMask[from + i] = true;
            }
        }
        long rows = encodings.size();
        return new TokenBatch(
                Tensor.create(ids, rows, length),
                Tensor.create(tokenTypes, rows, length),
                Tensor.create(attentionMask, rows, length));
    }

    /** Returns the number of members. */
    public int size() {
        return (int) ids.size(0);
    }

    /** Returns the number of columns: the padded length in tokens. */
    public int length() {
        return (int) ids.size(1);
    }
}

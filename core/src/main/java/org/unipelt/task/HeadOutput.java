package org.unipelt.task;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Compute;

/**
 * What the head's last map reads and gives for a text.
 *
 * @param vector what it reads {@code [hidden]}
 * @param logits what it gives {@code [outputs]}: one for each class or label, or one for a score
 */
public record HeadOutput(float[] vector, float[] logits) {
    /** Computes a batch. */
    @FunctionalInterface
    interface Batch {
        /**
         * Computes some of the texts, inside a scope and without gradients.
         *
         * @param into takes what they give
         */
        void compute(int[] rows, Reader into);
    }

    /** Takes the outputs of batches to the places of their rows. */
    static final class Reader {
        private final float[][] vectors;
        private final float[][] logits;

        private Reader(float[][] vectors, float[][] logits) {
            this.vectors = vectors;
            this.logits = logits;
        }

        /**
         * Copies the outputs of some rows.
         *
         * @param vectors {@code [batch, hidden]}
         * @param logits {@code [batch, outputs]}
         */
        void read(int[] rows, Tensor vectors, Tensor logits) {
            RowsByLength.read(vectors, rows, this.vectors);
            RowsByLength.read(logits, rows, this.logits);
        }
    }

    /**
     * The outputs of texts, in their order; see {@link RowsByLength#compute}.
     *
     * @param lengths how many tokens each text has
     * @param batch called from several threads
     */
    static List<HeadOutput> compute(Compute compute, int[] lengths, Batch batch) {
        float[][] vectors = new float[lengths.length][];
        float[][] logits =
                RowsByLength.compute(compute, lengths, (rows, into) -> batch.compute(rows, new Reader(vectors, into)));
        return IntStream.range(0, lengths.length)
                .mapToObj(row -> new HeadOutput(vectors[row], logits[row]))
                .toList();
    }
}

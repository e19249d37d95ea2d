package org.unipelt.task;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.tensor.Compute;
import org.unipelt.text.BatchPlan;

/** Computes one vector for each of many rows, rows of like length in one batch, on all workers. */
final class RowsByLength {
    /** Computes a batch. */
    @FunctionalInterface
    interface Batch {
        /**
         * Computes some of the rows, inside a scope and without gradients.
         *
         * @param into gets the vector of each row, at the row's number
         */
        void compute(int[] rows, float[][] into);
    }

    private RowsByLength() {}

    /**
     * The vectors of all rows {@code [rows][width]}, in their order.
     *
     * @param lengths how many tokens each row has
     * @param batch called from several threads
     */
    static float[][] compute(Compute compute, int[] lengths, Batch batch) {
        float[][] computed = new float[lengths.length][];
        List<Callable<Void>> pieces =
                BatchPlan.sorted(lengths, compute.predictTexts(lengths.length), compute.predictTokens()).stream()
                        .<Callable<Void>>map(rows -> () -> {
                            try (PointerScope scope = new PointerScope();
                                    NoGradGuard frozen = new NoGradGuard()) {
                                batch.compute(rows, computed);
                            }
                            return null;
                        })
                        .toList();
        compute.all(pieces);
        return computed;
    }

    /** Copies the vectors {@code [batch, width]} of some rows to their places. */
    static void read(Tensor vectors, int[] rows, float[][] into) {
        int width = (int) vectors.size(1);
        float[] values = new float[rows.length * width];
        vectors.cpu().contiguous().data_ptr_float().get(values);
        for (int i = 0; i < rows.length; i++) {
            into[rows[i]] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
    }

    /**
     * Checks a row's vector.
     *
     * @throws ArithmeticException if a number is not finite
     */
    static void requireFinite(float... vector) {
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new ArithmeticException("a text gives " + value + " instead of a finite number");
            }
        }
    }
}

package org.unipelt.tensor;

import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A frozen linear map as the fastest product of a precision reads it. A plain product sorts the map's numbers into blocks each
 * time; a packed map has them so once and for all. That is most of a product of few rows: those of one text.
 *
 * <p>For predicting only: autograd does not know these products. Any number of threads may use a map.
 */
public interface PackedMap extends AutoCloseable {
    /**
     * An input in the form that the maps of a precision read.
     *
     * @param x {@code [.., in]}
     * @param numbers those of {@code x} in the type of the products
     * @param scale what the numbers of each row are multiplied by {@code [rows, 1]}, if they are rounded
     */
    record Input(Tensor x, Tensor numbers, Optional<Tensor> scale) {}

    /** An input for this map and any other of its precision. It belongs to the current scope. */
    Input read(Tensor x);

    /**
     * {@code W x + b}, {@code [.., in]} to {@code [.., out]}. The result belongs to the current scope.
     *
     * @param x what {@link #read} gave
     * @param bias {@code [out]}, if there is one
     */
    Tensor apply(Input x, Optional<Tensor> bias);

    /** The same for an input that no other map reads. */
    default Tensor apply(Tensor x, Optional<Tensor> bias) {
        return apply(read(x), bias);
    }

    /**
     * Whether this map computes what a plain product computes, for several numbers of rows. libtorch's operator gives wrong
     * numbers for some shapes, such as 100 outputs in 32 bits, and says nothing.
     *
     * @param weight the weight {@code [out, in]} that was packed
     */
    default boolean agreesWith(Tensor weight) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            ScalarType type = weight.scalar_type();
            for (long rows : new long[] {1, 5, 33, 130}) {
                // Numbers that differ from row to row and from column to column.
                Tensor x = torch.arange(new Scalar(rows * weight.size(1)))
                        .to(ScalarType.Float)
                        .mul_(new Scalar(0.7))
                        .sin_()
                        .view(rows, weight.size(1))
                        .to(type);
                Tensor plain = torch.linear(x, weight).to(ScalarType.Float);
                Tensor error = apply(x, Optional.empty()).to(ScalarType.Float).sub_(plain);
                if (!(error.norm().item_double() <= TOLERANCE * plain.norm().item_double())) {
                    return false;
                }
            }
            return true;
        }
    }

    /** How far products may be from plain ones: 8 bits come near it, and a wrong order of the numbers is far beyond. */
    double TOLERANCE = 0.1;

    /** Frees the map's numbers. */
    @Override
    void close();
}

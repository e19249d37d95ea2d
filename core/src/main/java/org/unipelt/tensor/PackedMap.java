package org.unipelt.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A frozen linear map as the fastest product of a precision reads it. A plain product sorts the map's numbers into blocks each
 * time; a packed map has them so once and for all. That is most of a product of few rows: those of one text.
 *
 * <p>For predicting only: autograd does not know these products. Any number of threads may use a map.
 */
public interface PackedMap extends AutoCloseable {
    /**
     * {@code W x + b}, {@code [.., in]} to {@code [.., out]}. The result belongs to the current scope.
     *
     * @param bias {@code [out]}, if there is one
     */
    Tensor apply(Tensor x, Optional<Tensor> bias);

    /** Frees the map's numbers. */
    @Override
    void close();
}

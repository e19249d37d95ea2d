package org.unipelt.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/** A tensor's own memory as byte buffers: what files are read into and checksums are made of, without a copy. */
public final class TensorMemory {
    /** Bytes of one buffer: far below the 2 GiB it could have, large enough that their number costs nothing. */
    public static final int CHUNK = 1 << 24;

    private TensorMemory() {}

    /**
     * The bytes from {@code from} on, at most {@value #CHUNK} of them, little-endian. Writing to the buffer writes to the
     * tensor. The buffer does not keep the tensor alive: use it only while something else does.
     *
     * @param tensor on the CPU and contiguous
     * @param from a multiple of {@value #CHUNK}, or any other byte of the tensor
     */
    public static ByteBuffer bytes(Tensor tensor, long from) {
        if (from < 0 || from > tensor.nbytes() || !tensor.is_contiguous()) {
            throw new IllegalArgumentException("byte " + from + " of a tensor of " + tensor.nbytes()
                    + (tensor.is_contiguous() ? "" : ", which is not contiguous"));
        }
        if (from == tensor.nbytes()) {
            return ByteBuffer.allocate(0);
        }
        return new BytePointer(tensor.data_ptr())
                .getPointer(from)
                .capacity(Math.min(tensor.nbytes() - from, CHUNK))
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}

package org.unipelt.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/** A tensor's memory as byte buffers, for reading files and computing checksums without a copy. */
public final class TensorMemory {
    /** The size of one buffer in bytes: far below the limit of 2 GiB, and large enough that few are needed. */
    public static final int CHUNK = 1 << 24;

    private TensorMemory() {}

    /**
     * Returns the bytes from {@code from} on, at most {@value #CHUNK} of them, little-endian. Writing to the buffer
     * writes to the tensor. The buffer does not keep the tensor alive: use it only while something else does.
     *
     * @param tensor a contiguous tensor on the CPU
     * @param from the first byte, from 0 to the tensor's size
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

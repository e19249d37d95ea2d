package org.unipelt.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An element type of a tensor, under its name in safetensors files; each is held in memory as the same type. The order is
 * the format's own, in which {@link Safetensors#write} sorts.
 */
public enum DType {
    BOOL(ScalarType.Bool, 1),
    U8(ScalarType.Byte, 1),
    I8(ScalarType.Char, 1),
    I16(ScalarType.Short, 2),
    F16(ScalarType.Half, 2),
    BF16(ScalarType.BFloat16, 2),
    I32(ScalarType.Int, 4),
    F32(ScalarType.Float, 4),
    F64(ScalarType.Double, 8),
    I64(ScalarType.Long, 8);

    private final ScalarType scalarType;
    private final int bytes;

    DType(ScalarType scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** The type's name in libtorch. */
    public ScalarType scalarType() {
        return scalarType;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether its values are real numbers, of any precision. */
    public boolean isFloating() {
        return switch (this) {
            case F16, BF16, F32, F64 -> true;
            case BOOL, U8, I8, I16, I32, I64 -> false;
        };
    }

    /**
     * The type of a tensor's elements.
     *
     * @throws IllegalArgumentException for libtorch's exotic types (complex, quantised, 8-bit floats)
     */
    public static DType of(Tensor tensor) {
        ScalarType type = tensor.scalar_type().intern();
        return Arrays.stream(values())
                .filter(dtype -> dtype.scalarType == type)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no safetensors type for " + type));
    }

    /** The type of that name, as written in a safetensors header, if it is one that can be read. */
    static Optional<DType> named(String name) {
        return Arrays.stream(values())
                .filter(dtype -> dtype.name().equals(name))
                .findFirst();
    }
}

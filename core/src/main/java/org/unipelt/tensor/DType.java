package org.unipelt.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A tensor's element type, under its name in safetensors files; memory holds the same type. The order is the format's
 * own, by which {@link Safetensors#write} sorts.
 */
public enum DType {
    /** True or false, in a byte. */
    BOOL(ScalarType.Bool, 1),
    /** A whole number from 0 to 255. */
    U8(ScalarType.Byte, 1),
    /** A whole number in 8 bits. */
    I8(ScalarType.Char, 1),
    /** A whole number in 16 bits. */
    I16(ScalarType.Short, 2),
    /** A number in 16 bits, of which 10 are its fraction. */
    F16(ScalarType.Half, 2),
    /** A number in 16 bits with the exponent of 32: bfloat16. */
    BF16(ScalarType.BFloat16, 2),
    /** A whole number in 32 bits. */
    I32(ScalarType.Int, 4),
    /** A number in 32 bits. */
    F32(ScalarType.Float, 4),
    /** A number in 64 bits. */
    F64(ScalarType.Double, 8),
    /** A whole number in 64 bits. */
    I64(ScalarType.Long, 8);

    private final ScalarType scalarType;
    private final int bytes;

    DType(ScalarType scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** Returns libtorch's name of the type. */
    public ScalarType scalarType() {
        return scalarType;
    }

    /** Returns the size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether its values are floating point numbers, of any precision. */
    public boolean isFloating() {
        return switch (this) {
            case F16, BF16, F32, F64 -> true;
            case BOOL, U8, I8, I16, I32, I64 -> false;
        };
    }

    /**
     * Returns the type of a tensor's elements.
     *
     * @throws IllegalArgumentException for other types of libtorch (complex, quantized, 8-bit floats)
     */
    public static DType of(Tensor tensor) {
        ScalarType type = tensor.scalar_type().intern();
        return Arrays.stream(values())
                .filter(dtype -> dtype.scalarType == type)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no safetensors type for " + type));
    }

    /** Returns the type of that name in a safetensors header, if this library can read it. */
    static Optional<DType> named(String name) {
        return Arrays.stream(values())
                .filter(dtype -> dtype.name().equals(name))
                .findFirst();
    }
}

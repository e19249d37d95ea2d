package org.unipelt.tensor;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Dropout: zeroes each number with probability p and scales the others by 1/(1-p). The mask is drawn in Java, 16 bits a
 * number, which is several times faster than libtorch's own single-threaded draw and repeatable from a seed of its own.
 * p therefore is a multiple of 1/65536, and the scale is made to fit it exactly.
 */
public final class Dropout {
    /** Changes nothing. */
    public static final Dropout NONE = new Dropout(0, new Rng(0));

    /** Numbers drawn at a time: few enough to stay in the cache. */
    private static final int PIECE = 4096;

    /** A bit pattern is dropped when, as a signed 16-bit number, it is below this. */
    private final int threshold;

    private final Rng rng;

    /**
     * Dropout that draws from a stream.
     *
     * @param p probability to drop, in [0, 1)
     */
    public Dropout(double p, Rng rng) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout must be in [0, 1), got " + p);
        }
        // At most 65535: something must be left to scale up.
        this.threshold = Short.MIN_VALUE + (int) Math.min(Math.round(p * 65536), 65535);
        this.rng = rng;
    }

    /** The same stream with another probability; of {@link #NONE}, which is no training, {@link #NONE}. */
    public Dropout at(double p) {
        return this == NONE ? NONE : new Dropout(p, rng);
    }

    /** Whether {@link #apply} can change anything. */
    public boolean isActive() {
        return threshold > Short.MIN_VALUE;
    }

    /** {@code x} with some numbers zeroed and the others scaled up; {@code x} itself where p is 0. */
    public Tensor apply(Tensor x) {
        if (!isActive()) {
            return x;
        }
        // One product each way: libtorch multiplies by floats several times faster than by booleans.
        return x.mul(mask(Hardware.of(x), x.shape()));
    }

    /**
     * What {@link #apply} multiplies by: 0 or the scale, in a tensor of a shape.
     *
     * @param hardware where it is needed
     */
    public Tensor mask(Hardware hardware, long... shape) {
        return hardware == Hardware.CPU ? drawn(shape) : drawnThere(hardware, shape);
    }

    /** A mask drawn by the hardware itself, from a seed that is the stream's next number. */
    private Tensor drawnThere(Hardware hardware, long... shape) {
        Device device = new Device(hardware.type());
        Generator generator = torch.globalContext().defaultGenerator(device).clone();
        generator.set_current_seed(rng.nextLong());
        double kept = (Short.MAX_VALUE + 1 - threshold) / 65536.0;
        return torch.empty(
                        shape,
                        new TensorOptions(ScalarType.Float).device(new DeviceOptional(device)),
                        new MemoryFormatOptional())
                .bernoulli_(kept, new GeneratorOptional(generator))
                .div_(new Scalar(kept));
    }

    private Tensor drawn(long... shape) {
        // Written to the tensor's memory piece by piece.
        Tensor mask = torch.empty(shape, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        FloatPointer memory = mask.data_ptr_float();
        float scale = 65536f / (Short.MAX_VALUE + 1 - threshold);
        float[] piece = new float[PIECE];
        long count = mask.numel();
        for (long from = 0; from < count; from += PIECE) {
            for (int i = 0; i < PIECE; i += 4) {
                long bits = rng.nextLong();
                piece[i] = (short) bits >= threshold ? scale : 0;
                piece[i + 1] = (short) (bits >>> 16) >= threshold ? scale : 0;
                piece[i + 2] = (short) (bits >>> 32) >= threshold ? scale : 0;
                piece[i + 3] = (short) (bits >>> 48) >= threshold ? scale : 0;
            }
            memory.position(from).put(piece, 0, (int) Math.min(PIECE, count - from));
        }
        return mask;
    }
}

package org.unipelt.tensor;

import org.bytedeco.javacpp.LongPointer;
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
        int count = Math.toIntExact(x.numel());
        long[] bits = new long[(count + 3) / 4];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = rng.nextLong();
        }
        Tensor drawn = torch.empty(
                new long[] {4L * bits.length}, new TensorOptions(ScalarType.Short), new MemoryFormatOptional());
        new LongPointer(drawn.data_ptr()).put(bits);
        Tensor kept =
                drawn.ge(new Scalar((double) threshold)).narrow(0, 0, count).view(x.sizes());
        double scale = 65536.0 / (Short.MAX_VALUE + 1 - threshold);
        return x.mul(kept).mul(new Scalar(scale));
    }
}

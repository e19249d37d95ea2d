package org.unipelt.tensor;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
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
 * Dropout: zeroes each number with probability p and scales the others by 1/(1-p). The mask is drawn in Java from a stream
 * of its own, so that a seed repeats it. What is drawn is not each number but how far it is to the next one that is dropped
 * (for p above 0.5: kept), which has the same distribution and costs a draw per drop: with p = 0.1 a tenth of them.
 */
public final class Dropout {
    /** Changes nothing. */
    public static final Dropout NONE = new Dropout(0, new Rng(0));

    /** Numbers written at a time: few enough to stay in the cache. */
    private static final int PIECE = 4096;

    private final double p;
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
        this.p = p;
        this.rng = rng;
    }

    /** The same stream with another probability; of {@link #NONE}, which is no training, {@link #NONE}. */
    public Dropout at(double p) {
        return this == NONE ? NONE : new Dropout(p, rng);
    }

    /** Whether {@link #apply} can change anything. */
    public boolean isActive() {
        return p > 0;
    }

    /** {@code x} with some numbers zeroed and the others scaled up; {@code x} itself where p is 0. */
    public Tensor apply(Tensor x) {
        if (!isActive()) {
            return x;
        }
        // One product each way: libtorch multiplies by floats several times faster than by booleans.
        return x.mul(mask(Device.of(x), x.shape()));
    }

    /**
     * What {@link #apply} multiplies by: 0 or the scale, in a tensor of a shape.
     *
     * @param device where it is needed
     */
    public Tensor mask(Device device, long... shape) {
        return device == Device.CPU ? drawn(shape) : drawnThere(device, shape);
    }

    /** A mask drawn by the hardware itself, from a seed that is the stream's next number. */
    private Tensor drawnThere(Device device, long... shape) {
        var place = new org.bytedeco.pytorch.Device(device.type());
        Generator generator = torch.globalContext().defaultGenerator(place).clone();
        generator.set_current_seed(rng.nextLong());
        double kept = 1 - p;
        return torch.empty(
                        shape,
                        new TensorOptions(ScalarType.Float).device(new DeviceOptional(place)),
                        new MemoryFormatOptional())
                .bernoulli_(kept, new GeneratorOptional(generator))
                .div_(new Scalar(kept));
    }

    private Tensor drawn(long... shape) {
        // Written to the tensor's memory piece by piece.
        Tensor mask = torch.empty(shape, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        FloatPointer memory = mask.data_ptr_float();
        float scale = (float) (1 / (1 - p));
        // Drops, or what is kept where drops are the more frequent.
        Gaps rareOnes = new Gaps(Math.min(p, 1 - p));
        float rare = p > 0.5 ? scale : 0;
        float[] usual = new float[PIECE];
        Arrays.fill(usual, p > 0.5 ? 0 : scale);
        float[] piece = new float[PIECE];
        long count = mask.numel();
        for (long from = 0; from < count; from += PIECE) {
            System.arraycopy(usual, 0, piece, 0, PIECE);
            for (int at = rareOnes.next(rng); at < PIECE; at += 1 + rareOnes.next(rng)) {
                piece[at] = rare;
            }
            memory.position(from).put(piece, 0, (int) Math.min(PIECE, count - from));
        }
        return mask;
    }

    /**
     * How many trials fail before one succeeds: geometric, by inversion with a guide table (Devroye 1986, section III.2.4),
     * exact to the 53 bits of a double. {@value #PIECE} stands for as many or more; as trials do not remember, whoever goes
     * through a piece of that many may end with it.
     */
    private static final class Gaps {
        private static final int GUIDE_BITS = 10;

        /** P(gap ≥ k) · 2⁶³, then 0. */
        private final long[] atLeast = new long[PIECE + 2];
        /** By the first bits of a draw, the least gap that it can mean. */
        private final short[] guide = new short[1 << GUIDE_BITS];

        Gaps(double success) {
            double failures = 1;
            for (int gap = 0; gap <= PIECE && failures * 0x1p63 >= 1; gap++) {
                atLeast[gap] = (long) (failures * 0x1p63);
                failures *= 1 - success;
            }
            int gap = 0;
            for (int bits = guide.length - 1; bits >= 0; bits--) {
                long greatest = ((bits + 1L) << (63 - GUIDE_BITS)) - 1;
                while (greatest < atLeast[gap + 1]) {
                    gap++;
                }
                guide[bits] = (short) gap;
            }
        }

        int next(Rng rng) {
            long draw = rng.nextLong() >>> 1;
            int gap = guide[(int) (draw >>> (63 - GUIDE_BITS))];
            while (draw < atLeast[gap + 1]) {
                gap++;
            }
            return gap;
        }
    }
}

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
 * Dropout: zeroes each number with probability p and scales the others by 1/(1-p). Java draws the mask from its own
 * random stream, so that a seed repeats it. It draws the distance from each dropped number to the next (for p above
 * 0.5: from each kept one). That gives the same distribution with one draw per drop: with p = 0.1 a tenth of the draws.
 *
 * <p>For the thread of one pass.
 */
public final class Dropout {
    /** Changes nothing. */
    public static final Dropout NONE = new Dropout(0, new Rng(0));

    /** Numbers written at once: few enough to stay in the cache. */
    private static final int PIECE = 4096;

    private final double p;
    private final Rng rng;

    /**
     * Creates dropout that draws from a stream.
     *
     * @param p the probability to drop a number, in [0, 1)
     */
    public Dropout(double p, Rng rng) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout must be in [0, 1), got " + p);
        }
        this.p = p;
        this.rng = rng;
    }

    /** Returns dropout with another probability and the same stream; {@link #NONE} stays {@link #NONE}. */
    public Dropout at(double p) {
        return this == NONE ? NONE : new Dropout(p, rng);
    }

    /** Returns whether {@link #apply} can change anything. */
    public boolean isActive() {
        return p > 0;
    }

    /** Returns {@code x} with some numbers zeroed and the others scaled up; {@code x} itself if p is 0. */
    public Tensor apply(Tensor x) {
        if (!isActive()) {
            return x;
        }
        // One product in each direction: libtorch multiplies by floats several times faster than by booleans.
        return x.mul(mask(Device.of(x), x.shape()));
    }

    /**
     * Draws the mask that {@link #apply} multiplies by: a tensor of 0 and the scale.
     *
     * @param device the device that needs it
     * @param shape the mask's shape
     */
    public Tensor mask(Device device, long... shape) {
        return device == Device.CPU ? drawn(shape) : drawnOnDevice(device, shape);
    }

    /** Draws a mask on the device, from a seed that is the stream's next number. */
    private Tensor drawnOnDevice(Device device, long... shape) {
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
        // Written to the tensor's memory in pieces.
        Tensor mask = torch.empty(shape, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        FloatPointer memory = mask.data_ptr_float();
        float scale = (float) (1 / (1 - p));
        // The rarer of the two: drops, or for p above 0.5 kept numbers.
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
     * Draws how many trials fail before one succeeds: geometric, by inversion with a guide table (Devroye 1986, section
     * III.2.4), exact to the 53 bits of a double. {@value #PIECE} means as many or more. Trials have no memory, so a
     * walk through a piece of that size may stop there.
     */
    private static final class Gaps {
        private static final int GUIDE_BITS = 10;

        /** P(gap ≥ k) · 2⁶³, then 0. */
        private final long[] atLeast = new long[PIECE + 2];
        /** The least gap that a draw with these first bits can mean. */
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

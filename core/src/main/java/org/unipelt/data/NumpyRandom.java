package org.unipelt.data;

import org.unipelt.InputException;

/**
 * The part of NumPy's {@code default_rng(seed)} that permutations need: the same seed gives the same order as in
 * Python.
 *
 * <p>{@code Dataset.shuffle(seed)} of Hugging Face's datasets uses this generator, and so do the data seeds of the
 * UniPELT paper (Mao et al. 2022): only the same permutation gives the same few-shot examples. Three parts follow
 * NumPy's sources. {@code SeedSequence} spreads the seed. PCG64 (XSL-RR, 128-bit state; O'Neill 2014) gives the bits.
 * Bounded numbers come from 32-bit halves, by masking and drawing again; a permutation does not use Lemire's
 * multiplication, unlike NumPy's {@code integers}.
 *
 * <p>An instance is a stream: two calls give two different permutations, as in NumPy. Not safe for use by several
 * threads at once.
 */
public final class NumpyRandom {
    private static final int POOL = 4;
    private static final long LOW_32 = 0xFFFF_FFFFL;
    private static final long MULTIPLIER_HIGH = 0x2360_ED05_1FC6_5DA4L;
    private static final long MULTIPLIER_LOW = 0x4385_DF64_9FCC_F645L;

    // The generator's 128-bit state and increment, each as two halves.
    private long stateHigh;
    private long stateLow;
    private final long incrementHigh;
    private final long incrementLow;

    // NumPy draws 64 bits and keeps the upper half for the next request of 32.
    private boolean halfLeft;
    private int half;

    /**
     * Creates a stream for a seed.
     *
     * @param seed zero or more
     * @throws InputException if the seed is negative; NumPy refuses it too
     */
    public NumpyRandom(long seed) {
        if (seed < 0) {
            throw new InputException("data seed " + seed + " is negative; give 0 or more");
        }
        long[] words = spread(seed);
        // srandom of PCG: the increment must be odd; state = 0, step, add the seed, step.
        incrementHigh = (words[2] << 1) | (words[3] >>> 63);
        incrementLow = (words[3] << 1) | 1;
        step();
        add(words[0], words[1]);
        step();
    }

    /**
     * Returns the numbers 0 to n - 1 in the order of {@code Generator.permutation(n)}.
     *
     * @param n how many numbers, zero or more
     */
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = n - 1; i > 0; i--) {
            int j = upTo(i);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }

    /**
     * Draws a number from 0 to {@code last}, both included, each equally likely, as NumPy's {@code random_interval}
     * does: it masks off the bits that {@code last} does not need, and draws again while the number is too large.
     */
    private int upTo(int last) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(last);
        int drawn = next32() & mask;
        while (drawn > last) {
            drawn = next32() & mask;
        }
        return drawn;
    }

    private int next32() {
        if (halfLeft) {
            halfLeft = false;
            return half;
        }
        long bits = next64();
        halfLeft = true;
        half = (int) (bits >>> 32);
        return (int) bits;
    }

    /** Takes one step, then xors the halves and rotates by the top six bits. */
    private long next64() {
        step();
        return Long.rotateRight(stateHigh ^ stateLow, (int) (stateHigh >>> 58));
    }

    /** state = state * multiplier + increment, modulo 2^128. */
    private void step() {
        long low = stateLow * MULTIPLIER_LOW;
        long high = unsignedMultiplyHigh(stateLow, MULTIPLIER_LOW)
                + stateHigh * MULTIPLIER_LOW
                + stateLow * MULTIPLIER_HIGH;
        stateHigh = high;
        stateLow = low;
        add(incrementHigh, incrementLow);
    }

    private void add(long high, long low) {
        long sum = stateLow + low;
        long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        stateLow = sum;
        stateHigh += high + carry;
    }

    /** Returns the upper half of an unsigned product; before Java 18, {@link Math} has only the signed one. */
    private static long unsignedMultiplyHigh(long a, long b) {
        return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
    }

    /**
     * {@code SeedSequence(seed).generate_state(4, uint64)}: the seed's 32-bit words hashed into a pool and out again.
     */
    private static long[] spread(long seed) {
        int[] entropy = seed > LOW_32 ? new int[] {(int) seed, (int) (seed >>> 32)} : new int[] {(int) seed};
        int[] pool = new int[POOL];
        Hash in = new Hash(0x43b0d7e5, 0x931e8875);
        for (int i = 0; i < POOL; i++) {
            pool[i] = in.of(i < entropy.length ? entropy[i] : 0);
        }
        for (int source = 0; source < POOL; source++) {
            for (int target = 0; target < POOL; target++) {
                if (source != target) {
                    pool[target] = mix(pool[target], in.of(pool[source]));
                }
            }
        }
        Hash out = new Hash(0x8b51f9dd, 0x58f38ded);
        long[] words = new long[4];
        for (int i = 0; i < 2 * words.length; i++) {
            long word = out.of(pool[i % POOL]) & LOW_32;
            words[i / 2] |= i % 2 == 0 ? word : word << 32;
        }
        return words;
    }

    private static int mix(int x, int y) {
        int mixed = 0xca01f9dd * x - 0x4973f715 * y;
        return mixed ^ (mixed >>> 16);
    }

    /** SeedSequence's hash; its constant changes with every value. */
    private static final class Hash {
        private int constant;
        private final int multiplier;

        Hash(int constant, int multiplier) {
            this.constant = constant;
            this.multiplier = multiplier;
        }

        int of(int value) {
            int hashed = value ^ constant;
            constant *= multiplier;
            hashed *= constant;
            return hashed ^ (hashed >>> 16);
        }
    }
}

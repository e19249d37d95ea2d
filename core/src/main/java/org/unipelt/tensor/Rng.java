package org.unipelt.tensor;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Random numbers that are the same on every machine and every JDK: xoshiro256++ (Blackman and Vigna 2019), seeded by
 * SplitMix64. Streams are addressed, not consumed: {@link #of(long, String)} gives the same numbers for the same seed
 * and name, whatever was drawn before. A resumed run therefore needs no saved generator state.
 *
 * <p>For one thread.
 */
public final class Rng {
    private long s0;
    private long s1;
    private long s2;
    private long s3;
    private double spareGaussian = Double.NaN;

    /** Creates the stream of a seed. */
    public Rng(long seed) {
        long z = seed;
        s0 = mix(z += 0x9E3779B97F4A7C15L);
        s1 = mix(z += 0x9E3779B97F4A7C15L);
        s2 = mix(z += 0x9E3779B97F4A7C15L);
        s3 = mix(z + 0x9E3779B97F4A7C15L);
    }

    /** Creates the stream of a seed for one purpose; other names give unrelated streams. */
    public static Rng of(long seed, String name) {
        CRC32C crc = new CRC32C();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return new Rng(mix(seed ^ mix(crc.getValue() + 0x632BE59BD9B4E019L)));
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Draws 64 random bits. */
    public long nextLong() {
        long result = Long.rotateLeft(s0 + s3, 23) + s0;
        long t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = Long.rotateLeft(s3, 45);
        return result;
    }

    /** Draws a number uniformly from [0, 1), with 53 bits. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** Draws a whole number uniformly from 0 to {@code bound} - 1; {@code bound} is at least 1. */
    public int nextInt(int bound) {
        return (int) Math.multiplyHigh(nextLong() >>> 1, (long) bound << 1);
    }

    /** Draws from the standard normal distribution, by Marsaglia's polar method with strict functions. */
    public double nextGaussian() {
        if (!Double.isNaN(spareGaussian)) {
            double spare = spareGaussian;
            spareGaussian = Double.NaN;
            return spare;
        }
        while (true) {
            double u = 2 * nextDouble() - 1;
            double v = 2 * nextDouble() - 1;
            double s = u * u + v * v;
            if (s < 1 && s > 0) {
                double scale = StrictMath.sqrt(-2 * StrictMath.log(s) / s);
                spareGaussian = v * scale;
                return u * scale;
            }
        }
    }

    /** Returns the numbers 0 to {@code n} - 1 in random order (Fisher–Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}

package org.unipelt.testkit;

import java.util.Arrays;
import java.util.Random;

/** A tensor of 32-bit floats in Java's memory: its values row by row, and its shape. */
public record Numbers(float[] values, long... shape) {
    /** Checks that values and shape agree. */
    public Numbers {
        if (values.length != count(shape)) {
            throw new IllegalArgumentException(values.length + " values for the shape " + Arrays.toString(shape));
        }
    }

    /** Returns zeros. */
    public static Numbers zeros(long... shape) {
        return new Numbers(new float[count(shape)], shape);
    }

    /**
     * Returns normally distributed numbers, always the same for the same name, and large enough that every tensor
     * affects the output of a model. The mean is 1 for the weight of a layer norm, and 0 for all others.
     */
    public static Numbers random(String name, long... shape) {
        Random random = new Random(name.hashCode());
        float mean = name.matches("(?i).*layer_?norm(_embedding)?\\.weight") ? 1 : 0;
        Numbers numbers = zeros(shape);
        for (int i = 0; i < numbers.values.length; i++) {
            numbers.values[i] = (float) (mean + 0.2 * random.nextGaussian());
        }
        return numbers;
    }

    private static int count(long... shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }
}

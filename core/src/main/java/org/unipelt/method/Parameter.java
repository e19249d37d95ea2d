package org.unipelt.method;

import java.util.Arrays;
import java.util.List;

/**
 * The declaration of a trained parameter.
 *
 * @param name unique within a tuned model
 * @param shape its dimensions
 * @param init its initial values
 */
public record Parameter(String name, List<Long> shape, Init init) {
    /** A parameter of these dimensions. */
    public static Parameter of(String name, Init init, long... shape) {
        return new Parameter(name, Arrays.stream(shape).boxed().toList(), init);
    }

    /** How many numbers it holds. */
    public long count() {
        return shape.stream().reduce(1L, (a, b) -> a * b);
    }

    /** How many numbers all of them hold. */
    public static long count(List<Parameter> parameters) {
        return parameters.stream().mapToLong(Parameter::count).sum();
    }
}

package org.unipelt.task;

import java.util.stream.IntStream;

/** Classes whose names do not matter. */
public final class Classes {
    private Classes() {}

    /** So many classes. */
    public static Classification of(int count) {
        return new Classification(
                IntStream.range(0, count).mapToObj(i -> "class " + i).toList());
    }
}

package org.unipelt.metric;

import java.util.List;
import java.util.Objects;

/**
 * How far a model's gates open on rows of its data: what the gates of a single text are compared with.
 *
 * @param part the part of the data that the rows are of: {@code dev}, {@code test} or {@code train}
 * @param rows how many rows
 * @param gates the gates, by layer, then by place; empty if the model has none
 */
public record GateMeans(String part, int rows, List<GateMean> gates) {
    /** Of a model without gates, or whose gates are unknown. */
    public static final GateMeans NONE = new GateMeans("", 0, List.of());

    /** Copies the list. */
    public GateMeans {
        Objects.requireNonNull(part, "part is null");
        gates = List.copyOf(gates);
    }
}

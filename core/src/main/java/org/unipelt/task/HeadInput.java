package org.unipelt.task;

import java.util.OptionalInt;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;

/**
 * How a text becomes the vector that the head reads.
 *
 * @param pooling how a text's states become one vector
 * @param head the form of the head
 * @param paddedLength the length of every batch in tokens; if empty, that of its longest text
 */
public record HeadInput(Pooling pooling, Head head, OptionalInt paddedLength) {
    /** Returns a linear head, with batches as long as their longest text. */
    public static HeadInput by(Pooling pooling) {
        return by(pooling, Head.LINEAR);
    }

    /** Returns a head of the given form, with batches as long as their longest text. */
    public static HeadInput by(Pooling pooling, Head head) {
        return new HeadInput(pooling, head, OptionalInt.empty());
    }
}

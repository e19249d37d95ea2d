package org.unipelt.task;

import java.util.OptionalInt;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;

/**
 * How a text becomes the vector that a head reads.
 *
 * @param pooling which vector of the text the head reads
 * @param head the head's form
 * @param paddedLength the length that every batch is padded to; the length of its longest text if empty
 */
public record HeadInput(Pooling pooling, Head head, OptionalInt paddedLength) {
    /** A linear head, and batches as long as their longest text. */
    public static HeadInput by(Pooling pooling) {
        return by(pooling, Head.LINEAR);
    }

    /** Batches as long as their longest text. */
    public static HeadInput by(Pooling pooling, Head head) {
        return new HeadInput(pooling, head, OptionalInt.empty());
    }
}

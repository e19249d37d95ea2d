package org.unipelt.task;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;

/**
 * How a model reads a text, which is what predicting needs to know of a training.
 *
 * @param maxLength tokens of a text, the special ones included; longer texts are cut
 * @param paddedLength the length that every batch is padded to; the length of its longest text if empty
 * @param pooling which vector of a text the head reads; none without a head
 * @param head the head's form; none without a head
 * @param pairs whether texts come in pairs
 */
public record Inference(
        int maxLength, OptionalInt paddedLength, Optional<Pooling> pooling, Optional<Head> head, boolean pairs) {
    /** Checks that nothing is null, and that a text of the maximal length has room. */
    public Inference {
        Objects.requireNonNull(paddedLength, "paddedLength is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(head, "head is null");
        if (paddedLength.isPresent() && paddedLength.getAsInt() < maxLength) {
            throw new InputException(
                    "padded length must be at least the max length " + maxLength + ", got " + paddedLength.getAsInt());
        }
    }

    /** How a network with a head reads. */
    HeadInput headInput() {
        return new HeadInput(pooling.orElseThrow(), head.orElseThrow(), paddedLength);
    }

    /**
     * Checks that a base can read texts of this length.
     *
     * @throws InputException if not
     */
    public void requireFits(BaseModel base) {
        requireLength("max length", maxLength, base);
        paddedLength.ifPresent(length -> requirePositions("padded length", length, base));
    }

    /**
     * Checks that a base can read texts of a length.
     *
     * @param what the length of what, e.g. {@code max length}
     */
    static void requireLength(String what, int length, BaseModel base) {
        int least = base.tokenizer().minLength();
        if (length < least) {
            throw InputException.about(
                    what.replace(' ', '-'),
                    what + " " + length + " is less than the " + least + " tokens that the tokenizer of " + base.name()
                            + " needs");
        }
        requirePositions(what, length, base);
    }

    /** Checks that a base has positions for so many tokens. */
    static void requirePositions(String what, int length, BaseModel base) {
        int most = base.backbone().positions();
        if (length > most) {
            throw InputException.about(
                    what.replace(' ', '-'),
                    what + " " + length + " is more than the " + most + " positions of " + base.name());
        }
    }
}

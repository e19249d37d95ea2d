package org.unipelt.task;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.hub.BaseModel;

/**
 * How a model reads a text: everything about its training that prediction needs.
 *
 * @param maxLength the most tokens per text, special ones included; longer texts are cut, or read in windows of this length
 *     by a model that finds names
 * @param paddedLength the length of every batch in tokens; if empty, that of its longest text
 * @param pooling how a text's states become the vector that the head reads; empty without a head
 * @param head the form of the head that reads it; empty without one
 * @param pairs whether inputs are pairs of texts
 */
public record Inference(
        int maxLength, OptionalInt paddedLength, Optional<Pooling> pooling, Optional<Head> head, boolean pairs) {
    /** Checks that nothing is null, and that the padded length is not below the maximum length. */
    public Inference {
        Objects.requireNonNull(paddedLength, "paddedLength is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(head, "head is null");
        if (paddedLength.isPresent() && paddedLength.getAsInt() < maxLength) {
            throw new InputException(
                    "padded length must be at least the max length " + maxLength + ", got " + paddedLength.getAsInt());
        }
    }

    /** Returns how a network with a head reads texts. */
    HeadInput headInput() {
        return new HeadInput(pooling.orElseThrow(), head.orElseThrow(), paddedLength);
    }

    /**
     * Checks that a base model can read texts of this length.
     *
     * @throws InputException if not
     */
    public void requireFits(BaseModel base) {
        requireLength("max length", maxLength, base);
        paddedLength.ifPresent(length -> requirePositions("padded length", length, base));
    }

    /**
     * Checks that a base model can read texts of a length.
     *
     * @param what the name of the length for the message, e.g. {@code max length}
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

    /** Checks that a base model has positions for {@code length} tokens. */
    static void requirePositions(String what, int length, BaseModel base) {
        int most = base.backbone().positions();
        if (length > most) {
            throw InputException.about(
                    what.replace(' ', '-'),
                    what + " " + length + " is more than the " + most + " positions of " + base.name());
        }
    }
}

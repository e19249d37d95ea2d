package org.unipelt.backbone;

import java.util.Arrays;
import java.util.Locale;
import org.unipelt.InputException;

/** Which one vector of a text the head reads. */
public enum Pooling {
    /** {@code tanh(W h + b)} of the first token's last hidden state, with the checkpoint's own W and b. */
    POOLER,
    /** The first token's last hidden state. */
    FIRST,
    /** The mean of the last hidden states over real tokens. */
    MEAN;

    /** {@code pooler}, {@code first} or {@code mean}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The pooling of that name.
     *
     * @throws InputException if there is none
     */
    public static Pooling of(String text) {
        return Arrays.stream(values())
                .filter(p -> p.text().equals(text))
                .findFirst()
                .orElseThrow(() -> InputException.unknown(
                        "pooling",
                        text,
                        Arrays.stream(values()).map(Pooling::text).toList()));
    }
}

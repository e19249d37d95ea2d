package org.unipelt.backbone;

import org.unipelt.Words;

/** Where in a transformer a layer's site is: an encoder has one attention, a decoder two. */
public enum Part {
    /** The encoder's layers; all there is in an encoder-only model. */
    ENCODER(""),
    /** The decoder's layers: self-attention and feed-forward network. */
    DECODER("decoder."),
    /** The attention of the decoder's layers to the encoder's states; it has no feed-forward network. */
    CROSS("cross.");

    private final String prefix;

    Part(String prefix) {
        this.prefix = prefix;
    }

    /** What begins the names of this part's sites and parameters: nothing for the encoder. */
    public String prefix() {
        return prefix;
    }

    /** The part as people call it. */
    public String text() {
        return Words.of(this);
    }
}

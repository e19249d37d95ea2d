package org.unipelt.backbone;

import org.unipelt.Words;

/** Which stack of a transformer a site is in. */
public enum Part {
    /** Layers that see the whole text; an encoder-only model has no others. */
    ENCODER(""),
    /** Layers in which each position sees itself and those before it: self-attention and feed-forward network. */
    DECODER("decoder."),
    /** The attention of a decoder's layers to the encoder's states. It has no feed-forward network. */
    CROSS("cross.");

    private final String prefix;

    Part(String prefix) {
        this.prefix = prefix;
    }

    /** What the names of this part's sites and parameters begin with; nothing for the encoder. */
    public String prefix() {
        return prefix;
    }

    /** The part as people call it. */
    public String text() {
        return Words.of(this);
    }
}

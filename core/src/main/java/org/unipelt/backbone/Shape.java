package org.unipelt.backbone;

import java.util.Arrays;
import java.util.List;

/**
 * The sizes of a transformer; its {@link Sites} have the widths.
 *
 * @param layers number of encoder layers
 * @param decoderLayers number of decoder layers, 0 in an encoder-only model
 * @param hidden hidden size
 * @param heads attention heads per layer
 * @param intermediate inner size of the feed-forward network
 * @param embedding width of the embeddings, which small ELECTRAs project to the hidden size; elsewhere the hidden size
 */
public record Shape(int layers, int decoderLayers, int hidden, int heads, int intermediate, int embedding) {
    /** A model whose embeddings are as wide as its hidden states. */
    public Shape(int layers, int decoderLayers, int hidden, int heads, int intermediate) {
        this(layers, decoderLayers, hidden, heads, intermediate, hidden);
    }

    /** An encoder-only model. */
    public Shape(int layers, int hidden, int heads, int intermediate) {
        this(layers, 0, hidden, heads, intermediate);
    }

    /** Size of one attention head. */
    public int headSize() {
        return hidden / heads;
    }

    /** Number of layers of a part. */
    public int layers(Part part) {
        return part == Part.ENCODER ? layers : decoderLayers;
    }

    /** The parts that there are. */
    public List<Part> parts() {
        return Arrays.stream(Part.values()).filter(part -> layers(part) > 0).toList();
    }
}

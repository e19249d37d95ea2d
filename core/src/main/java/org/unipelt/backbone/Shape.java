package org.unipelt.backbone;

/**
 * The sizes of a transformer, all that most methods need to know of it.
 *
 * @param layers number of layers
 * @param hidden hidden size
 * @param heads attention heads per layer
 * @param intermediate inner size of the feed-forward network
 */
public record Shape(int layers, int hidden, int heads, int intermediate) {
    /** Size of one attention head. */
    public int headSize() {
        return hidden / heads;
    }

    /** Width of what enters a place: a projection's input, or the sub-layer's input. */
    public int inputWidth(Place place) {
        return place == Place.FFN_DOWN ? intermediate : hidden;
    }

    /** Width of what a place gives. */
    public int outputWidth(Place place) {
        return place == Place.FFN_UP ? intermediate : hidden;
    }
}

package org.unipelt.backbone;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sizes of a transformer, all that most methods need to know of it.
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

    /** The sites of a part with one of these places, layer by layer. */
    public List<Site> sites(Part part, Collection<Place> places) {
        return IntStream.range(0, layers(part))
                .boxed()
                .flatMap(layer -> places.stream()
                        .filter(place -> place.isIn(part) && (place != Place.EMBEDDINGS || layer == 0))
                        .map(place -> new Site(part, layer, place)))
                .toList();
    }

    /** The sites of all parts with one of these places: the encoder's, the decoder's, those of cross-attention. */
    public List<Site> sites(Collection<Place> places) {
        return parts().stream().flatMap(part -> sites(part, places).stream()).toList();
    }

    /** Width of what enters a place: a projection's input, or the sub-layer's input. */
    public int inputWidth(Place place) {
        return switch (place) {
            case EMBEDDINGS -> embedding;
            case FFN_DOWN -> intermediate;
            case QUERY, KEY, VALUE, KEYS_AND_VALUES, HEADS, ATTENTION_OUT, ATTENTION, FFN_UP, FFN -> hidden;
        };
    }

    /** Width of what a place gives. */
    public int outputWidth(Place place) {
        return switch (place) {
            case EMBEDDINGS -> embedding;
            case FFN_UP -> intermediate;
            case QUERY, KEY, VALUE, KEYS_AND_VALUES, HEADS, ATTENTION_OUT, ATTENTION, FFN_DOWN, FFN -> hidden;
        };
    }
}

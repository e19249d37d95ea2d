package org.unipelt.backbone;

/**
 * A named hidden representation of a backbone: what methods modify.
 *
 * @param part the stack
 * @param layer the layer in that stack, from 0; 0 for {@link Place#EMBEDDINGS}
 * @param place where in that layer
 */
public record Site(Part part, int layer, Place place) {
    /** A site of the encoder. */
    public Site(int layer, Place place) {
        this(Part.ENCODER, layer, place);
    }

    /** As parameter names have it, e.g. {@code layer.0.query} or {@code cross.layer.0.query}. */
    @Override
    public String toString() {
        return part.prefix() + "layer." + layer + "." + place.text();
    }
}

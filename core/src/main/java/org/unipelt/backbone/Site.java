package org.unipelt.backbone;

/**
 * A named hidden representation of a backbone: what methods modify.
 *
 * @param layer the layer, from 0; 0 for {@link Place#EMBEDDINGS}
 * @param place where in that layer
 */
public record Site(int layer, Place place) {
    /** As it stands in parameter names, e.g. {@code layer.0.query}. */
    @Override
    public String toString() {
        return "layer." + layer + "." + place.text();
    }
}

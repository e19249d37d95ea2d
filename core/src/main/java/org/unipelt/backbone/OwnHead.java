package org.unipelt.backbone;

import java.util.Objects;
import java.util.Optional;

/**
 * The classification head that a family's own classifiers have in Hugging Face's files, if it is of a form that this
 * library has.
 *
 * @param form its form
 * @param pooling the vector that it reads
 * @param pooler the map, by our name, that makes this vector; empty if no map does
 * @param dense its first map in files, without {@code .weight}; empty if it has only one
 * @param out its last map in files
 */
public record OwnHead(Head form, Pooling pooling, Optional<String> pooler, Optional<String> dense, String out) {
    /** Checks that nothing is null. */
    public OwnHead {
        Objects.requireNonNull(form, "form is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(pooler, "pooler is null");
        Objects.requireNonNull(dense, "dense is null");
        Objects.requireNonNull(out, "out is null");
    }

    /** One map, which reads the pooler. */
    public static OwnHead linear(String pooler, String out) {
        return new OwnHead(Head.LINEAR, Pooling.POOLER, Optional.of(pooler), Optional.empty(), out);
    }

    /** Two maps with a tanh between them. */
    public static OwnHead dense(Pooling pooling, String dense, String out) {
        return new OwnHead(Head.DENSE, pooling, Optional.empty(), Optional.of(dense), out);
    }
}

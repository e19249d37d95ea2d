package org.unipelt.backbone;

import java.util.List;
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
 * @param without tensors of the backbone, by our names, that these classifiers do not have
 */
public record OwnHead(
        Head form, Pooling pooling, Optional<String> pooler, Optional<String> dense, String out, List<String> without) {
    /** Checks that nothing is null. */
    public OwnHead {
        Objects.requireNonNull(form, "form is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(pooler, "pooler is null");
        Objects.requireNonNull(dense, "dense is null");
        Objects.requireNonNull(out, "out is null");
        without = List.copyOf(without);
    }

    /** One map, which reads the pooler. */
    public static OwnHead linear(String pooler, String out) {
        return new OwnHead(Head.LINEAR, Pooling.POOLER, Optional.of(pooler), Optional.empty(), out, List.of());
    }

    /** Two maps with a tanh between them. */
    public static OwnHead dense(Pooling pooling, String dense, String out) {
        return dense(Head.DENSE, pooling, dense, out);
    }

    /** Two maps with an activation between them. */
    public static OwnHead dense(Head form, Pooling pooling, String dense, String out) {
        return new OwnHead(form, pooling, Optional.empty(), Optional.of(dense), out, List.of());
    }

    /** Returns this head, of classifiers that lack some of the backbone's tensors. */
    public OwnHead without(String... tensors) {
        return new OwnHead(form, pooling, pooler, dense, out, List.of(tensors));
    }
}

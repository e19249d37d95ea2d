package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/**
 * Everything that one {@code model_type} of a {@code config.json} means: the names in its files, its config, its network,
 * its usual head and pooling. The related ones are constants of one enum, in the package of their backbone;
 * {@link Families} lists them.
 */
public interface Family {
    /** The {@code model_type} in {@code config.json}, e.g. {@code bert}. */
    String modelType();

    /** What files with a head put before the names of the backbone's tensors, e.g. {@code bert.}. */
    String prefix();

    /** What the names of heads' tensors begin with; decides in files without the prefix. */
    List<String> heads();

    /** What the names of tensors end with that files keep and no computation needs. */
    List<String> unused();

    /** Tensors of the backbone that never bear the prefix. */
    default List<String> unprefixed() {
        return List.of();
    }

    /** The table of words, {@code [vocabulary, embedding]}, by our name. */
    String words();

    /** Other names under which files hold the table of words, too or instead. */
    default List<String> tiedToWords() {
        return List.of();
    }

    /** The table of token types, by our name. */
    default Optional<String> tokenTypes() {
        return Optional.empty();
    }

    /**
     * The names of maps and norms that differ between files and this library: the file's, then ours, without
     * {@code .weight} and {@code .bias}; {@code #} stands for the layer's number.
     */
    default Map<String, String> renames() {
        return Map.of();
    }

    /** Whether its models write texts, as {@code generation_config.json} says. */
    default boolean generates() {
        return false;
    }

    /**
     * The frozen network over weights that stay their owner's.
     *
     * @param config what {@code config.json} says
     * @param read filled with every field that is read, and its value or the default where it is absent
     * @param weights float32, by our names
     * @param compute on whose device the weights lie
     * @throws InputException if the config is not supported, or a weight is missing, unknown or of another shape
     */
    Backbone backbone(JsonNode config, Map<String, String> read, Weights weights, Compute compute);

    /** The head that its models are usually tuned with. */
    Head head();

    /** The pooling that a checkpoint was trained for where no file beside it says. */
    Pooling pooling(Weights weights);
}

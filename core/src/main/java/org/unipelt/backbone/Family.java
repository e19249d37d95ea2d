package org.unipelt.backbone;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/**
 * Everything that one {@code model_type} of a {@code config.json} means: the names in its files, its config, its
 * backbone, its usual head and pooling. Families with the same maths are constants of one enum, in the package of their
 * backbone; {@link Families} lists them.
 *
 * <p>Immutable, so any number of threads may share it.
 */
public interface Family {
    /** The {@code model_type} in {@code config.json}, e.g. {@code bert}. */
    String modelType();

    /** What the names of its classes in transformers begin with, e.g. {@code Bert} in {@code BertForSequenceClassification}. */
    String className();

    /** The prefix of the backbone's tensors in files that also have a head, e.g. {@code bert.}. */
    String prefix();

    /** Whether files of its models that generate texts have the prefix, too. */
    default boolean prefixesGenerators() {
        return true;
    }

    /**
     * What the names of its heads' tensors begin with, besides those of any family, such as {@code classifier.}. It tells
     * them apart in files without the prefix.
     */
    List<String> heads();

    /** Ends of the names of tensors that files hold and no computation needs. */
    List<String> unused();

    /** Tensors of the backbone that never have the prefix. */
    default List<String> unprefixed() {
        return List.of();
    }

    /** The table of words, {@code [vocabulary, embedding]}, by our name. */
    String words();

    /** Other names for the table of words. Files hold it under these, under its own, or under several. */
    default List<String> tiedToWords() {
        return List.of();
    }

    /**
     * The table that turns states into logits of words, if models may have one that differs from the table of words. A
     * file that repeats the words there has none.
     */
    default Optional<String> output() {
        return Optional.empty();
    }

    /** The table of token types, by our name. */
    default Optional<String> tokenTypes() {
        return Optional.empty();
    }

    /**
     * The names of maps and norms that differ between files and this library: from the file's to ours, without
     * {@code .weight} and {@code .bias}; {@code #} is the layer's number, in names that have one.
     */
    default Map<String, String> renames() {
        return Map.of();
    }

    /** Whether its models generate texts, and may have a {@code generation_config.json}. */
    default boolean generates() {
        return false;
    }

    /**
     * Checks that the network can be computed, before a tokenizer or weights are read or downloaded.
     *
     * @throws InputException if the config is not supported
     */
    void check(ModelConfig config);

    /**
     * The backbone over weights that stay their owner's.
     *
     * @param weights of any floating type, by our names
     * @param compute what computes, on whose device the weights are
     * @throws InputException if the config is not supported, or a weight is missing, unknown or of another shape
     */
    Backbone backbone(ModelConfig config, Weights weights, Compute compute);

    /** The usual head for tuning its models. */
    Head head();

    /**
     * The head of its own classifiers; empty if it has no classifiers, or this library has no head of that form.
     *
     * @throws InputException if the config asks for a form that is not supported
     */
    default Optional<OwnHead> ownHead(ModelConfig config) {
        return Optional.empty();
    }

    /**
     * The pooling of a checkpoint without a file that says how to pool.
     *
     * @throws InputException if the config asks for one that is not supported
     */
    Pooling pooling(ModelConfig config, Weights weights);
}

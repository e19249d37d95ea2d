package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Fingerprint;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/**
 * A pre-trained model: configuration, weights and tokenizer, not yet put together. It owns weights and tokenizer until
 * it is closed.
 */
public final class PretrainedModel implements AutoCloseable {
    private final String name;
    private final Family family;
    private final JsonNode config;
    private final Weights weights;
    private final Tokenizer tokenizer;
    private final Supplier<Pooling> pooling;
    private final Optional<String> licence;
    private final String fingerprint;

    /**
     * Puts the parts together; from now on they belong to the checkpoint.
     *
     * @param name how the model was asked for
     * @param family that {@code config} names
     * @param config what {@code config.json} says
     * @param weights of any floating type, under our names
     * @param pooling how the model's authors pool; throws where the files ask for what is not computed
     * @param licence its SPDX name, if it is known
     * @throws InputException if the tokenizer has more tokens than there are embeddings
     */
    PretrainedModel(
            String name,
            Family family,
            JsonNode config,
            Weights weights,
            Tokenizer tokenizer,
            Supplier<Pooling> pooling,
            Optional<String> licence) {
        String words = family.words();
        if (weights.has(words)
                && tokenizer.vocabularySize() > weights.get(words).size(0)) {
            throw new InputException("wrong vocabulary size in " + name + ": the tokenizer has "
                    + tokenizer.vocabularySize() + " tokens, but " + words + " only "
                    + weights.get(words).size(0) + " rows; take tokenizer and weights from the same model");
        }
        // Where the table of types has one row, types make no difference.
        family.tokenTypes().filter(weights::has).ifPresent(tokenTypes -> {
            long rows = weights.get(tokenTypes).size(0);
            if (rows > 1 && tokenizer.tokenTypes() > rows) {
                throw new InputException("wrong token types in " + name + ": the tokenizer gives types up to "
                        + (tokenizer.tokenTypes() - 1) + ", but " + tokenTypes + " has only " + rows
                        + " rows; take tokenizer and weights from the same model");
            }
        });
        this.name = name;
        this.family = family;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.pooling = pooling;
        this.licence = licence;
        this.fingerprint = Fingerprint.of(weights);
    }

    /**
     * Opens a model: one of {@link #embeddedNames()}, or a folder with {@code config.json}, {@code model.safetensors}
     * (or shards and their index) and {@code tokenizer.json} or {@code vocab.txt}.
     *
     * @throws InputException if there is no such model, or one of its files is missing or damaged
     */
    public static PretrainedModel open(String model) {
        for (EmbeddedModel embedded : EmbeddedModel.values()) {
            if (embedded.modelName().equals(model)) {
                return embedded.open();
            }
        }
        Path path;
        try {
            path = Path.of(model);
        } catch (InvalidPathException e) {
            throw unknown(model);
        }
        if (model.isBlank() || !Files.exists(path)) {
            throw unknown(model);
        }
        if (!Files.isDirectory(path)) {
            throw new InputException("the model " + model + " is a file; give the folder that holds config.json");
        }
        return ModelFolder.open(path);
    }

    /** The models that come with the library: {@code minilm-l6} and {@code bge-small}. */
    public static List<String> embeddedNames() {
        return List.of(EmbeddedModel.values()).stream()
                .map(EmbeddedModel::modelName)
                .toList();
    }

    private static InputException unknown(String model) {
        String hint = Suggestion.nearest(model, embeddedNames())
                .map(near -> "did you mean '" + near + "'? ")
                .orElse("");
        return new InputException("no model '" + model + "'; " + hint + "give the folder of a model, or one of "
                + String.join(", ", embeddedNames()));
    }

    /** The name or folder it was opened by. */
    public String name() {
        return name;
    }

    /** The family that {@code config.json} names. */
    public Family family() {
        return family;
    }

    /**
     * What {@code config.json} says, with a text's forced tokens as {@code generation_config.json} has them; for an
     * embedded model, what its authors' file says. Read only.
     */
    public JsonNode config() {
        return config;
    }

    /**
     * Every tensor, in the type that the file has, under Hugging Face's name without the architecture's prefix ({@code
     * bert.} and so on), e.g. {@code encoder.layer.0.attention.self.query.weight}, {@code [out, in]}; renamed where its
     * {@link #family()} says. Heads of other tasks are left out.
     */
    public Weights weights() {
        return weights;
    }

    /** The tokenizer that the weights were trained with. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * How the model's authors make one vector of a text.
     *
     * @throws InputException if they make it in a way that is not computed
     */
    public Pooling pooling() {
        return pooling.get();
    }

    /** The licence of an embedded model, as SPDX names it; a folder's is not known. */
    public Optional<String> licence() {
        return licence;
    }

    /** What identifies the weights, see {@link Fingerprint}; 64 hexadecimal digits. */
    public String fingerprint() {
        return fingerprint;
    }

    /** Frees weights and tokenizer; a second call does nothing. */
    @Override
    public void close() {
        weights.close();
        tokenizer.close();
    }
}

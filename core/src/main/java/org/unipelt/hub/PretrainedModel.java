package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.unipelt.InputException;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Pooling;
import org.unipelt.download.DownloadEvent;
import org.unipelt.download.Hub;
import org.unipelt.download.HubName;
import org.unipelt.tensor.Fingerprint;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/**
 * A pretrained model as its files hold it: configuration, weights and tokenizer. It owns weights and tokenizer until it
 * is closed. Thread safe, as both of these are.
 */
public final class PretrainedModel implements AutoCloseable {
    private final String name;
    private final Family family;
    private final JsonNode config;
    private final Weights weights;
    private final Tokenizer tokenizer;
    private final Supplier<Pooling> pooling;
    private final Optional<Origin> origin;
    private final Supplier<ModelFiles> files;
    private final String fingerprint;

    /**
     * Combines the parts and takes ownership of them.
     *
     * @param name the name or folder that the user gave
     * @param family the family that {@code config} names
     * @param config the content of {@code config.json}
     * @param weights of any floating type, under our names
     * @param pooling the pooling of the model's authors; throws if it is not supported
     * @param origin where it was published, if known
     * @param files reads its other files
     * @throws InputException if the tokenizer has more tokens or token types than there are embeddings
     */
    PretrainedModel(
            String name,
            Family family,
            JsonNode config,
            Weights weights,
            Tokenizer tokenizer,
            Supplier<Pooling> pooling,
            Optional<Origin> origin,
            Supplier<ModelFiles> files) {
        String words = family.words();
        if (weights.has(words)
                && tokenizer.vocabularySize() > weights.get(words).size(0)) {
            throw new InputException("wrong vocabulary size in " + name + ": the tokenizer has "
                    + tokenizer.vocabularySize() + " tokens, but " + words + " only "
                    + weights.get(words).size(0) + " rows; use tokenizer and weights of the same model");
        }
        // With one row of type embeddings, token types have no effect.
        family.tokenTypes().filter(weights::has).ifPresent(tokenTypes -> {
            long rows = weights.get(tokenTypes).size(0);
            if (rows > 1 && tokenizer.tokenTypes() > rows) {
                throw new InputException("wrong token types in " + name + ": the tokenizer gives types up to "
                        + (tokenizer.tokenTypes() - 1) + ", but " + tokenTypes + " has only " + rows
                        + " rows; use tokenizer and weights of the same model");
            }
        });
        this.name = name;
        this.family = family;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.pooling = pooling;
        this.origin = origin;
        this.files = files;
        this.fingerprint = Fingerprint.of(weights);
    }

    /**
     * Opens a model: one of {@link #embeddedNames()}, a folder with {@code config.json}, {@code model.safetensors} or
     * {@code pytorch_model.bin} (or shards and their index) and a vocabulary, see {@link Tokenizer#load}, or else a
     * repository of the hub with these files, {@code org/name@revision}.
     *
     * @throws InputException if there is no such model, or one of its files is missing or damaged
     */
    public static PretrainedModel open(String model) {
        return open(model, Hub.ofEnvironment());
    }

    /** Does the same with another hub, cache or listener. */
    static PretrainedModel open(String model, Hub hub) {
        for (EmbeddedModel embedded : EmbeddedModel.values()) {
            if (embedded.modelName().equals(model)) {
                return embedded.open();
            }
        }
        Path path;
        try {
            // A shell knows ~; a file of settings does not.
            path = model.startsWith("~/")
                    ? Path.of(System.getProperty("user.home"), model.substring(2))
                    : Path.of(model);
        } catch (InvalidPathException e) {
            throw UnknownModel.named(model);
        }
        if (model.isBlank()) {
            throw UnknownModel.named(model);
        }
        Optional<HubName> name = HubName.parse(model);
        if (Files.exists(path)) {
            name.filter(both -> model.contains("/") || hub.cache().commit(both).isPresent())
                    .ifPresent(both ->
                            hub.report(new DownloadEvent.Remark(model + " is taken from the folder of that name;"
                                    + " the hub's model is " + both.repository() + "@" + both.revision())));
            if (!Files.isDirectory(path)) {
                throw new InputException("the model " + model + " is a file; give the folder that holds config.json");
            }
            return ModelFolder.open(path, path.toString(), Optional.empty());
        }
        HubModel found = ofHub(model, name, hub);
        Origin origin = new Origin(found.name().repository(), Optional.of(found.commit()), Optional.empty());
        return ModelFolder.open(found.folder(), model, Optional.of(origin));
    }

    /** Takes a model from the hub, unless its name is a slip of an embedded model's. */
    private static HubModel ofHub(String model, Optional<HubName> name, Hub hub) {
        HubName wanted = name.filter(each -> !UnknownModel.isSlip(model)).orElseThrow(() -> UnknownModel.named(model));
        for (EmbeddedModel embedded : EmbeddedModel.values()) {
            if (embedded.authorsName().equalsIgnoreCase(wanted.repository())
                    && hub.cache().commit(wanted).isEmpty()
                    && hub.offline().isEmpty()) {
                hub.report(new DownloadEvent.Remark(model + " also comes with the library, without its pooler, as "
                        + embedded.modelName() + ", which needs no download"));
            }
        }
        try {
            return HubModel.of(hub, wanted);
        } catch (InputException e) {
            throw UnknownModel.withSuggestion(e, model);
        }
    }

    /** Returns the names of the models that come with the library: {@code minilm-l6} and {@code bge-small}. */
    public static List<String> embeddedNames() {
        return List.of(EmbeddedModel.values()).stream()
                .map(EmbeddedModel::modelName)
                .toList();
    }

    /** Returns the name or folder that it was opened with. */
    public String name() {
        return name;
    }

    /** Returns the family that {@code config.json} names. */
    public Family family() {
        return family;
    }

    /**
     * Returns the content of {@code config.json}, with a text's forced tokens from {@code generation_config.json}. For
     * an embedded model, it is the content of its authors' file. Do not modify it.
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

    /** Returns the tokenizer that the weights were trained with. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * Returns the pooling of the model's authors.
     *
     * @throws InputException if it is not supported
     */
    public Pooling pooling() {
        return pooling.get();
    }

    /** Returns the licence of an embedded model by its SPDX name; empty for a folder. */
    public Optional<String> licence() {
        return origin.flatMap(Origin::licence);
    }

    /** Returns where it was published; empty for a folder. */
    Optional<Origin> origin() {
        return origin;
    }

    /** Reads its files beside the weights. */
    ModelFiles files() {
        return files.get();
    }

    /** Identifies the weights, see {@link Fingerprint}; 64 hexadecimal digits. */
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

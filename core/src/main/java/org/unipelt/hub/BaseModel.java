package org.unipelt.hub;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.download.Hub;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/**
 * An open pretrained model: backbone, tokenizer and identity. It owns the frozen weights, once for any number of tuned
 * models; close it after them.
 *
 * <p>Thread safe, with one tuned model or several. {@link #close()} waits for running calls of its tuned models and for
 * running trainings; later calls throw an {@link IllegalStateException}.
 */
public final class BaseModel implements AutoCloseable {
    private final PretrainedModel pretrained;
    private final Backbone backbone;
    /** The fields of {@code config.json} that were read. */
    private final Map<String, String> read = new HashMap<>();

    private final Compute compute;
    /** The weights on the device that computes. */
    private final Weights weights;

    private BaseModel(PretrainedModel pretrained, Weights weights, Compute compute) {
        this.pretrained = pretrained;
        this.weights = weights;
        this.compute = compute;
        this.backbone = pretrained.family().backbone(new ModelConfig(pretrained.config(), read), weights, compute);
    }

    /**
     * Opens a base model that computes on the CPU in 32 bits. A model of the hub is taken from the cache; what the cache
     * lacks is downloaded silently, as the environment variables of {@link Hub} say.
     *
     * @param model {@code minilm-l6}, {@code bge-small}, a folder in Hugging Face's layout, or a model of the hub, {@code
     *     org/name} or {@code org/name@revision}
     * @throws InputException if there is none, it is damaged, or its architecture is not supported
     */
    public static BaseModel open(String model) {
        return open(model, Compute.cpu());
    }

    /**
     * Opens a base model.
     *
     * @param model {@code minilm-l6}, {@code bge-small}, a folder in Hugging Face's layout, or a model of the hub, {@code
     *     org/name} or {@code org/name@revision}
     * @param compute the device, the precision of products, the workers
     * @throws InputException if there is none, it is damaged, its architecture is not supported, or the device is not
     *     available
     */
    public static BaseModel open(String model, Compute compute) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(compute, "compute is null");
        return open(model, compute, Hub.ofEnvironment());
    }

    /**
     * Opens a base model, with another hub, cache or listener of downloads than the usual.
     *
     * @param model as in {@link #open(String, Compute)}
     * @param compute the device, the precision of products, the workers
     * @param hub where to look for a name that is neither embedded nor a folder
     * @throws InputException if there is none, it is damaged, its architecture is not supported, it cannot be
     *     downloaded, or the device is not available
     */
    public static BaseModel open(String model, Compute compute, Hub hub) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(compute, "compute is null");
        Objects.requireNonNull(hub, "hub is null");
        compute.demand();
        PretrainedModel pretrained = PretrainedModel.open(model, hub);
        Weights weights = null;
        boolean opened = false;
        try {
            weights = compute.move(pretrained.weights());
            // Nobody reads them any more. What is converted next is then owned once, and freed tensor by tensor.
            pretrained.weights().close();
            weights = compute.precision().kept(weights);
            BaseModel base = new BaseModel(pretrained, weights, compute);
            opened = true;
            return base;
        } catch (InputException e) {
            throw new InputException(model + ": " + e.getMessage(), e);
        } finally {
            if (!opened) {
                if (weights != null) {
                    weights.close();
                }
                pretrained.close();
            }
        }
    }

    /**
     * Keeps this model open: {@link #close()} waits until the use is closed. Trainings and tuned models call this.
     *
     * @throws IllegalStateException if it is closed or closing
     */
    public Lifetime.Use use() {
        return weights.use("the base model " + name());
    }

    /**
     * Keeps this model open for a training, like {@link #use}.
     *
     * @throws InputException if it is open for predicting only
     * @throws IllegalStateException if it is closed or closing
     */
    public Lifetime.Use useForTraining() {
        if (compute.isPredicting()) {
            throw new InputException(
                    name() + " is open for predicting only; open it without Compute.predicting() to train");
        }
        return use();
    }

    /** Returns the name or folder given to {@link #open}. */
    public String name() {
        return pretrained.name();
    }

    /** Returns everything but the weights that answers depend on. */
    public Reading reading() {
        Optional<String> pooling;
        try {
            pooling = Optional.of(pooling().text());
        } catch (InputException e) {
            // Report this only if the pooling is needed: --pooling may override it.
            pooling = Optional.empty();
        }
        return new Reading(read, tokenizer().fingerprint(), pooling);
    }

    /** Identifies the weights: equal for equal weights only. {@link #reading()} covers the rest. */
    public String fingerprint() {
        return pretrained.fingerprint();
    }

    /** Returns the device, precision and workers that compute it. */
    public Compute compute() {
        return compute;
    }

    /** Returns the precision of its products. */
    public Precision precision() {
        return compute.precision();
    }

    /** Returns the frozen network. */
    public Backbone backbone() {
        return backbone;
    }

    /** Returns the names of its linear maps in its files, as Python's libraries have them. */
    public ModuleNames modules() {
        return ModuleNames.of(pretrained.family(), backbone.sites());
    }

    /** Returns the tokenizer, which turns texts into ids of this model's vocabulary. */
    public Tokenizer tokenizer() {
        return pretrained.tokenizer();
    }

    /** Returns the name and the files' conventions of its architecture. */
    public Family family() {
        return pretrained.family();
    }

    /**
     * Returns the name that files with a head have for a tensor of the backbone, e.g. {@code
     * bert.encoder.layer.0.output.dense.weight}: with the family's prefix.
     *
     * @param tensor its name among {@link Backbone#weights}
     */
    public String nameInFiles(String tensor) {
        Objects.requireNonNull(tensor, "tensor is null");
        return new FileNames(family(), true).inFile(tensor);
    }

    /** Returns the name that files of models that generate texts have for a tensor of the backbone. */
    public String nameInGenerators(String tensor) {
        Objects.requireNonNull(tensor, "tensor is null");
        return new FileNames(family(), family().prefixesGenerators()).inFile(tensor);
    }

    /**
     * Returns the head of its family's own classifiers in transformers; empty if there are none, or this library has no
     * head of that form. What the head reads may be missing from this model's weights.
     *
     * @throws InputException if {@code config.json} asks for a form that is not supported
     */
    public Optional<OwnHead> ownHead() {
        return family().ownHead(new ModelConfig(pretrained.config()));
    }

    /**
     * Reads its files beside the weights: config and tokenizer.
     *
     * @throws InputException if one can no longer be read
     */
    public ModelFiles files() {
        return pretrained.files();
    }

    /** Returns where it was published; empty for a folder. */
    public Optional<Origin> origin() {
        return pretrained.origin();
    }

    /** Returns the usual head for tuning models of its family. */
    public Head head() {
        return pretrained.family().head();
    }

    /**
     * Returns the pooling that this model was trained for.
     *
     * @throws InputException if that pooling is not supported
     */
    public Pooling pooling() {
        return pretrained.pooling();
    }

    /**
     * Waits for running calls and frees the weights; a second call does nothing.
     *
     * @throws IllegalStateException from inside a call that uses this model, such as from a training's listener
     */
    @Override
    public void close() {
        // First, because it waits for all readers.
        weights.close();
        backbone.close();
        pretrained.close();
    }
}

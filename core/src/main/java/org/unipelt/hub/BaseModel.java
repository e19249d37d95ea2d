package org.unipelt.hub;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Pooling;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/**
 * A pre-trained model ready to stand on: backbone, tokenizer, and what identifies them. It owns the frozen weights,
 * once, however many tuned models stand on it; close it after them.
 *
 * <p>Any number of threads may use it at once, with one tuned model or with several. {@link #close()} waits for the
 * calls of its tuned models and trainings that are under way; later ones are refused with an
 * {@link IllegalStateException}.
 */
public final class BaseModel implements AutoCloseable {
    private final PretrainedModel pretrained;
    private final Backbone backbone;
    /** Fields of {@code config.json}. */
    private final Map<String, String> read = new HashMap<>();

    private final Compute compute;
    /** The checkpoint's weights, where they are computed with. */
    private final Weights weights;

    private BaseModel(PretrainedModel pretrained, Weights weights, Compute compute) {
        this.pretrained = pretrained;
        this.weights = weights;
        this.compute = compute;
        this.backbone = pretrained.family().backbone(new ModelConfig(pretrained.config(), read), weights, compute);
    }

    /**
     * Opens a base model that computes in 32 bits.
     *
     * @param model {@code minilm-l6}, {@code bge-small}, or a folder in Hugging Face's layout
     * @throws InputException if there is none, it is damaged, or its architecture is not supported
     */
    public static BaseModel open(String model) {
        return open(model, Compute.cpu());
    }

    /**
     * Opens a base model.
     *
     * @param model {@code minilm-l6}, {@code bge-small}, or a folder in Hugging Face's layout
     * @param compute the device, the precision of the products of every pass, the workers
     * @throws InputException if there is none, it is damaged, or its architecture is not supported; if the device is
     *     not there
     */
    public static BaseModel open(String model, Compute compute) {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(compute, "compute is null");
        compute.device().demand();
        PretrainedModel pretrained = PretrainedModel.open(model);
        Weights weights = null;
        boolean opened = false;
        try {
            try (Weights moved = compute.move(pretrained.weights())) {
                weights = compute.precision().kept(moved);
            }
            // Nobody reads them any more: on the CPU the others share what is as it was, and a GPU has copies.
            pretrained.weights().close();
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
     * Keeps this model open: {@link #close()} waits until the use is closed. Trainings and tuned models do so by
     * themselves.
     *
     * @throws IllegalStateException if it is closed, or about to be
     */
    public Lifetime.Use use() {
        return weights.use("the base model " + name());
    }

    /** As it was given to {@link #open}. */
    public String name() {
        return pretrained.name();
    }

    /** What answers depend on besides the weights. */
    public Reading reading() {
        Optional<String> pooling;
        try {
            pooling = Optional.of(pooling().text());
        } catch (InputException e) {
            // Whoever needs it is told; others say how to pool.
            pooling = Optional.empty();
        }
        return new Reading(read, tokenizer().fingerprint(), pooling);
    }

    /** Identifies the weights; equal only for equal weights. {@link #reading()} is what else answers depend on. */
    public String fingerprint() {
        return pretrained.fingerprint();
    }

    /** What computes it. */
    public Compute compute() {
        return compute;
    }

    /** How exactly its products are computed. */
    public Precision precision() {
        return compute.precision();
    }

    /** The frozen network. */
    public Backbone backbone() {
        return backbone;
    }

    /** Turns texts into ids of this model's vocabulary. */
    public Tokenizer tokenizer() {
        return pretrained.tokenizer();
    }

    /** The head that models of its family are usually tuned with. */
    public Head head() {
        return pretrained.family().head();
    }

    /**
     * The pooling that this model was trained for.
     *
     * @throws InputException if it was trained for one that is not computed here
     */
    public Pooling pooling() {
        return pretrained.pooling();
    }

    /**
     * Waits for the calls under way and frees the weights; a second call does nothing.
     *
     * @throws IllegalStateException from inside a call that uses this model, for example from a training's listener
     */
    @Override
    public void close() {
        // First: it waits for all who read.
        weights.close();
        backbone.close();
        pretrained.close();
    }
}

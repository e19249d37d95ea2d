package org.unipelt.backbone.t5;

import static org.unipelt.backbone.t5.T5.OUTPUT;
import static org.unipelt.backbone.t5.T5.WORDS;

import java.util.List;
import java.util.Optional;
import org.unipelt.Words;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.t5.T5.Config;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** T5, and other encoder-decoders that {@link T5} computes. */
public enum T5Family implements Family {
    /** Raffel et al. 2020; its later version 1.1 and FLAN-T5 (Chung et al. 2022) too. */
    T5,
    /** T5 1.1 with a vocabulary of a hundred languages (Xue et al. 2021). */
    MT5;

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String className() {
        return this == T5 ? "T5" : "MT5";
    }

    /** Only classifiers' files have it. */
    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public boolean prefixesGenerators() {
        return false;
    }

    @Override
    public List<String> heads() {
        return List.of("classification_head.", "classifier.", "qa_outputs.");
    }

    /** A table of distances to the source, which the first files hold and no T5 uses. */
    @Override
    public List<String> unused() {
        return List.of(".EncDecAttention.relative_attention_bias.weight");
    }

    @Override
    public List<String> unprefixed() {
        return List.of(OUTPUT);
    }

    @Override
    public String words() {
        return WORDS;
    }

    @Override
    public List<String> tiedToWords() {
        return List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight");
    }

    @Override
    public Optional<String> output() {
        return Optional.of(OUTPUT);
    }

    @Override
    public boolean generates() {
        return true;
    }

    @Override
    public void check(ModelConfig config) {
        Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new T5(Config.of(config), weights, compute);
    }

    @Override
    public Head head() {
        return Head.DENSE;
    }

    @Override
    public Optional<OwnHead> ownHead(ModelConfig config) {
        return Optional.of(OwnHead.dense(Pooling.END, "classification_head.dense", "classification_head.out_proj")
                .without(OUTPUT));
    }

    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return Pooling.END;
    }
}

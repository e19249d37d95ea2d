package org.unipelt.backbone.bart;

import java.util.List;
import java.util.Optional;
import org.unipelt.Words;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** BART, and other encoder-decoders that {@link Bart} computes. */
public enum BartFamily implements Family {
    /** Lewis et al. 2020. */
    BART,
    /** Liu et al. 2020. */
    MBART,
    /** Zhang et al. 2020. */
    PEGASUS;

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String className() {
        return switch (this) {
            case BART -> "Bart";
            case MBART -> "MBart";
            case PEGASUS -> "Pegasus";
        };
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public List<String> heads() {
        return List.of("classification_head.");
    }

    /** A version number that fairseq, BART's first program, writes. */
    @Override
    public List<String> unused() {
        return List.of("coder.version");
    }

    @Override
    public List<String> unprefixed() {
        return List.of(Bart.LOGITS_BIAS);
    }

    @Override
    public String words() {
        return Bart.WORDS;
    }

    /** The last one is the output's name for it. */
    @Override
    public List<String> tiedToWords() {
        return List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight");
    }

    @Override
    public boolean generates() {
        return true;
    }

    @Override
    public void check(ModelConfig config) {
        Bart.Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new Bart(Bart.Config.of(config), weights, compute);
    }

    @Override
    public Head head() {
        return Head.DENSE;
    }

    /** There are no classifiers of Pegasus. */
    @Override
    public Optional<OwnHead> ownHead(ModelConfig config) {
        return this == PEGASUS
                ? Optional.empty()
                : Optional.of(OwnHead.dense(Pooling.END, "classification_head.dense", "classification_head.out_proj")
                        .without(Bart.LOGITS_BIAS));
    }

    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return Pooling.END;
    }
}

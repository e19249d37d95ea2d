package org.unipelt.backbone.modernbert;

import java.util.List;
import org.unipelt.Words;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** What {@link ModernBert} computes. */
public enum ModernBertFamily implements Family {
    /** Warner et al. 2024. */
    MODERNBERT;

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String className() {
        return "ModernBert";
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public List<String> heads() {
        return List.of("classifier.", "decoder.", "head.");
    }

    @Override
    public List<String> unused() {
        return List.of();
    }

    @Override
    public String words() {
        return ModernBert.WORDS;
    }

    @Override
    public void check(ModelConfig config) {
        ModernBert.Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new ModernBert(ModernBert.Config.of(config), weights, compute);
    }

    /** Dense, because a checkpoint has no pooler. Hugging Face's head has GELU and a norm in place of the tanh. */
    @Override
    public Head head() {
        return Head.DENSE;
    }

    /** The {@code classifier_pooling} of {@code config.json}: {@code cls}, which is the default, or {@code mean}. */
    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return config.word("classifier_pooling", "cls", "mean").equals("mean") ? Pooling.MEAN : Pooling.FIRST;
    }
}

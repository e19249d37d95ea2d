package org.unipelt.backbone.deberta;

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

/** DeBERTa, as {@link Deberta} computes it. */
public enum DebertaFamily implements Family {
    /** Version 2 (He et al. 2021), version 3 (He et al. 2023) and mDeBERTa: one computation, other settings. */
    DEBERTA_V2;

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String className() {
        return "DebertaV2";
    }

    @Override
    public String prefix() {
        return "deberta.";
    }

    @Override
    public List<String> heads() {
        return List.of("classifier.", "cls.", "lm_predictions.", "mask_predictions.", "pooler.", "qa_outputs.");
    }

    /**
     * Position ids are 0, 1, 2 and so on. A table {@code _weight} is left over from version 3's training (He et al. 2023,
     * section 3.3); transformers reads only the table beside it.
     */
    @Override
    public List<String> unused() {
        return List.of(".position_ids", ".word_embeddings._weight", ".position_embeddings._weight");
    }

    @Override
    public String words() {
        return Deberta.WORDS;
    }

    @Override
    public Optional<String> tokenTypes() {
        return Optional.of(Deberta.TYPES);
    }

    @Override
    public void check(ModelConfig config) {
        Deberta.Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new Deberta(Deberta.Config.of(config), weights, compute);
    }

    /**
     * Dense: the checkpoints have no pooler. The head has a tanh between its two maps, like RoBERTa's; Hugging Face's
     * head for DeBERTa has the same two maps with GELU.
     */
    @Override
    public Head head() {
        return Head.DENSE;
    }

    @Override
    public Optional<OwnHead> ownHead(ModelConfig config) {
        int hidden = config.positive("hidden_size");
        if (config.positive("pooler_hidden_size", hidden) != hidden) {
            return Optional.empty();
        }
        Optional<Head> form =
                switch (config.activation("pooler_hidden_act", "gelu")) {
                    case GELU -> Optional.of(Head.DENSE_GELU);
                    case RELU -> Optional.of(Head.DENSE_RELU);
                    case TANH -> Optional.of(Head.DENSE);
                    case GELU_TANH, SILU -> Optional.empty();
                };
        return form.map(each -> OwnHead.dense(each, Pooling.FIRST, "pooler.dense", "classifier"));
    }

    /** The first token, which Hugging Face's head for DeBERTa reads. */
    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return Pooling.FIRST;
    }
}

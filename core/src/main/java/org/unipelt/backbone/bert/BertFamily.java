package org.unipelt.backbone.bert;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.Words;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** BERT, and other encoders that {@link Bert} computes. */
public enum BertFamily implements Family {
    /** Devlin et al. 2019. */
    BERT,
    /** Liu et al. 2019. */
    ROBERTA,
    /** Sanh et al. 2019; here its layers have BERT's names. */
    DISTILBERT,
    /** Clark et al. 2020; the discriminator. */
    ELECTRA;

    private static final Map<String, String> DISTILBERT_NAMES = Map.of(
            "transformer.layer.#.attention.q_lin", "encoder.layer.#.attention.self.query",
            "transformer.layer.#.attention.k_lin", "encoder.layer.#.attention.self.key",
            "transformer.layer.#.attention.v_lin", "encoder.layer.#.attention.self.value",
            "transformer.layer.#.attention.out_lin", "encoder.layer.#.attention.output.dense",
            "transformer.layer.#.sa_layer_norm", "encoder.layer.#.attention.output.LayerNorm",
            "transformer.layer.#.ffn.lin1", "encoder.layer.#.intermediate.dense",
            "transformer.layer.#.ffn.lin2", "encoder.layer.#.output.dense",
            "transformer.layer.#.output_layer_norm", "encoder.layer.#.output.LayerNorm");

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String prefix() {
        return modelType() + ".";
    }

    @Override
    public List<String> heads() {
        return List.of("cls.", "classifier.", "lm_head.");
    }

    /** Position ids are 0, 1, 2 and so on; token types are 0. */
    @Override
    public List<String> unused() {
        return List.of(".position_ids", ".token_type_ids");
    }

    @Override
    public String words() {
        return Bert.WORDS;
    }

    @Override
    public Optional<String> tokenTypes() {
        return Optional.of(Bert.TYPES);
    }

    @Override
    public Map<String, String> renames() {
        return this == DISTILBERT ? DISTILBERT_NAMES : Map.of();
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new Bert(Bert.Config.of(config), weights, compute);
    }

    /**
     * Linear after BERT's pooler; dense for the others, whose checkpoints have no pooler or do not use it. The dense
     * head has a tanh between its two maps, like RoBERTa's; Hugging Face's heads for DistilBERT and ELECTRA have ReLU
     * and GELU.
     */
    @Override
    public Head head() {
        return this == BERT ? Head.LINEAR : Head.DENSE;
    }

    /** The pooler if a BERT has one; otherwise the first token, because the dense head replaces the pooler. */
    @Override
    public Pooling pooling(Weights weights) {
        return this == BERT && weights.has(Bert.POOLER + ".weight") ? Pooling.POOLER : Pooling.FIRST;
    }
}

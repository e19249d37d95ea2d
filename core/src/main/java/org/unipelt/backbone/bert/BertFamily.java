package org.unipelt.backbone.bert;

import java.util.List;
import java.util.Map;
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

/** BERT, and other encoders that {@link Bert} computes. */
public enum BertFamily implements Family {
    /** Devlin et al. 2019. */
    BERT,
    /** Liu et al. 2019. */
    ROBERTA,
    /** RoBERTa's computation with a vocabulary of a hundred languages (Conneau et al. 2020). */
    XLM_ROBERTA,
    /** RoBERTa's computation with a French vocabulary (Martin et al. 2020). */
    CAMEMBERT,
    /** RoBERTa's computation with relative positions in addition (Song et al. 2020). */
    MPNET,
    /** Sanh et al. 2019; here its layers have BERT's names. */
    DISTILBERT,
    /** Clark et al. 2020; the discriminator. */
    ELECTRA,
    /** Lan et al. 2020; here a group of layers has the names of one BERT layer. */
    ALBERT;

    private static final String ALBERT_GROUP = "encoder.albert_layer_groups.#.albert_layers.0.";

    private static final Map<String, String> DISTILBERT_NAMES = Map.of(
            "transformer.layer.#.attention.q_lin", "encoder.layer.#.attention.self.query",
            "transformer.layer.#.attention.k_lin", "encoder.layer.#.attention.self.key",
            "transformer.layer.#.attention.v_lin", "encoder.layer.#.attention.self.value",
            "transformer.layer.#.attention.out_lin", "encoder.layer.#.attention.output.dense",
            "transformer.layer.#.sa_layer_norm", "encoder.layer.#.attention.output.LayerNorm",
            "transformer.layer.#.ffn.lin1", "encoder.layer.#.intermediate.dense",
            "transformer.layer.#.ffn.lin2", "encoder.layer.#.output.dense",
            "transformer.layer.#.output_layer_norm", "encoder.layer.#.output.LayerNorm");

    private static final Map<String, String> MPNET_NAMES = Map.of(
            "encoder.layer.#.attention.attn.q", "encoder.layer.#.attention.self.query",
            "encoder.layer.#.attention.attn.k", "encoder.layer.#.attention.self.key",
            "encoder.layer.#.attention.attn.v", "encoder.layer.#.attention.self.value",
            "encoder.layer.#.attention.attn.o", "encoder.layer.#.attention.output.dense",
            "encoder.layer.#.attention.LayerNorm", "encoder.layer.#.attention.output.LayerNorm");

    private static final Map<String, String> ALBERT_NAMES = Map.of(
            ALBERT_GROUP + "attention.query",
            "encoder.layer.#.attention.self.query",
            ALBERT_GROUP + "attention.key",
            "encoder.layer.#.attention.self.key",
            ALBERT_GROUP + "attention.value",
            "encoder.layer.#.attention.self.value",
            ALBERT_GROUP + "attention.dense",
            "encoder.layer.#.attention.output.dense",
            ALBERT_GROUP + "attention.LayerNorm",
            "encoder.layer.#.attention.output.LayerNorm",
            ALBERT_GROUP + "ffn",
            "encoder.layer.#.intermediate.dense",
            ALBERT_GROUP + "ffn_output",
            "encoder.layer.#.output.dense",
            ALBERT_GROUP + "full_layer_layer_norm",
            "encoder.layer.#.output.LayerNorm",
            "encoder.embedding_hidden_mapping_in",
            "embeddings_project",
            "pooler",
            Bert.POOLER);

    @Override
    public String modelType() {
        return Words.of(this);
    }

    @Override
    public String className() {
        return switch (this) {
            case BERT -> "Bert";
            case ROBERTA -> "Roberta";
            case XLM_ROBERTA -> "XLMRoberta";
            case CAMEMBERT -> "Camembert";
            case MPNET -> "MPNet";
            case DISTILBERT -> "DistilBert";
            case ELECTRA -> "Electra";
            case ALBERT -> "Albert";
        };
    }

    @Override
    public String prefix() {
        return switch (this) {
            case XLM_ROBERTA, CAMEMBERT -> ROBERTA.prefix();
            case BERT, ROBERTA, MPNET, DISTILBERT, ELECTRA, ALBERT -> modelType() + ".";
        };
    }

    @Override
    public List<String> heads() {
        return List.of(
                "discriminator_predictions.",
                "generator_lm_head.",
                "generator_predictions.",
                "sop_classifier.",
                "vocab_layer_norm.",
                "vocab_projector.",
                "vocab_transform.");
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
        return switch (this) {
            case MPNET -> MPNET_NAMES;
            case DISTILBERT -> DISTILBERT_NAMES;
            case ALBERT -> ALBERT_NAMES;
            case BERT, ROBERTA, XLM_ROBERTA, CAMEMBERT, ELECTRA -> Map.of();
        };
    }

    @Override
    public void check(ModelConfig config) {
        Bert.Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new Bert(Bert.Config.of(config), weights, compute);
    }

    /**
     * Linear after the pooler of BERT and ALBERT; dense for the others, whose checkpoints have no pooler or do not use it. The dense
     * head has a tanh between its two maps, like RoBERTa's; Hugging Face's heads for DistilBERT and ELECTRA have ReLU
     * and GELU.
     */
    @Override
    public Head head() {
        return usesPooler() ? Head.LINEAR : Head.DENSE;
    }

    /** DistilBERT's and ELECTRA's have another activation between their maps than RoBERTa's. */
    @Override
    public Optional<OwnHead> ownHead(ModelConfig config) {
        OwnHead own =
                switch (this) {
                    case BERT, ALBERT -> OwnHead.linear(Bert.POOLER, "classifier");
                    case ROBERTA, XLM_ROBERTA, CAMEMBERT, MPNET ->
                        OwnHead.dense(Pooling.FIRST, "classifier.dense", "classifier.out_proj");
                    case ELECTRA ->
                        OwnHead.dense(Head.DENSE_GELU, Pooling.FIRST, "classifier.dense", "classifier.out_proj");
                    case DISTILBERT -> OwnHead.dense(Head.DENSE_RELU, Pooling.FIRST, "pre_classifier", "classifier");
                };
        return Optional.of(usesPooler() ? own : own.without(Bert.POOLER + ".weight", Bert.POOLER + ".bias"));
    }

    private boolean usesPooler() {
        return this == BERT || this == ALBERT;
    }

    /** The pooler if a BERT or an ALBERT has one; otherwise the first token, because the dense head replaces the pooler. */
    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return usesPooler() && weights.has(Bert.POOLER + ".weight") ? Pooling.POOLER : Pooling.FIRST;
    }
}

package org.unipelt.backbone.nomicbert;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** What {@link NomicBert} computes. */
public enum NomicBertFamily implements Family {
    /** Nussbaum et al. 2024. */
    NOMIC_BERT("nomic_bert"),
    /** Zhang et al. 2024; here its weights have Nomic BERT's names, except that of its fused feed-forward maps. */
    GTE("gte");

    private static final Map<String, String> GTE_NAMES = Map.of(
            "embeddings.LayerNorm", "emb_ln",
            "encoder.layer.#.attention.qkv_proj", "encoder.layers.#.attn.Wqkv",
            "encoder.layer.#.attention.o_proj", "encoder.layers.#.attn.out_proj",
            "encoder.layer.#.attn_ln", "encoder.layers.#.norm1",
            "encoder.layer.#.mlp.up_gate_proj", "encoder.layers.#.mlp.up_gate_proj",
            "encoder.layer.#.mlp.down_proj", "encoder.layers.#.mlp.fc2",
            "encoder.layer.#.mlp_ln", "encoder.layers.#.norm2");

    private final String modelType;

    NomicBertFamily(String modelType) {
        this.modelType = modelType;
    }

    @Override
    public String modelType() {
        return modelType;
    }

    @Override
    public String className() {
        return this == GTE ? "Gte" : "NomicBert";
    }

    @Override
    public String prefix() {
        return modelType + ".";
    }

    @Override
    public List<String> heads() {
        return List.of("classifier.", "cls.", "lm_head.");
    }

    /** Rotary frequencies follow from the config. */
    @Override
    public List<String> unused() {
        return List.of(".inv_freq");
    }

    @Override
    public String words() {
        return NomicBert.WORDS;
    }

    @Override
    public Optional<String> tokenTypes() {
        return Optional.of(NomicBert.TYPES);
    }

    @Override
    public Map<String, String> renames() {
        return this == GTE ? GTE_NAMES : Map.of();
    }

    @Override
    public void check(ModelConfig config) {
        NomicBert.Config.of(config);
    }

    @Override
    public Backbone backbone(ModelConfig config, Weights weights, Compute compute) {
        return new NomicBert(NomicBert.Config.of(config), weights, compute);
    }

    /** Linear after the pooler, as Hugging Face's classifiers have it. */
    @Override
    public Head head() {
        return Head.LINEAR;
    }

    @Override
    public Optional<OwnHead> ownHead(ModelConfig config) {
        return Optional.of(OwnHead.linear(NomicBert.POOLER, "classifier"));
    }

    /** The pooler, if the file has one; published models of sentences have none. */
    @Override
    public Pooling pooling(ModelConfig config, Weights weights) {
        return weights.has(NomicBert.POOLER + ".weight") ? Pooling.POOLER : Pooling.FIRST;
    }
}

package org.unipelt.backbone.nomicbert;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.Layers;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Norm;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.PositionEncoding;
import org.unipelt.backbone.RotaryPositions;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * Nomic BERT (Nussbaum et al. 2024) and GTE (Zhang et al. 2024) exactly as Hugging Face computes them: BERT with rotary
 * positions in place of learned ones, and gated feed-forward networks. W_q, W_k and W_v are rows of one weight; in GTE,
 * W_1 and W_g are, too. GTE's maps have biases, but for W_1 and W_g.
 *
 * <pre>
 *   ids, types ─▶ word + type ─(EMBEDDINGS)─▶ LN ─▶ dropout ─▶ h
 *
 *   each layer:   h ─┬─▶ W_q (QUERY) ─▶ turned ─┐
 *                    ├─▶ W_k (KEY) ───▶ turned ─┤(KEYS_AND_VALUES)─▶ softmax(q kᵀ/√d) v (HEADS) ─▶ W_o (ATTENTION_OUT)
 *                    ├─▶ W_v (VALUE) ───────────┘                                                  │ dropout
 *                    └────────────────────────▶ + ◀──────────────────────────────────── (ATTENTION)┘
 *                                               LN ─▶ x
 *                 x ─┬─▶ W_g (FFN_GATE) ─▶ f ─┐
 *                    ├─▶ W_1 (FFN_UP) ────────┴─▶ · (FFN_INNER) ─▶ W_2 (FFN_DOWN) ─▶ dropout ─▶ (FFN) ─┐
 *                    └────────────────────────▶ + ◀────────────────────────────────────────────────────┘
 *                                               LN ─▶ next h
 * </pre>
 */
public final class NomicBert implements Encoder {
    /** Which of the two it is: they differ in names, fused maps and biases. */
    public enum Kind {
        /** W_1 and W_g are weights of their own, and no map has a bias. */
        NOMIC_BERT,
        /** W_1 and W_g are rows of one weight, and the other maps have a bias. */
        GTE
    }

    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions the length of the longest sequence
     * @param tokenTypes number of token-type embeddings; may be 0
     * @param epsilon of the layer norms
     * @param padding id of the padding token
     * @param theta the base of the rotary positions
     */
    public record Config(
            Kind kind,
            Anatomy anatomy,
            int vocabulary,
            int positions,
            int tokenTypes,
            double epsilon,
            int padding,
            double theta) {
        /**
         * Reads a Hugging Face {@code config.json}: of transformers 5, or of the program that Nomic's first models came
         * with.
         *
         * @throws InputException if this class does not compute such a model
         */
        public static Config of(ModelConfig config) {
            boolean gte = config.word("model_type", "nomic_bert", "gte").equals("gte");
            if (!gte && !config.has("hidden_size") && config.has("n_embd")) {
                return ofItsProgram(config);
            }
            Activation activation = config.activation("hidden_act", gte ? "gelu" : "silu");
            int hidden = config.positive("hidden_size");
            int vocabulary = config.positive("vocab_size");
            config.keys("rope_scaling");
            config.keys("rope_parameters", "rope_theta", "rope_type");
            config.word("rope_parameters.rope_type", "default");
            double theta = config.positiveReal("rope_theta", gte ? 160_000 : 1000);
            return new Config(
                    gte ? Kind.GTE : Kind.NOMIC_BERT,
                    anatomy(
                            config,
                            hidden,
                            "num_hidden_layers",
                            "num_attention_heads",
                            "intermediate_size",
                            activation),
                    vocabulary,
                    config.positive("max_position_embeddings"),
                    config.atLeastZero("type_vocab_size", gte ? 1 : 2),
                    config.positiveReal("layer_norm_eps", 1e-12),
                    config.token("pad_token_id", gte ? 1 : 0, vocabulary),
                    config.positiveReal("rope_parameters.rope_theta", theta));
        }

        /** That program can compute more kinds of models than transformers, and scales the angles of long texts. */
        private static Config ofItsProgram(ModelConfig config) {
            config.word("activation_function", "swiglu");
            for (String other : List.of(
                    "prenorm",
                    "causal",
                    "parallel_block",
                    "use_rms_norm",
                    "rotary_emb_interleaved",
                    "qkv_proj_bias",
                    "mlp_fc1_bias",
                    "mlp_fc2_bias")) {
                if (config.flag(other, false)) {
                    throw new InputException("config.json: " + other + " is true; only false is supported");
                }
            }
            if (config.has("rotary_emb_scale_base") || config.positiveReal("rotary_emb_fraction", 1) != 1) {
                throw new InputException(
                        "config.json: only rotary_emb_fraction 1 without rotary_emb_scale_base is" + " supported");
            }
            int hidden = config.positive("n_embd");
            int vocabulary = config.positive("vocab_size");
            return new Config(
                    Kind.NOMIC_BERT,
                    anatomy(config, hidden, "n_layer", "n_head", "n_inner", Activation.SILU),
                    vocabulary,
                    Math.min(config.positive("n_positions"), config.positive("max_trained_positions", 2048)),
                    config.atLeastZero("type_vocab_size", 2),
                    config.positiveReal("layer_norm_epsilon", 1e-5),
                    config.token("pad_token_id", 0, vocabulary),
                    config.positiveReal("rotary_emb_base", 10_000));
        }

        private static Anatomy anatomy(
                ModelConfig config,
                int hidden,
                String layers,
                String heads,
                String intermediate,
                Activation activation) {
            int count = config.positive(heads);
            int size = config.has("head_dim") ? config.positive("head_dim") : hidden / count;
            if ((!config.has("head_dim") && hidden % count != 0) || size % 2 != 0 || size == 0) {
                throw new InputException("config.json: " + heads + " " + count + " does not divide the hidden size "
                        + hidden + " into even parts, as rotary positions need them");
            }
            return new Anatomy(
                    hidden,
                    new Stack(
                            Part.ENCODER,
                            config.positive(layers),
                            new Heads(count, count, size, Math.sqrt(size)),
                            Optional.of(new FeedForward(config.positive(intermediate), activation, true))));
        }
    }

    static final String WORDS = "embeddings.word_embeddings.weight";
    static final String TYPES = "embeddings.token_type_embeddings.weight";
    private static final String EMBEDDINGS_NORM = "emb_ln";
    static final String POOLER = "pooler.dense";

    private final Config config;
    private final FrozenNetwork network;

    /**
     * A network over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public NomicBert(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A network over weights that stay their owner's.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public NomicBert(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.network = FrozenNetwork.of(
                config.kind() == Kind.GTE ? "GTE" : "Nomic BERT",
                config.anatomy(),
                sites(config),
                weightShapes(config, weights.has(POOLER + ".weight")),
                Set.of(WORDS, TYPES),
                Map.of(),
                weights,
                compute);
    }

    /** The shape of every weight with this config, by Nomic BERT's names without {@code nomic_bert.}. */
    public static Map<String, long[]> weightShapes(Config config, boolean pooler) {
        int hidden = config.anatomy().hidden();
        WeightShapes shapes =
                new WeightShapes(name -> hasBias(config.kind(), name)).table(WORDS, config.vocabulary(), hidden);
        if (config.tokenTypes() > 0) {
            shapes.table(TYPES, config.tokenTypes(), hidden);
        }
        shapes.norm(EMBEDDINGS_NORM, hidden).of(sites(config), NomicBert::closingNorm, hidden);
        if (pooler) {
            shapes.linear(POOLER, hidden, hidden);
        }
        return shapes.all();
    }

    private static boolean hasBias(Kind kind, String name) {
        boolean isMap = name.contains(".attn.") || name.contains(".mlp.");
        return !isMap || (kind == Kind.GTE && !name.endsWith("up_gate_proj"));
    }

    /** The sites of a model with this config. */
    public static Sites sites(Config config) {
        boolean gte = config.kind() == Kind.GTE;
        return Sites.of(config.anatomy(), (site, rows) -> {
            String layer = layerName(site);
            return switch (site.place()) {
                case QUERY -> new MapSlice(layer + "attn.Wqkv", 0, rows);
                case KEY -> new MapSlice(layer + "attn.Wqkv", rows, rows);
                case VALUE -> new MapSlice(layer + "attn.Wqkv", 2L * rows, rows);
                case ATTENTION_OUT -> new MapSlice(layer + "attn.out_proj", 0, rows);
                case FFN_UP -> new MapSlice(layer + (gte ? "mlp.up_gate_proj" : "mlp.fc11"), 0, rows);
                case FFN_GATE -> new MapSlice(layer + (gte ? "mlp.up_gate_proj" : "mlp.fc12"), gte ? rows : 0, rows);
                case FFN_DOWN -> new MapSlice(layer + "mlp.fc2", 0, rows);
                case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN ->
                    throw new IllegalArgumentException("Nomic BERT has no map at " + site);
            };
        });
    }

    /** The layer norm after an attention or a feed-forward network. */
    private static String closingNorm(Site site) {
        return layerName(site) + (site.place() == Place.ATTENTION ? "norm1" : "norm2");
    }

    private static String layerName(Site site) {
        return "encoder.layers." + site.layer() + ".";
    }

    /** What its computation depends on besides its weights. */
    public Config config() {
        return config;
    }

    @Override
    public FrozenNetwork network() {
        return network;
    }

    @Override
    public int paddingId() {
        return config.padding();
    }

    @Override
    public int positions() {
        return config.positions();
    }

    @Override
    public Sequence embedded(TokenBatch batch, Modifications modifications, Pass pass) {
        Layers layers = layers(PositionEncoding.IN_EMBEDDINGS, modifications, pass);
        Sequence embedded = modifications.atEmbeddings(new Sequence(embed(layers, batch), batch.attentionMask()));
        Tensor hidden = layers.dropout(layers.norm(embedded.states(), EMBEDDINGS_NORM));
        pass.observer().output(new Site(0, Place.EMBEDDINGS), hidden);
        return new Sequence(hidden, embedded.attentionMask());
    }

    private Tensor embed(Layers layers, TokenBatch batch) {
        Tensor words = layers.embedding(batch.ids(), WORDS, config.padding());
        return switch (config.tokenTypes()) {
            case 0 -> words;
            case 1 -> words.add(layers.weight(TYPES));
            default -> words.add(layers.embedding(batch.tokenTypes(), TYPES, -1));
        };
    }

    @Override
    public Tensor layers(Sequence states, int from, int to, Modifications modifications, Pass pass) {
        Tensor attentionMask = states.attentionMask();
        Tensor hidden = states.states();
        int size = anatomy().stack(Part.ENCODER).heads().size();
        RotaryPositions positions =
                RotaryPositions.of(config.theta(), size, hidden.size(1), hidden).from(attentionMask);
        Layers layers = layers(positions, modifications, pass);
        Tensor scoreBias = Layers.scoreBias(attentionMask.unsqueeze(1).unsqueeze(1));
        for (int i = from; i < to; i++) {
            int layer = i;
            Tensor attended = subLayer(
                    layers,
                    new Site(layer, Place.ATTENTION),
                    hidden,
                    attentionMask,
                    x -> layers.selfAttention(Part.ENCODER, layer, x, attentionMask, scoreBias, own -> own));
            hidden = subLayer(
                    layers,
                    new Site(layer, Place.FFN),
                    attended,
                    attentionMask,
                    x -> layers.feedForward(Part.ENCODER, layer, x, attentionMask));
        }
        return hidden;
    }

    private static Tensor subLayer(Layers layers, Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> f) {
        return layers.postNorm(site, x, closingNorm(site), attentionMask, f);
    }

    private Layers layers(PositionEncoding positions, Modifications modifications, Pass pass) {
        return new Layers(network, Norm.layer(config.epsilon()), positions, modifications, pass);
    }

    @Override
    public Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case FIRST -> hidden.select(1, 0);
            case MEAN -> Pooling.mean(hidden, batch.attentionMask());
            case POOLER -> {
                if (!weights().has(POOLER + ".weight")) {
                    throw new InputException("this checkpoint has no pooler; use pooling 'first' or 'mean'");
                }
                MapSlice map = new MapSlice(POOLER, 0, anatomy().hidden());
                yield torch.tanh(layers(PositionEncoding.IN_EMBEDDINGS, modifications, Pass.INFERENCE)
                        .linear(hidden.select(1, 0), map));
            }
            case END ->
                throw new InputException(
                        "pooling 'end' is for encoder-decoder models; use 'pooler', 'first' or 'mean'");
        };
    }
}

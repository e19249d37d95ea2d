package org.unipelt.backbone.modernbert;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
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
import org.unipelt.backbone.Rows;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * ModernBERT (Warner et al. 2024, section 2.1) exactly as Hugging Face computes it: norms before the sub-layers, rotary
 * positions, a gated feed-forward network. Most layers are local: their tokens attend only to near ones, and their
 * positions turn faster. W_q, W_k and W_v are rows of one weight, as are W_g and W_1. Most checkpoints have no biases.
 *
 * <pre>
 *   ids ─▶ word ─(EMBEDDINGS)─▶ LN ─▶ dropout ─▶ h
 *
 *   each layer:   h ─┬─▶ LN ─┬─▶ W_q (QUERY) ─▶ turned ─┐
 *                    │  (not │                          │
 *                    │   in  ├─▶ W_k (KEY) ───▶ turned ─┤(KEYS_AND_VALUES)─▶ softmax(q kᵀ/√d + m) v (HEADS)
 *                    │   the │                          │                                           │
 *                    │ first)└─▶ W_v (VALUE) ───────────┘   m: -∞ beyond the window       W_o (ATTENTION_OUT)
 *                    │                                      of a local layer                        │ dropout
 *                    └────────────────────────▶ + ◀────────────────────────────────── (ATTENTION) ◀─┘
 *                                               x
 *                 x ─┬─▶ LN ─┬─▶ W_g (FFN_GATE) ─▶ gelu ─┐
 *                    │       └─▶ W_1 (FFN_UP) ───────────┴─▶ · (FFN_INNER) ─▶ W_2 (FFN_DOWN) ─▶ dropout ─▶ (FFN) ─┐
 *                    └────────────────────────▶ + ◀───────────────────────────────────────────────────────────────┘
 *                                               next h;  after the last layer: LN
 * </pre>
 */
public final class ModernBert implements Encoder {
    /**
     * Which layers are global: those whose tokens attend to the whole text.
     *
     * @param every the first layer and every so many layers after it, if they are not listed
     * @param listed whether each layer is global; empty if they are not listed
     */
    public record GlobalLayers(int every, List<Boolean> listed) {
        /** Copies the list. */
        public GlobalLayers {
            listed = List.copyOf(listed);
        }

        /** Whether that layer is one of them. */
        public boolean has(int layer) {
            return listed.isEmpty() ? layer % every == 0 : listed.get(layer);
        }
    }

    /**
     * Which maps and norms have a bias.
     *
     * @param norms all norms
     * @param attention the maps of attentions
     * @param feedForward the maps of feed-forward networks
     */
    public record Biases(boolean norms, boolean attention, boolean feedForward) {
        /** As in the published checkpoints. */
        public static final Biases NONE = new Biases(false, false, false);
    }

    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions the length of the longest sequence
     * @param epsilon of the layer norms
     * @param padding id of the padding token
     * @param globals the layers that are global
     * @param globalTheta the base of the rotary positions in them
     * @param localTheta the base of the rotary positions in local layers
     * @param window how far a token of a local layer sees to each side: a token at this distance is still seen
     * @param biases which maps and norms have a bias
     */
    public record Config(
            Anatomy anatomy,
            int vocabulary,
            int positions,
            double epsilon,
            int padding,
            GlobalLayers globals,
            double globalTheta,
            double localTheta,
            int window,
            Biases biases) {
        private static final String GLOBAL = "full_attention";
        private static final String LOCAL = "sliding_attention";

        /**
         * Reads a Hugging Face {@code config.json}, of transformers 5 or of earlier releases. Fields for training, for
         * heads and for the choice of a kernel, such as {@code deterministic_flash_attn}, change no hidden state and are
         * not read.
         *
         * @throws InputException if this class does not compute such a model
         */
        public static Config of(ModelConfig config) {
            config.word("model_type", "modernbert");
            Activation activation = config.activation("hidden_activation", "gelu");
            int layers = config.positive("num_hidden_layers");
            int hidden = config.positive("hidden_size");
            int heads = config.positive("num_attention_heads");
            if (hidden % heads != 0 || hidden / heads % 2 != 0) {
                throw new InputException("config.json: hidden_size " + hidden + " is not an even multiple of"
                        + " num_attention_heads " + heads + ", as rotary positions need it");
            }
            Stack encoder = new Stack(
                    Part.ENCODER,
                    layers,
                    Heads.of(hidden, heads),
                    Optional.of(new FeedForward(config.positive("intermediate_size"), activation, true)));
            int vocabulary = config.positive("vocab_size");
            config.keys("rope_scaling");
            config.keys("rope_parameters", GLOBAL, LOCAL);
            double global = theta(config, GLOBAL, "global_rope_theta", 160_000);
            // With null, earlier releases of transformers turn in all layers alike.
            double local = config.json().path("local_rope_theta").isNull()
                    ? theta(config, LOCAL, "global_rope_theta", 160_000)
                    : theta(config, LOCAL, "local_rope_theta", 10_000);
            return new Config(
                    new Anatomy(hidden, encoder),
                    vocabulary,
                    config.positive("max_position_embeddings"),
                    config.positiveReal("norm_eps", 1e-5),
                    config.token("pad_token_id", 50_283, vocabulary),
                    globals(config, layers),
                    global,
                    local,
                    // transformers lets the other name for the half of it override it.
                    config.positive("sliding_window", config.positive("local_attention", 128) / 2),
                    new Biases(
                            config.flag("norm_bias", false),
                            config.flag("attention_bias", false),
                            config.flag("mlp_bias", false)));
        }

        private static double theta(ModelConfig config, String kind, String older, double usual) {
            String parameters = "rope_parameters." + kind;
            config.keys(parameters, "rope_theta", "rope_type");
            config.word(parameters + ".rope_type", "default");
            String newer = parameters + ".rope_theta";
            return config.has(newer) ? config.positiveReal(newer, usual) : config.positiveReal(older, usual);
        }

        private static GlobalLayers globals(ModelConfig config, int layers) {
            List<String> types = config.words("layer_types", GLOBAL, LOCAL);
            if (types.isEmpty()) {
                return new GlobalLayers(config.positive("global_attn_every_n_layers", 3), List.of());
            }
            if (types.size() != layers) {
                throw new InputException("config.json: layer_types lists " + types.size()
                        + " layers, but num_hidden_layers is " + layers);
            }
            return new GlobalLayers(layers, types.stream().map(GLOBAL::equals).toList());
        }
    }

    static final String WORDS = "embeddings.tok_embeddings.weight";
    private static final String EMBEDDINGS_NORM = "embeddings.norm";
    private static final String LAST_NORM = "final_norm";

    private final Config config;
    private final FrozenNetwork network;

    /**
     * A ModernBERT over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public ModernBert(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A ModernBERT over weights that stay their owner's.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public ModernBert(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.network = FrozenNetwork.of(
                "ModernBERT",
                config.anatomy(),
                sites(config.anatomy()),
                weightShapes(config),
                Set.of(WORDS),
                Map.of(),
                weights,
                compute);
    }

    /** The shape of every weight with this config, by Hugging Face's names without {@code model.}. */
    public static Map<String, long[]> weightShapes(Config config) {
        int hidden = config.anatomy().hidden();
        Biases biases = config.biases();
        return new WeightShapes(name -> name.contains(".attn.")
                        ? biases.attention()
                        : name.contains(".mlp.") ? biases.feedForward() : biases.norms())
                .table(WORDS, config.vocabulary(), hidden)
                .of(sites(config.anatomy()), ModernBert::openingNorm, hidden)
                .norm(LAST_NORM, hidden)
                .all();
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Anatomy anatomy) {
        return Sites.of(anatomy, (site, rows) -> {
            String layer = layerName(site);
            return switch (site.place()) {
                case QUERY -> new MapSlice(layer + "attn.Wqkv", 0, rows);
                case KEY -> new MapSlice(layer + "attn.Wqkv", rows, rows);
                case VALUE -> new MapSlice(layer + "attn.Wqkv", 2L * rows, rows);
                case ATTENTION_OUT -> new MapSlice(layer + "attn.Wo", 0, rows);
                case FFN_GATE -> new MapSlice(layer + "mlp.Wi", 0, rows);
                case FFN_UP -> new MapSlice(layer + "mlp.Wi", rows, rows);
                case FFN_DOWN -> new MapSlice(layer + "mlp.Wo", 0, rows);
                case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN ->
                    throw new IllegalArgumentException("ModernBERT has no map at " + site);
            };
        });
    }

    /** The layer norm before an attention or a feed-forward network. The first attention has that of the embeddings. */
    private static String openingNorm(Site site) {
        return isFirst(site)
                ? EMBEDDINGS_NORM
                : layerName(site) + (site.place() == Place.ATTENTION ? "attn_norm" : "mlp_norm");
    }

    private static boolean isFirst(Site site) {
        return site.layer() == 0 && site.place() == Place.ATTENTION;
    }

    private static String layerName(Site site) {
        return "layers." + site.layer() + ".";
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
        Tensor words = layers.embedding(batch.ids(), WORDS, config.padding());
        Sequence embedded = modifications.atEmbeddings(new Sequence(words, batch.attentionMask()));
        Tensor hidden = layers.dropout(layers.norm(embedded.states(), EMBEDDINGS_NORM));
        pass.observer().output(new Site(0, Place.EMBEDDINGS), hidden);
        return new Sequence(hidden, embedded.attentionMask());
    }

    @Override
    public Tensor layers(Sequence states, int from, int to, Modifications modifications, Pass pass) {
        return new ForwardPass(states, modifications, pass).through(states.states(), from, to);
    }

    private Layers layers(PositionEncoding positions, Modifications modifications, Pass pass) {
        return new Layers(network, Norm.layer(config.epsilon()), positions, modifications, pass);
    }

    @Override
    public Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case FIRST -> hidden.select(1, 0);
            case MEAN -> Pooling.mean(hidden, batch.attentionMask());
            case POOLER -> throw new InputException("ModernBERT has no pooler; use pooling 'first' or 'mean'");
            case END -> throw new InputException("pooling 'end' is for encoder-decoder models; use 'first' or 'mean'");
        };
    }

    /** Local and global layers have angles of their own. */
    private record Rotary(GlobalLayers globals, RotaryPositions global, RotaryPositions local)
            implements PositionEncoding {
        @Override
        public Tensor rotate(Part part, int layer, Tensor heads) {
            return (globals.has(layer) ? global : local).rotate(heads);
        }

        @Override
        public PositionEncoding of(Rows rows) {
            return new Rotary(globals, global.of(rows), local.of(rows));
        }
    }

    /** The layers of one forward pass. */
    private final class ForwardPass {
        private final Tensor attentionMask;
        private final Layers layers;
        private final Tensor globalBias;
        private final Tensor localBias;

        /**
         * Prepares what layers share.
         *
         * @param states {@code [batch, length, hidden]}
         */
        ForwardPass(Sequence states, Modifications modifications, Pass pass) {
            attentionMask = states.attentionMask();
            Tensor embedded = states.states();
            long length = embedded.size(1);
            int size = anatomy().stack(Part.ENCODER).heads().size();
            RotaryPositions global = RotaryPositions.of(config.globalTheta(), size, length, states.states());
            RotaryPositions local = RotaryPositions.of(config.localTheta(), size, length, embedded);
            layers = layers(
                    new Rotary(config.globals(), global.from(attentionMask), local.from(attentionMask)),
                    modifications,
                    pass);
            Tensor real = attentionMask.unsqueeze(1).unsqueeze(1);
            globalBias = Layers.scoreBias(real);
            localBias = Layers.keepingResult(() -> Layers.scoreBias(seenByLocalLayers(real)));
        }

        /** Whether a query (row) may attend to a key (column), {@code [batch, 1, length, length]}. */
        private Tensor seenByLocalLayers(Tensor real) {
            long length = real.size(3);
            Tensor position = real.new_ones(new long[] {length}, new TensorOptions(ScalarType.Long))
                    .cumsum(0);
            Tensor distance = position.unsqueeze(1).sub(position.unsqueeze(0)).abs();
            Tensor near = distance.le(new Scalar((long) config.window()));
            // Padding far from all tokens attends to itself, so that its softmax is a number. Nothing attends to it.
            return near.logical_and(real).logical_or(distance.eq(new Scalar(0L)));
        }

        Tensor through(Tensor states, int from, int to) {
            Tensor hidden = states;
            for (int i = from; i < to; i++) {
                int layer = i;
                Tensor scoreBias = config.globals().has(layer) ? globalBias : localBias;
                Tensor attended = subLayer(
                        new Site(layer, Place.ATTENTION),
                        hidden,
                        x -> layers.selfAttention(Part.ENCODER, layer, x, attentionMask, scoreBias, own -> own));
                hidden = subLayer(
                        new Site(layer, Place.FFN),
                        attended,
                        x -> layers.feedForward(Part.ENCODER, layer, x, attentionMask));
            }
            return to == anatomy().layers(Part.ENCODER) ? layers.norm(hidden, LAST_NORM) : hidden;
        }

        private Tensor subLayer(Site site, Tensor x, UnaryOperator<Tensor> f) {
            UnaryOperator<Tensor> norm =
                    isFirst(site) ? UnaryOperator.identity() : input -> layers.norm(input, openingNorm(site));
            return layers.preNorm(site, x, norm, attentionMask, f);
        }
    }
}

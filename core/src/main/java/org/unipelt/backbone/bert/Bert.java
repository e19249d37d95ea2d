package org.unipelt.backbone.bert;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.FrozenNetwork;
import org.unipelt.backbone.Layers;
import org.unipelt.backbone.MapSlice;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Norm;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.PositionEncoding;
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * BERT (Devlin et al. 2019) and its family exactly as Hugging Face computes them: learned absolute positions,
 * post-layer-norm blocks, GELU by the error function. RoBERTa (Liu et al. 2019) counts positions in another way,
 * DistilBERT (Sanh et al. 2019) has no token types, and ELECTRA (Clark et al. 2020) may have narrow embeddings that are
 * projected. ALBERT (Lan et al. 2020) projects them too, and its layers share their weights: each layer has its own sites
 * and so its own modifications, while a trained copy of a weight acts in all of them. MPNet (Song et al. 2020) counts
 * positions like RoBERTa, and adds a bias of relative positions to the scores, the same in every layer. Some BERTs have
 * vectors of distances in place of learned positions, see {@link Distances}.
 *
 * <pre>
 *   ids, types ─▶ word + position + type ─(EMBEDDINGS)─▶ LN ─▶ dropout ─(narrow: ▶ W h + b)─▶ h
 *
 *   each layer:   h ─┬─▶ W_q (QUERY) ─┐
 *                    ├─▶ W_k (KEY)   ─┤(KEYS_AND_VALUES)─▶ softmax(q kᵀ/√d + r) v (HEADS) ─▶ W_o (ATTENTION_OUT)
 *                    ├─▶ W_v (VALUE) ─┘                       r: MPNet's bias               │ dropout
 *                    └────────────────────────────────▶ + ◀─────────────────── (ATTENTION) ◀┘
 *                                                       LN ─▶ x
 *                 x ─┬─▶ W_1 (FFN_UP) ─▶ gelu ─▶ W_2 (FFN_DOWN) ─▶ dropout ─▶ (FFN) ─┐
 *                    └────────────────────────────────▶ + ◀──────────────────────────┘
 *                                                       LN ─▶ next h
 * </pre>
 */
public final class Bert implements Encoder {
    /** Which row of the table of positions a token has. */
    public enum Positions {
        /** 0, 1, 2 and so on (BERT). */
        FROM_ZERO,
        /** The padding id plus 1, plus 2 and so on for real tokens; the padding id for padding (RoBERTa). */
        AFTER_PADDING_ID
    }

    /**
     * Whether each layer has vectors of distances (Shaw et al. 2018, section 3.2; Huang et al. 2020, methods 2 and 4), as
     * {@code position_embedding_type} says. With them, the embeddings carry no positions.
     */
    public enum Distances {
        /** None: {@code absolute}. */
        NONE,
        /** A query's product with the vector of its distance to a key is added to their score: {@code relative_key}. */
        OF_QUERIES,
        /** The key's product with that vector is added, too: {@code relative_key_query}. */
        OF_QUERIES_AND_KEYS
    }

    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions number of position embeddings
     * @param tokenTypes number of token-type embeddings; 0 in a DistilBERT
     * @param epsilon of the layer norms
     * @param padding id of the padding token
     * @param counting how positions are counted
     * @param projected whether a map projects the embeddings to the hidden size
     * @param relative the bias of relative positions, in an MPNet
     * @param distances whether layers have vectors of distances, in some BERTs
     */
    public record Config(
            Anatomy anatomy,
            int vocabulary,
            int positions,
            int tokenTypes,
            double epsilon,
            int padding,
            Positions counting,
            boolean projected,
            Optional<RelativePositions> relative,
            Distances distances) {
        /** A BERT, a RoBERTa or a model like them. */
        public Config(
                Anatomy anatomy,
                int vocabulary,
                int positions,
                int tokenTypes,
                double epsilon,
                int padding,
                Positions counting) {
            this(
                    anatomy,
                    vocabulary,
                    positions,
                    tokenTypes,
                    epsilon,
                    padding,
                    counting,
                    anatomy.embedding() != anatomy.hidden(),
                    Optional.empty(),
                    Distances.NONE);
        }

        /** A BERT, a DistilBERT or an ELECTRA. */
        public Config(Anatomy anatomy, int vocabulary, int positions, int tokenTypes, double epsilon, int padding) {
            this(anatomy, vocabulary, positions, tokenTypes, epsilon, padding, Positions.FROM_ZERO);
        }

        /**
         * Reads a Hugging Face {@code config.json}.
         *
         * @throws InputException if this class does not compute such a model
         */
        public static Config of(ModelConfig config) {
            String architecture = config.word(
                    "model_type",
                    "bert",
                    "roberta",
                    "xlm-roberta",
                    "camembert",
                    "mpnet",
                    "distilbert",
                    "electra",
                    "albert");
            boolean mpnet = architecture.equals("mpnet");
            boolean roberta =
                    mpnet || List.of("roberta", "xlm-roberta", "camembert").contains(architecture);
            boolean albert = architecture.equals("albert");
            boolean distilled = architecture.equals("distilbert");
            Activation activation =
                    config.activation(distilled ? "activation" : "hidden_act", albert ? "gelu_new" : "gelu");
            Distances distances = distances(config, !mpnet && !albert && !distilled);
            if (config.flag("is_decoder", false)) {
                throw new InputException("config.json: is_decoder is true; only encoders are supported");
            }
            // Each architecture has its own names for the sizes.
            String hidden = distilled ? "dim" : "hidden_size";
            Stack encoder = distilled
                    ? config.stack(Part.ENCODER, "n_layers", hidden, "n_heads", "hidden_dim", activation)
                    : config.stack(
                            Part.ENCODER,
                            "num_hidden_layers",
                            hidden,
                            "num_attention_heads",
                            "intermediate_size",
                            activation);
            int size = config.positive(hidden);
            int embedding = albert || architecture.equals("electra") ? config.positive("embedding_size", 128) : size;
            int vocabulary = config.positive("vocab_size");
            int padding = config.token("pad_token_id", roberta ? 1 : 0, vocabulary);
            int positions = config.positive("max_position_embeddings");
            if (roberta && positions <= padding + 1) {
                throw new InputException("config.json: max_position_embeddings is " + positions
                        + ", but RoBERTa's positions begin after pad_token_id " + padding);
            }
            if (mpnet && padding != 1) {
                throw new InputException("config.json: pad_token_id is " + padding
                        + ", but MPNet's positions begin after 1; only 1 is supported");
            }
            // transformers ignores other numbers.
            if (mpnet && config.positive("relative_attention_num_buckets", MPNET.buckets()) != MPNET.buckets()) {
                throw new InputException("config.json: relative_attention_num_buckets is "
                        + config.positive("relative_attention_num_buckets") + "; only " + MPNET.buckets()
                        + " is supported");
            }
            Stack stack = albert ? sharing(config, encoder) : encoder;
            return new Config(
                    new Anatomy(size, embedding, List.of(stack)),
                    vocabulary,
                    positions,
                    distilled || mpnet ? 0 : config.positive("type_vocab_size", 2),
                    distilled ? 1e-12 : config.positiveReal("layer_norm_eps", 1e-12),
                    padding,
                    roberta ? Positions.AFTER_PADDING_ID : Positions.FROM_ZERO,
                    albert || embedding != size,
                    mpnet ? Optional.of(MPNET) : Optional.empty(),
                    distances);
        }

        /** transformers computed them until version 4 for architectures with BERT's own attention. */
        private static Distances distances(ModelConfig config, boolean possible) {
            String field = "position_embedding_type";
            return switch (possible
                    ? config.word(field, "absolute", "relative_key", "relative_key_query")
                    : config.word(field, "absolute")) {
                case "relative_key" -> Distances.OF_QUERIES;
                case "relative_key_query" -> Distances.OF_QUERIES_AND_KEYS;
                default -> Distances.NONE;
            };
        }

        private static Stack sharing(ModelConfig config, Stack encoder) {
            int groups = config.positive("num_hidden_groups", 1);
            int inner = config.positive("inner_group_num", 1);
            if (groups > encoder.layers()) {
                throw new InputException("config.json: num_hidden_groups is " + groups
                        + ", but num_hidden_layers is only " + encoder.layers());
            }
            if (inner != 1) {
                throw new InputException("config.json: inner_group_num is " + inner + "; only 1 is supported");
            }
            return encoder.sharing(groups);
        }
    }

    static final String WORDS = "embeddings.word_embeddings.weight";
    private static final String POSITIONS = "embeddings.position_embeddings.weight";
    static final String TYPES = "embeddings.token_type_embeddings.weight";
    private static final String EMBEDDINGS_NORM = "embeddings.LayerNorm";
    /** In models whose embeddings are narrower or wider than the hidden states. */
    private static final String EMBEDDINGS_PROJECTION = "embeddings_project";

    /** Of MPNet: a number for each bucket of distances and each head. */
    private static final String RELATIVE = "encoder.relative_attention_bias.weight";

    private static final RelativePositions MPNET = new RelativePositions(32, 128);

    static final String POOLER = "pooler.dense";

    private final Config config;
    private final FrozenNetwork network;

    /**
     * A BERT over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Bert(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A BERT over weights that stay their owner's.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Bert(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.network = FrozenNetwork.of(
                config.counting() == Positions.FROM_ZERO ? "BERT" : "RoBERTa",
                config.anatomy(),
                sites(config.anatomy()),
                weightShapes(config, weights.has(POOLER + ".weight")),
                Set.of(WORDS, POSITIONS, TYPES, RELATIVE),
                Map.of(),
                weights,
                compute);
    }

    /**
     * The shape of every weight with this config, by Hugging Face's names without {@code bert.}, {@code roberta.} or
     * {@code electra.}; the weights of the others have BERT's names, too.
     */
    public static Map<String, long[]> weightShapes(Config config, boolean pooler) {
        int hidden = config.anatomy().hidden();
        int embedding = config.anatomy().embedding();
        WeightShapes shapes = new WeightShapes(name -> true)
                .table(WORDS, config.vocabulary(), embedding)
                .table(POSITIONS, config.positions(), embedding);
        if (config.tokenTypes() > 0) {
            shapes.table(TYPES, config.tokenTypes(), embedding);
        }
        shapes.norm(EMBEDDINGS_NORM, embedding);
        if (config.projected()) {
            shapes.linear(EMBEDDINGS_PROJECTION, hidden, embedding);
        }
        Stack encoder = config.anatomy().stack(Part.ENCODER);
        config.relative()
                .ifPresent(relative -> shapes.table(
                        RELATIVE, relative.buckets(), encoder.heads().queries()));
        if (config.distances() != Distances.NONE) {
            for (int layer = 0; layer < encoder.layers(); layer++) {
                shapes.table(
                        distanceTable(layer),
                        2L * config.positions() - 1,
                        encoder.heads().size());
            }
        }
        shapes.of(sites(config.anatomy()), site -> closingNorm(encoder, site), hidden);
        if (pooler) {
            shapes.linear(POOLER, hidden, hidden);
        }
        return shapes.all();
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Anatomy anatomy) {
        Stack encoder = anatomy.stack(Part.ENCODER);
        return Sites.of(anatomy, (site, rows) -> new MapSlice(projection(encoder, site), 0, rows));
    }

    private static String projection(Stack encoder, Site site) {
        return layerName(encoder, site)
                + switch (site.place()) {
                    case QUERY -> "attention.self.query";
                    case KEY -> "attention.self.key";
                    case VALUE -> "attention.self.value";
                    case ATTENTION_OUT -> "attention.output.dense";
                    case FFN_UP -> "intermediate.dense";
                    case FFN_DOWN -> "output.dense";
                    case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_GATE, FFN_INNER, FFN ->
                        throw new IllegalArgumentException("BERT has no map at " + site);
                };
    }

    /** A vector for each distance from a query back to a key, the least first: {@code [2 · positions - 1, head size]}. */
    private static String distanceTable(int layer) {
        return "encoder.layer." + layer + ".attention.self.distance_embedding.weight";
    }

    /** The layer norm after an attention or a feed-forward network. */
    private static String closingNorm(Stack encoder, Site site) {
        return layerName(encoder, site)
                + (site.place() == Place.ATTENTION ? "attention.output.LayerNorm" : "output.LayerNorm");
    }

    private static String layerName(Stack encoder, Site site) {
        return "encoder.layer." + encoder.weightsOf(site.layer()) + ".";
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
        return config.counting() == Positions.FROM_ZERO
                ? config.positions()
                : config.positions() - config.padding() - 1;
    }

    @Override
    public Sequence embedded(TokenBatch batch, Modifications modifications, Pass pass) {
        return new ForwardPass(layers(modifications, pass)).embedded(batch);
    }

    @Override
    public Tensor layers(Sequence states, int from, int to, Modifications modifications, Pass pass) {
        return new ForwardPass(layers(modifications, pass)).through(states, from, to);
    }

    private Layers layers(Modifications modifications, Pass pass) {
        PositionEncoding positions = config.distances() == Distances.NONE
                ? PositionEncoding.IN_EMBEDDINGS
                : new DistanceVectors(config, network, modifications);
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
                yield torch.tanh(layers(modifications, Pass.INFERENCE)
                        .linear(
                                hidden.select(1, 0),
                                new MapSlice(POOLER, 0, anatomy().hidden())));
            }
            case END ->
                throw new InputException(
                        "pooling 'end' is for encoder-decoder models; use 'pooler', 'first' or 'mean'");
        };
    }

    /** Vectors of distances, which a query and perhaps its key are multiplied with. */
    private record DistanceVectors(Config config, FrozenNetwork network, Modifications modifications)
            implements PositionEncoding {
        @Override
        public Tensor scoreBias(Part part, int layer, Sequence text, Tensor query, KeysAndValues attended) {
            String name = distanceTable(layer);
            Tensor vectors = modifications.atWeight(name, network.computed()).transpose(0, 1);
            double divisor = config.anatomy().stack(part).heads().divisor();
            Tensor rows = rows(query);
            Tensor products = picked(query.matmul(vectors), rows);
            if (config.distances() == Distances.OF_QUERIES_AND_KEYS) {
                Tensor ofKeys = picked(attended.keys().matmul(vectors), rows.transpose(0, 1));
                products = products.add(ofKeys.transpose(2, 3));
            }
            return attended.scoreBias().add(products.to(ScalarType.Float).div(new Scalar(divisor)));
        }

        /**
         * The row of the table for each query and key, {@code [length, length]}. Vectors that a method put in front of the
         * tokens may be farther than any row; they have the last.
         */
        private Tensor rows(Tensor query) {
            long farthest = config.positions() - 1L;
            Tensor position = query.new_ones(new long[] {query.size(2)}, new TensorOptions(ScalarType.Long))
                    .cumsum(0);
            return position.unsqueeze(1)
                    .sub(position.unsqueeze(0))
                    .clamp(new ScalarOptional(new Scalar(-farthest)), new ScalarOptional(new Scalar(farthest)))
                    .add(new Scalar(farthest));
        }

        /** Of the products {@code [batch, heads, length, rows]}, one for each pair, {@code [batch, heads, length, length]}. */
        private static Tensor picked(Tensor products, Tensor rows) {
            return products.gather(3, rows.expand(products.size(0), products.size(1), rows.size(0), rows.size(1)));
        }
    }

    /** One forward pass. */
    private final class ForwardPass {
        private final Layers layers;

        ForwardPass(Layers layers) {
            this.layers = layers;
        }

        Sequence embedded(TokenBatch batch) {
            Sequence embedded = layers.modifications().atEmbeddings(new Sequence(embed(batch), batch.attentionMask()));
            Tensor normed = layers.dropout(layers.norm(embedded.states(), EMBEDDINGS_NORM));
            Tensor hidden = config.projected()
                    ? layers.linear(
                            normed,
                            new MapSlice(EMBEDDINGS_PROJECTION, 0, anatomy().hidden()))
                    : normed;
            layers.pass().observer().output(new Site(0, Place.EMBEDDINGS), hidden);
            return new Sequence(hidden, embedded.attentionMask());
        }

        Tensor through(Sequence states, int from, int to) {
            Tensor attentionMask = states.attentionMask();
            Tensor hidden = states.states();
            Tensor scoreBias = scoreBias(attentionMask, hidden.size(1));
            for (int i = from; i < to; i++) {
                int layer = i;
                Tensor attended = subLayer(
                        new Site(layer, Place.ATTENTION),
                        hidden,
                        attentionMask,
                        x -> layers.selfAttention(Part.ENCODER, layer, x, attentionMask, scoreBias, own -> own));
                hidden = subLayer(
                        new Site(layer, Place.FFN),
                        attended,
                        attentionMask,
                        x -> layers.feedForward(Part.ENCODER, layer, x, attentionMask));
            }
            return hidden;
        }

        private Tensor embed(TokenBatch batch) {
            Tensor words = layers.embedding(batch.ids(), WORDS, config.padding());
            Tensor typed =
                    switch (config.tokenTypes()) {
                        case 0 -> words;
                        // A model of one type has no segments: RoBERTa, and some small BERTs.
                        case 1 -> words.add(layers.weight(TYPES));
                        default -> words.add(layers.embedding(batch.tokenTypes(), TYPES, -1));
                    };
            return config.distances() == Distances.NONE ? typed.add(positionsOf(batch)) : typed;
        }

        private Tensor positionsOf(TokenBatch batch) {
            return switch (config.counting()) {
                case FROM_ZERO ->
                    layers.weight(POSITIONS).narrow(0, 0, batch.ids().size(1));
                case AFTER_PADDING_ID -> {
                    Tensor real = batch.attentionMask().to(ScalarType.Long);
                    Tensor rows = real.cumsum(1).mul(real).add(new Scalar(config.padding()));
                    yield layers.embedding(rows, POSITIONS, config.padding());
                }
            };
        }

        /** What every layer adds to its scores {@code [batch, 1 or heads, 1 or length, length]}. */
        private Tensor scoreBias(Tensor attentionMask, long length) {
            Tensor masked = Layers.scoreBias(attentionMask.unsqueeze(1).unsqueeze(1));
            return config.relative()
                    .map(relative ->
                            Layers.keepingResult(() -> masked.add(relative.bias(layers.weight(RELATIVE), length))))
                    .orElse(masked);
        }

        private Tensor subLayer(Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> f) {
            return layers.postNorm(site, x, closingNorm(anatomy().stack(Part.ENCODER), site), attentionMask, f);
        }
    }
}

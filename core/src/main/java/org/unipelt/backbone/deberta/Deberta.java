package org.unipelt.backbone.deberta;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Heads;
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
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * DeBERTa of versions 2 and 3 (He et al. 2021; He et al. 2023) exactly as Hugging Face computes it: BERT's layers with
 * disentangled attention. A score is the sum of three terms: content with content, content with distance, and distance
 * with content.
 *
 * <pre>
 *   ids, types ─▶ word (+ position) (+ type) ─(EMBEDDINGS)─▶ (narrow: W h) ─▶ LN ─▶ dropout ─▶ h
 *
 *   each layer:   h ─┬─▶ W_q (QUERY) ─▶ q ─┐
 *                    ├─▶ W_k (KEY)   ─▶ k ─┤(KEYS_AND_VALUES)─▶ softmax(A) v (HEADS) ─▶ W_o (ATTENTION_OUT)
 *                    ├─▶ W_v (VALUE) ─▶ v ─┘        ▲                                     │ dropout
 *                    │              table of distances ─(LN)─▶ dropout ─▶ r               │
 *                    └────────────────────────────────▶ + ◀─────────────────── (ATTENTION) ◀┘
 *                                                       LN ─▶ x
 *                 x ─┬─▶ W_1 (FFN_UP) ─▶ gelu ─▶ W_2 (FFN_DOWN) ─▶ dropout ─▶ (FFN) ─┐
 *                    └────────────────────────────────▶ + ◀──────────────────────────┘
 *                                                       LN ─▶ next h
 *
 *   A_ij = ( q_i · k_j  +  q_i · K(r_δ)  +  k_j · Q(r_δ) ) / √(d · terms)        δ = δ(i, j): i - j, or its bucket
 *            content       "c2p"            "p2c"
 *
 *   after the first layer, if there is a convolution:   h ← LN(h + act(conv(embeddings)))
 * </pre>
 *
 * These are Eq. 2 to 4 of He et al. 2021. K and Q project the rows of the table. They are W_k and W_q themselves
 * ({@code share_att_key}), or maps of their own. If they are the same maps, what modifies W_k or W_q reaches K and Q
 * too, as in Hugging Face's peft. The paper writes δ(j, i) in the last term; Hugging Face reads the row δ(i, j) in
 * both.
 *
 * <p>A key that a method adds in front has no position, and so no distance to any query. Its score is the first term
 * alone, as in AdapterHub's {@code adapters}.
 *
 * <p>The products are of {@code [length, d]} and {@code [2·length - 1, d]}, a row for each distance that the texts
 * have. A skewed view of a product has each score in its place, so nothing is looked up for each pair of tokens.
 */
public final class Deberta implements Encoder {
    /**
     * How attention knows distances.
     *
     * @param buckets rows of the table for distances on one side; 0 if each distance has its own row
     * @param longest the distance from which all share the last row
     * @param contentToPosition whether there is the term q · K(r)
     * @param positionToContent whether there is the term k · Q(r)
     * @param shared whether K and Q are the maps of keys and queries
     */
    public record Relative(
            int buckets, int longest, boolean contentToPosition, boolean positionToContent, boolean shared) {
        /** k of He et al. 2021, Eq. 3: half of the table's rows. */
        public int span() {
            return buckets > 0 ? buckets : longest;
        }

        /**
         * The table's row of each distance from 1 - length to length - 1, Long {@code [2·length - 1]} on the CPU: δ of
         * He et al. 2021, Eq. 3. With buckets, distances up to half their number have rows of their own. Farther ones
         * share rows, which widen logarithmically up to the longest. Computed in 32 bits, as Hugging Face does.
         */
        Tensor rows(long length) {
            Tensor distance =
                    torch.arange(new Scalar(1 - length), new Scalar(length), new TensorOptions(ScalarType.Long));
            return (buckets > 0 ? bucket(distance) : distance)
                    .add(new Scalar((long) span()))
                    .clamp_min(new Scalar(0L))
                    .clamp_max(new Scalar(2L * span() - 1));
        }

        private Tensor bucket(Tensor distance) {
            int exact = buckets / 2;
            Tensor far = distance.abs();
            Tensor widest = Tensor.create(new float[] {(float) ((longest - 1) / (double) exact)})
                    .log();
            Tensor log = far.to(ScalarType.Float)
                    .div(new Scalar((double) exact))
                    .log()
                    .div(widest)
                    .mul(new Scalar((double) (exact - 1)))
                    .ceil()
                    .add(new Scalar((double) exact))
                    .mul(distance.sign());
            // Distance 0 has no logarithm, and is not asked for one.
            return torch.where(
                    far.le(new Scalar((long) exact)), distance, log.nan_to_num().to(ScalarType.Long));
        }
    }

    /**
     * A convolution over neighbouring tokens.
     *
     * @param width how many tokens it reads, an odd number
     * @param groups into how many the channels are divided
     */
    public record Convolution(int width, int groups, Activation activation) {}

    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions the longest text
     * @param absolute whether the embeddings also have absolute positions
     * @param tokenTypes number of token-type embeddings, or 0
     * @param epsilon of the layer norms
     * @param padding id of the padding token
     * @param relative the distances; none in a model with absolute positions alone
     * @param normed whether the table of distances has a layer norm
     * @param convolution over the embeddings, in some models of version 2
     */
    public record Config(
            Anatomy anatomy,
            int vocabulary,
            int positions,
            boolean absolute,
            int tokenTypes,
            double epsilon,
            int padding,
            Optional<Relative> relative,
            boolean normed,
            Optional<Convolution> convolution) {
        /**
         * Reads a Hugging Face {@code config.json}.
         *
         * @throws InputException if this class does not compute such a model
         */
        public static Config of(ModelConfig config) {
            config.word("model_type", "deberta-v2");
            int hidden = config.positive("hidden_size");
            Stack plain = config.stack(
                    Part.ENCODER,
                    "num_hidden_layers",
                    "hidden_size",
                    "num_attention_heads",
                    "intermediate_size",
                    config.activation("hidden_act", "gelu"));
            int size = plain.heads().size();
            if (config.positive("attention_head_size", size) != size) {
                throw new InputException("config.json: attention_head_size is "
                        + config.positive("attention_head_size") + ", but hidden_size / num_attention_heads is " + size
                        + "; only this size is supported");
            }
            int vocabulary = config.positive("vocab_size");
            int positions = config.positive("max_position_embeddings");
            Set<String> terms = config.choices("pos_att_type", "c2p", "p2c");
            int heads = plain.heads().queries();
            // The terms divide the scores even where there are no distances.
            Heads divided = new Heads(heads, heads, size, Math.sqrt(size * (1.0 + terms.size())));
            return new Config(
                    new Anatomy(
                            hidden,
                            config.positive("embedding_size", hidden),
                            List.of(new Stack(Part.ENCODER, plain.layers(), divided, plain.feedForward()))),
                    vocabulary,
                    positions,
                    config.flag("position_biased_input", true),
                    Math.max(0, config.whole("type_vocab_size", 0)),
                    config.positiveReal("layer_norm_eps", 1e-7),
                    config.token("pad_token_id", 0, vocabulary),
                    config.flag("relative_attention", false)
                            ? Optional.of(relative(config, positions, terms))
                            : Optional.empty(),
                    config.choices("norm_rel_ebd", "none", "layer_norm").contains("layer_norm"),
                    convolution(config, hidden));
        }

        private static Relative relative(ModelConfig config, int positions, Set<String> terms) {
            int given = config.whole("max_relative_positions", -1);
            int longest = given > 0 ? given : positions;
            int buckets = Math.max(0, config.whole("position_buckets", -1));
            if (buckets > 0 && (buckets == 1 || longest - 1 <= buckets / 2)) {
                throw new InputException(
                        "config.json: position_buckets is " + buckets + "; supported are numbers from 2 whose"
                                + " half is below the longest distance, " + (longest - 1));
            }
            return new Relative(
                    buckets,
                    longest,
                    terms.contains("c2p"),
                    terms.contains("p2c"),
                    config.flag("share_att_key", false));
        }

        private static Optional<Convolution> convolution(ModelConfig config, int hidden) {
            int width = config.whole("conv_kernel_size", 0);
            if (width <= 0) {
                return Optional.empty();
            }
            int groups = config.positive("conv_groups", 1);
            if (width % 2 == 0) {
                throw new InputException(
                        "config.json: conv_kernel_size is " + width + "; only odd numbers are supported");
            }
            if (hidden % groups != 0) {
                throw new InputException(
                        "config.json: hidden_size " + hidden + " is not a multiple of conv_groups " + groups);
            }
            return Optional.of(new Convolution(width, groups, config.activation("conv_act", "tanh")));
        }
    }

    static final String WORDS = "embeddings.word_embeddings.weight";
    static final String TYPES = "embeddings.token_type_embeddings.weight";
    private static final String POSITIONS = "embeddings.position_embeddings.weight";
    private static final String EMBEDDINGS_PROJECTION = "embeddings.embed_proj";
    private static final String EMBEDDINGS_NORM = "embeddings.LayerNorm";
    private static final String DISTANCES = "encoder.rel_embeddings.weight";
    private static final String DISTANCES_NORM = "encoder.LayerNorm";
    private static final String CONVOLUTION = "encoder.conv.conv";
    private static final String CONVOLUTION_NORM = "encoder.conv.LayerNorm";

    private final Config config;
    private final FrozenNetwork network;

    /**
     * A DeBERTa over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Deberta(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A DeBERTa over weights that stay their owner's.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Deberta(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.network = FrozenNetwork.of(
                "DeBERTa",
                config.anatomy(),
                sites(config.anatomy()),
                weightShapes(config),
                Set.of(WORDS, POSITIONS, TYPES, DISTANCES),
                unread(config),
                weights,
                compute);
    }

    /** The shape of every weight with this config, by Hugging Face's names without {@code deberta.}. */
    public static Map<String, long[]> weightShapes(Config config) {
        int hidden = config.anatomy().hidden();
        int embedding = config.anatomy().embedding();
        WeightShapes shapes = new WeightShapes(name -> !name.equals(EMBEDDINGS_PROJECTION))
                .table(WORDS, config.vocabulary(), embedding);
        if (config.absolute()) {
            shapes.table(POSITIONS, config.positions(), embedding);
        }
        if (config.tokenTypes() > 0) {
            shapes.table(TYPES, config.tokenTypes(), embedding);
        }
        if (embedding != hidden) {
            shapes.linear(EMBEDDINGS_PROJECTION, hidden, embedding);
        }
        shapes.norm(EMBEDDINGS_NORM, hidden).of(sites(config.anatomy()), Deberta::closingNorm, hidden);
        config.relative().ifPresent(relative -> {
            shapes.table(DISTANCES, 2L * relative.span(), hidden);
            if (config.normed()) {
                shapes.norm(DISTANCES_NORM, hidden);
            }
            for (int layer = 0; layer < config.anatomy().layers(Part.ENCODER) && !relative.shared(); layer++) {
                if (relative.contentToPosition()) {
                    shapes.linear(ofDistances(layer, Place.KEY), hidden, hidden);
                }
                if (relative.positionToContent()) {
                    shapes.linear(ofDistances(layer, Place.QUERY), hidden, hidden);
                }
            }
        });
        config.convolution().ifPresent(convolution -> shapes.convolution(
                        CONVOLUTION, hidden, hidden, convolution.groups(), convolution.width())
                .norm(CONVOLUTION_NORM, hidden));
        return shapes.all();
    }

    /** The shapes of weights that a file may hold although its config has no use for them. */
    private static Map<String, long[]> unread(Config config) {
        long hidden = config.anatomy().hidden();
        Map<String, long[]> unread = new LinkedHashMap<>();
        if (!config.absolute()) {
            unread.put(
                    POSITIONS, new long[] {config.positions(), config.anatomy().embedding()});
        }
        if (config.normed() && config.relative().isEmpty()) {
            unread.put(DISTANCES_NORM + ".weight", new long[] {hidden});
            unread.put(DISTANCES_NORM + ".bias", new long[] {hidden});
        }
        return unread;
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Anatomy anatomy) {
        return Sites.of(anatomy, (site, rows) -> new MapSlice(projection(site), 0, rows));
    }

    private static String projection(Site site) {
        return layerName(site.layer())
                + switch (site.place()) {
                    case QUERY -> "attention.self.query_proj";
                    case KEY -> "attention.self.key_proj";
                    case VALUE -> "attention.self.value_proj";
                    case ATTENTION_OUT -> "attention.output.dense";
                    case FFN_UP -> "intermediate.dense";
                    case FFN_DOWN -> "output.dense";
                    case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_GATE, FFN_INNER, FFN ->
                        throw new IllegalArgumentException("DeBERTa has no map at " + site);
                };
    }

    /** The map of distances to keys or queries, in models in which they have their own. */
    private static String ofDistances(int layer, Place place) {
        return layerName(layer)
                + (place == Place.KEY ? "attention.self.pos_key_proj" : "attention.self.pos_query_proj");
    }

    /** The layer norm after an attention or a feed-forward network. */
    private static String closingNorm(Site site) {
        return layerName(site.layer())
                + (site.place() == Place.ATTENTION ? "attention.output.LayerNorm" : "output.LayerNorm");
    }

    private static String layerName(int layer) {
        return "encoder.layer." + layer + ".";
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
        return new ForwardPass(modifications, pass).embedded(batch);
    }

    @Override
    public Tensor layers(Sequence states, int from, int to, Modifications modifications, Pass pass) {
        return new ForwardPass(modifications, pass).through(states, from, to);
    }

    @Override
    public Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case FIRST -> hidden.select(1, 0);
            case MEAN -> Pooling.mean(hidden, batch.attentionMask());
            case POOLER -> throw new InputException("a DeBERTa has no pooler; use pooling 'first' or 'mean'");
            case END -> throw new InputException("pooling 'end' is for encoder-decoder models; use 'first' or 'mean'");
        };
    }

    /** One forward pass. */
    private final class ForwardPass {
        /** Outside attention. */
        private final Layers plain;

        ForwardPass(Modifications modifications, Pass pass) {
            plain = with(PositionEncoding.IN_EMBEDDINGS, modifications, pass);
        }

        private Layers with(PositionEncoding positions, Modifications modifications, Pass pass) {
            return new Layers(network, Norm.layer(config.epsilon()), positions, modifications, pass);
        }

        Sequence embedded(TokenBatch batch) {
            Sequence embedded = plain.modifications().atEmbeddings(new Sequence(embed(batch), batch.attentionMask()));
            Tensor wide = anatomy().embedding() == anatomy().hidden()
                    ? embedded.states()
                    : plain.linear(
                            embedded.states(),
                            new MapSlice(EMBEDDINGS_PROJECTION, 0, anatomy().hidden()));
            Tensor hidden = plain.dropout(plain.norm(wide, EMBEDDINGS_NORM).mul(real(embedded.attentionMask())));
            plain.pass().observer().output(new Site(0, Place.EMBEDDINGS), hidden);
            return new Sequence(hidden, embedded.attentionMask());
        }

        /** 0 at padding, which the convolution would otherwise read. */
        private static Tensor real(Tensor attentionMask) {
            return attentionMask.unsqueeze(2).to(ScalarType.Float);
        }

        Tensor through(Sequence states, int from, int to) {
            Tensor attentionMask = states.attentionMask();
            Tensor begin = states.states();
            Layers layers = config.relative()
                    .map(relative ->
                            with(new Disentangled(plain, relative, begin.size(1)), plain.modifications(), plain.pass()))
                    .orElse(plain);
            Tensor scoreBias = Layers.scoreBias(attentionMask.unsqueeze(1).unsqueeze(1));
            Tensor hidden = begin;
            for (int i = from; i < to; i++) {
                int layer = i;
                Tensor attended = subLayer(
                        layers,
                        new Site(layer, Place.ATTENTION),
                        hidden,
                        attentionMask,
                        x -> layers.selfAttention(Part.ENCODER, layer, x, attentionMask, scoreBias, own -> own));
                Tensor out = subLayer(
                        layers,
                        new Site(layer, Place.FFN),
                        attended,
                        attentionMask,
                        x -> layers.feedForward(Part.ENCODER, layer, x, attentionMask));
                // The first layer reads the embeddings.
                hidden = layer == 0
                        ? config.convolution()
                                .map(convolution -> Layers.keepingResult(
                                        () -> convolved(convolution, begin, out, real(attentionMask))))
                                .orElse(out)
                        : out;
            }
            return hidden;
        }

        private Tensor embed(TokenBatch batch) {
            Tensor words = plain.embedding(batch.ids(), WORDS, config.padding());
            Tensor placed = config.absolute()
                    ? words.add(plain.weight(POSITIONS).narrow(0, 0, batch.ids().size(1)))
                    : words;
            return switch (config.tokenTypes()) {
                case 0 -> placed;
                // A model of one type has no segments.
                case 1 -> placed.add(plain.weight(TYPES));
                default -> placed.add(plain.embedding(batch.tokenTypes(), TYPES, -1));
            };
        }

        /** What the first layer's states become, {@code [batch, length, hidden]}. */
        private Tensor convolved(Convolution convolution, Tensor embeddings, Tensor states, Tensor real) {
            // As a product: libtorch's convolution warns on the processors that one of its libraries does not know.
            long beside = convolution.width() / 2;
            long groups = convolution.groups();
            Tensor windows = torch.constant_pad_nd(embeddings, 0, 0, beside, beside)
                    .unfold(1, convolution.width(), 1)
                    .reshape(embeddings.size(0) * embeddings.size(1), groups, -1)
                    .transpose(0, 1);
            Tensor kernel = plain.weight(CONVOLUTION + ".weight")
                    .reshape(groups, anatomy().hidden() / groups, -1)
                    .transpose(1, 2);
            Tensor out = windows.bmm(kernel)
                    .transpose(0, 1)
                    .reshape(embeddings.sizes())
                    .add(plain.weight(CONVOLUTION + ".bias"))
                    .mul(real);
            Tensor active = convolution.activation().apply(plain.dropout(out));
            return plain.norm(states.add(active), CONVOLUTION_NORM).mul(real);
        }

        private Tensor subLayer(Layers layers, Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> f) {
            return layers.postNorm(site, x, closingNorm(site), attentionMask, f);
        }
    }

    /** The terms of distances, of one pass over texts of one length. */
    private final class Disentangled implements PositionEncoding {
        private final Layers plain;
        private final Relative relative;
        /**
         * The rows of the table that the distances of these texts have {@code [1, rows, hidden]}; {@code [batch, ..]} if
         * the texts' models have norms of their own.
         */
        private final Tensor table;
        /** The row in {@link #table} of each distance from 1 - length to length - 1. */
        private final Tensor ascending;
        /** The same from length - 1 to 1 - length. */
        private final Tensor descending;

        Disentangled(Layers plain, Relative relative, long length) {
            this.plain = plain;
            this.relative = relative;
            Tensor rows = relative.rows(length);
            long first = rows.get(0).item_long();
            long last = rows.get(rows.size(0) - 1).item_long();
            ascending = compute().move(rows.sub(new Scalar(first)));
            descending = compute().move(rows.sub(new Scalar(first)).flip(0));
            Tensor used = plain.weight(DISTANCES)
                    .narrow(0, first, last - first + 1)
                    .to(ScalarType.Float)
                    .unsqueeze(0);
            table = config.normed() ? plain.norm(used, DISTANCES_NORM) : used;
        }

        /** The last two terms of He et al. 2021, Eq. 4, and the mask. */
        @Override
        public Tensor scoreBias(Part part, int layer, Sequence text, Tensor query, KeysAndValues attended) {
            if (!relative.contentToPosition() && !relative.positionToContent()) {
                return attended.scoreBias();
            }
            return Layers.keepingResult(() -> {
                Tensor distances = plain.dropout(table);
                Tensor bias = attended.scoreBias();
                if (relative.contentToPosition()) {
                    // Of query i, column u is the distance length - 1 - u; key j is at u = j - i + length - 1.
                    Tensor keys = projected(distances, new Site(part, layer, Place.KEY), text);
                    bias = bias.add(skewed(scores(query, keys.index_select(2, descending))));
                }
                if (relative.positionToContent()) {
                    Tensor queries = projected(distances, new Site(part, layer, Place.QUERY), text);
                    bias = bias.add(skewed(scores(attended.keys(), queries.index_select(2, ascending)))
                            .transpose(2, 3));
                }
                return bias;
            });
        }

        /** {@code [1, heads, rows, head size]}; {@code [batch, ..]} if a change of the map depends on the text. */
        private Tensor projected(Tensor distances, Site site, Sequence text) {
            Tensor rows = relative.shared()
                    ? plain.project(distances, site, text)
                    : plain.linear(
                            distances,
                            new MapSlice(
                                    ofDistances(site.layer(), site.place()),
                                    0,
                                    anatomy().hidden()));
            return Layers.split(rows, heads());
        }

        private Tensor scores(Tensor content, Tensor distances) {
            return content.div(new Scalar(heads().divisor())).matmul(distances.transpose(2, 3));
        }

        /**
         * The view {@code [batch, heads, length, length]} whose rows begin one column earlier each.
         *
         * @param byDistance {@code [batch, heads, length, 2·length - 1]}
         */
        private static Tensor skewed(Tensor byDistance) {
            Tensor whole = byDistance.contiguous();
            long heads = whole.size(1);
            long length = whole.size(2);
            long columns = whole.size(3);
            return whole.as_strided(
                    new long[] {whole.size(0), heads, length, length},
                    new long[] {heads * length * columns, length * columns, columns - 1, 1},
                    new LongOptional(length - 1));
        }

        private Heads heads() {
            return anatomy().stack(Part.ENCODER).heads();
        }
    }
}

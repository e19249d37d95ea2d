package org.unipelt.backbone.bart;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.DecoderCache;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.EncoderDecoderLayers;
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
import org.unipelt.backbone.PositionEncoding;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * BART (Lewis et al. 2020), mBART (Liu et al. 2020) and Pegasus (Zhang et al. 2020) exactly as Hugging Face computes them:
 * an encoder and a decoder with absolute positions, and one table of words that both read and the output multiplies by.
 * BART normalises after every sub-layer, mBART and Pegasus before. Pegasus does not normalise the embeddings, and its
 * positions are sinusoids (Vaswani et al. 2017, section 3.5).
 *
 * <pre>
 *   source ─▶ word + position ─(EMBEDDINGS)─▶ LN ─▶ dropout ─▶ ENCODER layers ─▶ memory ───────────┐
 *   target ─▶ word + position ─────────────▶ LN ─▶ dropout ─▶ DECODER layers ─▶ states             │
 *                                                                   ▲ CROSS ───────────────────────┘
 *   an encoder layer:  attention, feed-forward          a sub-layer, x its input and residual:
 *   a decoder layer:   attention (causal),                 BART    x ─▶ f ─▶ (ATTENTION, FFN) ─▶ + x ─▶ LN
 *                      attention to the memory (CROSS),    others  x ─▶ LN ─▶ f ─▶ (ATTENTION, FFN) ─▶ + x
 *                      feed-forward                        and LN at the end of each stack
 * </pre>
 *
 * Inside the attentions and the feed-forward network the places are BERT's, see {@link org.unipelt.backbone.bert.Bert}.
 * For classification the decoder reads the text shifted right, and the head reads its state at the text's end.
 */
public final class Bart implements EncoderDecoder {
    /** Where the layer norms are and what a target starts with. */
    public enum Kind {
        /** After every sub-layer; a target starts with a fixed token. */
        BART,
        /**
         * Before every sub-layer and at the end of each stack; a target starts with its own last token, its language.
         */
        MBART,
        /** As in mBART, but not after the embeddings; positions are sinusoids; a target starts with a fixed token. */
        PEGASUS;

        private String text() {
            return switch (this) {
                case BART -> "BART";
                case MBART -> "mBART";
                case PEGASUS -> "Pegasus";
            };
        }

        private boolean normsBefore() {
            return this != BART;
        }

        private boolean normsEmbeddings() {
            return this != PEGASUS;
        }

        /** How many rows a table of positions begins with that no token uses. */
        private int unusedPositions() {
            return this == PEGASUS ? 0 : 2;
        }
    }

    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions the longest sequence
     * @param scaled whether word embeddings are multiplied by √hidden
     * @param padding id of the padding token
     * @param start id of the token that the decoder starts with
     * @param end id of the token that ends a text
     * @param forcedFirst id of a token that every generated target begins with
     * @param forcedLast id of a token that a target ends with even if it is cut off
     */
    public record Config(
            Kind kind,
            Anatomy anatomy,
            int vocabulary,
            int positions,
            boolean scaled,
            int padding,
            int start,
            int end,
            OptionalInt forcedFirst,
            OptionalInt forcedLast) {
        /**
         * Reads a Hugging Face {@code config.json}.
         *
         * @throws InputException if this class does not compute such a model
         */
        public static Config of(ModelConfig config) {
            Kind kind = Words.constant(Kind.class, "model_type", config.word("model_type", "bart", "mbart", "pegasus"));
            boolean pegasus = kind == Kind.PEGASUS;
            if (!config.flag("tie_word_embeddings", true)) {
                throw new InputException(
                        "config.json: tie_word_embeddings is false; only models with one table of words are supported");
            }
            Anatomy anatomy =
                    anatomy(config.positive("d_model"), stack(config, Part.ENCODER), stack(config, Part.DECODER));
            int vocabulary = config.positive("vocab_size");
            int end = config.token("eos_token_id", pegasus ? 1 : 2, vocabulary);
            return new Config(
                    kind,
                    anatomy,
                    vocabulary,
                    config.positive("max_position_embeddings"),
                    config.flag("scale_embedding", false),
                    config.token("pad_token_id", pegasus ? 0 : 1, vocabulary),
                    config.token("decoder_start_token_id", pegasus ? 0 : end, vocabulary),
                    end,
                    config.optionalToken("forced_bos_token_id", OptionalInt.empty(), vocabulary),
                    // Hugging Face's own default if the file does not have the field; null means none.
                    config.optionalToken("forced_eos_token_id", OptionalInt.of(end), vocabulary));
        }

        private static Stack stack(ModelConfig config, Part part) {
            String name = part.text();
            return config.stack(
                    part,
                    name + "_layers",
                    "d_model",
                    name + "_attention_heads",
                    name + "_ffn_dim",
                    config.activation("activation_function", "gelu"));
        }

        /** An encoder, a decoder, and the attention of the decoder's layers to the encoder. */
        public static Anatomy anatomy(int hidden, Stack encoder, Stack decoder) {
            Stack cross = new Stack(Part.CROSS, decoder.layers(), decoder.heads(), Optional.empty());
            return new Anatomy(hidden, encoder, decoder, cross);
        }
    }

    static final String WORDS = "shared.weight";
    private static final String POSITIONS = "embed_positions.weight";
    private static final String EMBEDDINGS_NORM = "layernorm_embedding";
    private static final String STACK_NORM = "layer_norm";
    /** Sinusoids go from one whole turn in 2π positions to one in 2π times as many as these. */
    private static final double LONGEST_WAVE = 10_000;

    /** Added to the output's logits. It is a buffer and never trained; files without it mean zeros. */
    static final String LOGITS_BIAS = "final_logits_bias";

    private final Config config;
    private final FrozenNetwork network;

    /**
     * A BART over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Bart(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A BART over weights that stay their owner's. It always computes the logits of words in 32 bits.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public Bart(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.network = FrozenNetwork.of(
                config.kind().text(),
                config.anatomy(),
                sites(config.anatomy()),
                weightShapes(config),
                // Not the table of words, which the output multiplies by.
                Set.of(stackName(Part.ENCODER) + POSITIONS, stackName(Part.DECODER) + POSITIONS),
                buffers(config),
                weights,
                compute);
    }

    private static Map<String, long[]> buffers(Config config) {
        Map<String, long[]> buffers = new HashMap<>();
        buffers.put(LOGITS_BIAS, new long[] {1, config.vocabulary()});
        if (config.kind() == Kind.PEGASUS) {
            // Some files hold the sinusoids, too.
            for (Part stack : new Part[] {Part.ENCODER, Part.DECODER}) {
                long[] shape = {config.positions(), config.anatomy().hidden()};
                buffers.put(stackName(stack) + POSITIONS, shape);
            }
        }
        return buffers;
    }

    /** The shape of every weight with this config, by Hugging Face's names without {@code model.}. */
    public static Map<String, long[]> weightShapes(Config config) {
        int hidden = config.anatomy().hidden();
        WeightShapes shapes = new WeightShapes(name -> true).table(WORDS, config.vocabulary(), hidden);
        for (Part stack : new Part[] {Part.ENCODER, Part.DECODER}) {
            if (config.kind() != Kind.PEGASUS) {
                long rows = (long) config.positions() + config.kind().unusedPositions();
                shapes.table(stackName(stack) + POSITIONS, rows, hidden);
            }
            if (config.kind().normsEmbeddings()) {
                shapes.norm(stackName(stack) + EMBEDDINGS_NORM, hidden);
            }
            if (config.kind().normsBefore()) {
                shapes.norm(stackName(stack) + STACK_NORM, hidden);
            }
        }
        return shapes.of(sites(config.anatomy()), Bart::norm, hidden).all();
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Anatomy anatomy) {
        return Sites.of(anatomy, (site, rows) -> new MapSlice(projection(site), 0, rows));
    }

    private static String stackName(Part part) {
        return part == Part.ENCODER ? "encoder." : "decoder.";
    }

    private static String layerName(Site site) {
        return stackName(site.part()) + "layers." + site.layer() + ".";
    }

    private static String attentionName(Site site) {
        return layerName(site) + (site.part() == Part.CROSS ? "encoder_attn" : "self_attn");
    }

    private static String projection(Site site) {
        return switch (site.place()) {
            case QUERY -> attentionName(site) + ".q_proj";
            case KEY -> attentionName(site) + ".k_proj";
            case VALUE -> attentionName(site) + ".v_proj";
            case ATTENTION_OUT -> attentionName(site) + ".out_proj";
            case FFN_UP -> layerName(site) + "fc1";
            case FFN_DOWN -> layerName(site) + "fc2";
            case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_GATE, FFN_INNER, FFN ->
                throw new IllegalArgumentException("BART has no map at " + site);
        };
    }

    /** The layer norm of an attention or a feed-forward network: after it in BART, before it in the others. */
    private static String norm(Site site) {
        return site.place() == Place.ATTENTION
                ? attentionName(site) + "_layer_norm"
                : layerName(site) + "final_layer_norm";
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
    public int startId() {
        return config.start();
    }

    @Override
    public boolean startsWithLanguage() {
        return config.kind() == Kind.MBART;
    }

    @Override
    public int endId() {
        return config.end();
    }

    @Override
    public OptionalInt forcedFirstId() {
        return config.forcedFirst();
    }

    @Override
    public OptionalInt forcedLastId() {
        return config.forcedLast();
    }

    @Override
    public Tensor shiftRight(Tensor target, Tensor attentionMask) {
        Tensor start =
                switch (config.kind()) {
                    case BART, PEGASUS -> torch.full_like(target.narrow(1, 0, 1), new Scalar(config.start()));
                    case MBART ->
                        target.gather(
                                1,
                                attentionMask
                                        .sum(new long[] {1}, true, new ScalarTypeOptional())
                                        .sub(new Scalar(1)));
                };
        return torch.cat(new TensorVector(start, target.narrow(1, 0, target.size(1) - 1)), 1);
    }

    @Override
    public Memory encode(TokenBatch source, Modifications modifications, Pass pass) {
        return compute().within(() -> new ForwardPass(modifications, pass).encode(source));
    }

    @Override
    public Tensor decode(
            Memory memory,
            Tensor ids,
            Tensor attentionMask,
            DecoderCache cache,
            Modifications modifications,
            Pass pass) {
        return compute().within(() -> new ForwardPass(modifications, pass).decode(memory, ids, attentionMask, cache));
    }

    @Override
    public Tensor vocabularyLogits(Tensor states, Modifications modifications) {
        Weights computed = network.computed();
        Tensor logits = states.matmul(modifications.atWeight(WORDS, computed).t());
        return computed.has(LOGITS_BIAS) ? logits.add(computed.get(LOGITS_BIAS)) : logits;
    }

    /** One pass through the encoder or the decoder. */
    private final class ForwardPass {
        private final Layers layers;
        private final EncoderDecoderLayers stacks;

        ForwardPass(Modifications modifications, Pass pass) {
            this.layers = new Layers(
                    network, Norm.layer(1e-5), PositionEncoding.IN_EMBEDDINGS, modifications, pass.over(modifications));
            this.stacks = new EncoderDecoderLayers(layers, this::subLayer);
        }

        Memory encode(TokenBatch source) {
            Sequence embedded = layers.modifications()
                    .atEmbeddings(new Sequence(embed(Part.ENCODER, source.ids(), 0), source.attentionMask()));
            Tensor attentionMask = embedded.attentionMask();
            Tensor hidden = begin(Part.ENCODER, embedded.states());
            Tensor scoreBias = EncoderDecoderLayers.overReal(attentionMask);
            return new Memory(end(Part.ENCODER, stacks.encode(hidden, attentionMask, scoreBias)), attentionMask);
        }

        Tensor decode(Memory memory, Tensor ids, Tensor attentionMask, DecoderCache cache) {
            int before = cache.length();
            Tensor scoreBias = layers.causal(ids.size(1), before);
            Tensor hidden = begin(Part.DECODER, embed(Part.DECODER, ids, before));
            return end(Part.DECODER, stacks.decode(hidden, attentionMask, scoreBias, memory, cache));
        }

        private Tensor embed(Part stack, Tensor ids, long before) {
            long length = ids.size(1);
            if (before + length > config.positions()) {
                throw new IllegalArgumentException("a sequence of length " + (before + length)
                        + " is longer than the model's " + config.positions() + " positions");
            }
            Tensor words = layers.embedding(ids, WORDS, config.padding());
            Tensor scaled =
                    config.scaled() ? words.mul(new Scalar(Math.sqrt(anatomy().hidden()))) : words;
            return scaled.add(positions(stackName(stack) + POSITIONS, before, length));
        }

        /** The rows of the positions {@code before}, {@code before + 1} and so on, {@code [length, hidden]}. */
        private Tensor positions(String table, long before, long length) {
            return config.kind() == Kind.PEGASUS && !network.computed().has(table)
                    ? sinusoids(before, length)
                    : layers.weight(table).narrow(0, config.kind().unusedPositions() + before, length);
        }

        /** The sines of all wave lengths, then their cosines. */
        private Tensor sinusoids(long before, long length) {
            int hidden = anatomy().hidden();
            int sines = (hidden + 1) / 2;
            double[] waves = new double[sines];
            Arrays.setAll(waves, i -> Math.pow(LONGEST_WAVE, 2.0 * i / hidden));
            Tensor position =
                    torch.arange(new Scalar(before), new Scalar(before + length), new TensorOptions(ScalarType.Double));
            Tensor angle = position.unsqueeze(1).div(Tensor.create(waves));
            return compute()
                    .move(torch.cat(new TensorVector(angle.sin(), angle.cos().narrow(1, 0, hidden / 2)), 1)
                            .to(ScalarType.Float));
        }

        private Tensor begin(Part stack, Tensor embedded) {
            Tensor hidden = layers.dropout(
                    config.kind().normsEmbeddings()
                            ? layers.norm(embedded, stackName(stack) + EMBEDDINGS_NORM)
                            : embedded);
            layers.pass().observer().output(new Site(stack, 0, Place.EMBEDDINGS), hidden);
            return hidden;
        }

        private Tensor end(Part stack, Tensor hidden) {
            return config.kind().normsBefore() ? layers.norm(hidden, stackName(stack) + STACK_NORM) : hidden;
        }

        private Tensor subLayer(Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> f) {
            return config.kind().normsBefore()
                    ? layers.preNorm(site, x, states -> layers.norm(states, norm(site)), attentionMask, f)
                    : layers.postNorm(site, x, norm(site), attentionMask, f);
        }
    }
}

package org.unipelt.backbone.t5;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.FeedForward;
import org.unipelt.backbone.Anatomy.Heads;
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
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * T5 (Raffel et al. 2020), T5 1.1, FLAN-T5 (Chung et al. 2022) and mT5 (Xue et al. 2021) exactly as Hugging Face computes
 * them: an encoder and a decoder whose maps have no bias, RMS norms before every sub-layer, and relative positions in
 * place of embedded ones. Each stack has one table of them, r, which all its layers add to the scores of self-attention.
 *
 * <pre>
 *   source ─▶ word ─(EMBEDDINGS)─▶ dropout ─▶ ENCODER layers ─▶ RMS ─▶ dropout ─▶ memory ───────┐
 *   target ─▶ word ──────────────▶ dropout ─▶ DECODER layers ─▶ RMS ─▶ dropout ─▶ states        │
 *                                                   ▲ CROSS ────────────────────────────────────┘
 *   an encoder layer:  attention, feed-forward          a sub-layer, x its input and residual:
 *   a decoder layer:   attention (causal),                 x ─▶ RMS ─▶ f ─▶ dropout ─▶ (ATTENTION, FFN) ─▶ + x
 *                      attention to the memory (CROSS),
 *                      feed-forward
 *
 *   attention:     W_q x (QUERY) ─┐
 *                  W_k x (KEY)   ─┤(KEYS_AND_VALUES)─▶ softmax(q kᵀ + r) v (HEADS) ─▶ W_o (ATTENTION_OUT)
 *                  W_v x (VALUE) ─┘                            no division by √d; no r in CROSS
 *   feed-forward:  W_1 x (FFN_UP) ─▶ relu ─(FFN_INNER)─▶ W_2 (FFN_DOWN)                   T5
 *                  gelu(W_g x (FFN_GATE)) · W_1 x (FFN_UP) ─(FFN_INNER)─▶ W_2 (FFN_DOWN)  T5 1.1, FLAN-T5, mT5
 * </pre>
 *
 * A method's keys, a prefix for example, have no position, so their column of r is 0. For classification the decoder
 * reads the text shifted right, and the head reads its state at the text's end.
 */
public final class T5 implements EncoderDecoder {
    /**
     * The fields of {@code config.json} that the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param relative the buckets of relative positions, in both stacks
     * @param epsilon of the RMS norms
     * @param scaled whether states are divided by √hidden before the output multiplies them by a table of words
     * @param padding id of the padding token
     * @param start id of the token that the decoder starts with
     * @param end id of the token that ends a text
     * @param forcedFirst id of a token that every generated target begins with
     * @param forcedLast id of a token that a target ends with even if it is cut off
     */
    public record Config(
            Anatomy anatomy,
            int vocabulary,
            RelativePositions relative,
            double epsilon,
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
            boolean multilingual = config.word("model_type", "t5", "mt5").equals("mt5");
            String form = multilingual
                    ? config.word("feed_forward_proj", "gated-gelu", "gated-silu", "relu", "gelu")
                    : config.word("feed_forward_proj", "relu", "gelu", "gated-gelu", "gated-silu");
            FeedForward feedForward = new FeedForward(
                    config.positive("d_ff"),
                    config.activation(
                            "dense_act_fn", form.equals("gated-gelu") ? "gelu_new" : form.replaceFirst("^gated-", "")),
                    config.flag("is_gated_act", form.startsWith("gated-")));
            Heads heads = heads(config.positive("num_heads"), config.positive("d_kv"));
            int layers = config.positive("num_layers");
            Anatomy anatomy = anatomy(
                    config.positive("d_model"),
                    new Stack(Part.ENCODER, layers, heads, Optional.of(feedForward)),
                    new Stack(
                            Part.DECODER,
                            config.positive("num_decoder_layers", layers),
                            heads,
                            Optional.of(feedForward)));
            int vocabulary = config.positive("vocab_size");
            int padding = config.token("pad_token_id", 0, vocabulary);
            return new Config(
                    anatomy,
                    vocabulary,
                    relative(config),
                    config.positiveReal("layer_norm_epsilon", 1e-6),
                    // The first key is of today's transformers, which always writes true for the second. mT5 never
                    // scales.
                    !multilingual && config.flag("scale_decoder_outputs", config.flag("tie_word_embeddings", true)),
                    padding,
                    config.token("decoder_start_token_id", padding, vocabulary),
                    config.token("eos_token_id", 1, vocabulary),
                    config.optionalToken("forced_bos_token_id", OptionalInt.empty(), vocabulary),
                    config.optionalToken("forced_eos_token_id", OptionalInt.empty(), vocabulary));
        }

        private static RelativePositions relative(ModelConfig config) {
            int buckets = config.positive("relative_attention_num_buckets", 32);
            int longest = config.positive("relative_attention_max_distance", 128);
            if (buckets < 4 || longest <= buckets / 2) {
                throw new InputException("config.json: relative_attention_num_buckets is " + buckets
                        + " and relative_attention_max_distance is " + longest
                        + ", but there must be 4 buckets or more, and the distance must be above half of them");
            }
            return new RelativePositions(buckets, longest);
        }

        /** Heads of any size, whose scores are not divided. */
        public static Heads heads(int count, int size) {
            return new Heads(count, count, size, 1);
        }

        /** An encoder, a decoder, and the attention of the decoder's layers to the encoder. */
        public static Anatomy anatomy(int hidden, Stack encoder, Stack decoder) {
            Stack cross = new Stack(Part.CROSS, decoder.layers(), decoder.heads(), Optional.empty());
            return new Anatomy(hidden, encoder, decoder, cross);
        }
    }

    static final String WORDS = "shared.weight";
    /** In models that do not multiply by the table of words again, such as FLAN-T5. */
    static final String OUTPUT = "lm_head.weight";

    /** Of a stack's first layer; the others use it too. */
    private static final String RELATIVE = "block.0.layer.0.SelfAttention.relative_attention_bias.weight";

    private static final String STACK_NORM = "final_layer_norm";

    private final Config config;
    private final FrozenNetwork network;
    /** The name of the table that turns states into logits of words. */
    private final String output;

    /**
     * A T5 over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public T5(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A T5 over weights that stay their owner's. It always computes the logits of words in 32 bits.
     *
     * @param compute what computes, on whose device the weights are
     * @throws InputException if a weight is missing, unknown, or not of the shape that the config says
     */
    public T5(Config config, Weights weights, Compute compute) {
        WeightShapes.checkLayers(config.anatomy(), weights);
        this.config = config;
        this.output = weights.has(OUTPUT) ? OUTPUT : WORDS;
        Set<String> tables = new HashSet<>();
        for (Part stack : new Part[] {Part.ENCODER, Part.DECODER}) {
            tables.add(stackName(stack) + RELATIVE);
        }
        if (weights.has(OUTPUT)) {
            tables.add(WORDS);
        }
        this.network = FrozenNetwork.of(
                "T5",
                config.anatomy(),
                sites(config.anatomy()),
                weightShapes(config, weights.has(OUTPUT)),
                tables,
                Map.of(),
                weights,
                compute);
    }

    /**
     * The shape of every weight with this config, by Hugging Face's names.
     *
     * @param output whether the output has a table of its own
     */
    public static Map<String, long[]> weightShapes(Config config, boolean output) {
        int hidden = config.anatomy().hidden();
        WeightShapes shapes = new WeightShapes(name -> false).table(WORDS, config.vocabulary(), hidden);
        for (Part stack : new Part[] {Part.ENCODER, Part.DECODER}) {
            Heads heads = config.anatomy().stack(stack).heads();
            shapes.table(stackName(stack) + RELATIVE, config.relative().buckets(), heads.queries())
                    .norm(stackName(stack) + STACK_NORM, hidden);
        }
        shapes.of(sites(config.anatomy()), T5::norm, hidden);
        return (output ? shapes.table(OUTPUT, config.vocabulary(), hidden) : shapes).all();
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Anatomy anatomy) {
        boolean gated = anatomy.stack(Part.ENCODER).feedForward().orElseThrow().gated();
        return Sites.of(anatomy, (site, rows) -> new MapSlice(projection(site, gated), 0, rows));
    }

    private static String stackName(Part part) {
        return part == Part.ENCODER ? "encoder." : "decoder.";
    }

    /** Of an attention or of a feed-forward network, the last sub-layer. */
    private static String subLayerName(Site site, boolean feedForward) {
        int number = feedForward ? site.part() == Part.ENCODER ? 1 : 2 : site.part() == Part.CROSS ? 1 : 0;
        return stackName(site.part()) + "block." + site.layer() + ".layer." + number + ".";
    }

    private static String attentionName(Site site) {
        return subLayerName(site, false) + (site.part() == Part.CROSS ? "EncDecAttention." : "SelfAttention.");
    }

    private static String feedForwardName(Site site) {
        return subLayerName(site, true) + "DenseReluDense.";
    }

    private static String projection(Site site, boolean gated) {
        return switch (site.place()) {
            case QUERY -> attentionName(site) + "q";
            case KEY -> attentionName(site) + "k";
            case VALUE -> attentionName(site) + "v";
            case ATTENTION_OUT -> attentionName(site) + "o";
            case FFN_GATE -> feedForwardName(site) + "wi_0";
            case FFN_UP -> feedForwardName(site) + (gated ? "wi_1" : "wi");
            case FFN_DOWN -> feedForwardName(site) + "wo";
            case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN ->
                throw new IllegalArgumentException("T5 has no map at " + site);
        };
    }

    /** The norm before an attention or a feed-forward network. */
    private static String norm(Site site) {
        return subLayerName(site, site.place() == Place.FFN) + "layer_norm";
    }

    @Override
    public FrozenNetwork network() {
        return network;
    }

    @Override
    public int paddingId() {
        return config.padding();
    }

    /** Relative positions have no end. */
    @Override
    public int positions() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int startId() {
        return config.start();
    }

    @Override
    public boolean startsWithLanguage() {
        return false;
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
        Tensor start = torch.full_like(target.narrow(1, 0, 1), new Scalar(config.start()));
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
        Tensor scaled =
                config.scaled() ? states.div(new Scalar(Math.sqrt(anatomy().hidden()))) : states;
        return scaled.matmul(modifications.atWeight(output, network.computed()).t());
    }

    /** One pass through the encoder or the decoder. */
    private final class ForwardPass {
        private final Layers layers;
        private final EncoderDecoderLayers stacks;

        ForwardPass(Modifications modifications, Pass pass) {
            this.layers = new Layers(
                    network,
                    Norm.rms(config.epsilon()),
                    PositionEncoding.IN_EMBEDDINGS,
                    modifications,
                    pass.over(modifications));
            this.stacks = new EncoderDecoderLayers(layers, this::subLayer);
        }

        Memory encode(TokenBatch source) {
            Sequence embedded =
                    layers.modifications().atEmbeddings(new Sequence(embed(source.ids()), source.attentionMask()));
            Tensor attentionMask = embedded.attentionMask();
            Tensor hidden = begin(Part.ENCODER, embedded.states());
            long length = hidden.size(1);
            Tensor scoreBias = Layers.keepingResult(() -> EncoderDecoderLayers.overReal(attentionMask)
                    .add(config.relative().bias(layers.weight(stackName(Part.ENCODER) + RELATIVE), length)));
            return new Memory(end(Part.ENCODER, stacks.encode(hidden, attentionMask, scoreBias)), attentionMask);
        }

        Tensor decode(Memory memory, Tensor ids, Tensor attentionMask, DecoderCache cache) {
            int before = cache.length();
            long length = ids.size(1);
            Tensor scoreBias = Layers.keepingResult(() -> layers.causal(length, before)
                    .add(config.relative()
                            .causalBias(layers.weight(stackName(Part.DECODER) + RELATIVE), length, before)));
            Tensor hidden = begin(Part.DECODER, embed(ids));
            return end(Part.DECODER, stacks.decode(hidden, attentionMask, scoreBias, memory, cache));
        }

        /** T5 trains the padding token's row like any other. */
        private Tensor embed(Tensor ids) {
            return layers.embedding(ids, WORDS, -1);
        }

        private Tensor begin(Part stack, Tensor embedded) {
            Tensor hidden = layers.dropout(embedded);
            layers.pass().observer().output(new Site(stack, 0, Place.EMBEDDINGS), hidden);
            return hidden;
        }

        private Tensor end(Part stack, Tensor hidden) {
            return layers.dropout(layers.norm(hidden, stackName(stack) + STACK_NORM));
        }

        private Tensor subLayer(Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> f) {
            return layers.preNorm(site, x, states -> layers.norm(states, norm(site)), attentionMask, f);
        }
    }
}

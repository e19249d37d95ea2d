package org.unipelt.backbone.bart;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.DecoderCache;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Layers;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Pooling;
import org.unipelt.backbone.Shape;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.Sites;
import org.unipelt.backbone.WeightShapes;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * BART (Lewis et al. 2020) and mBART (Liu et al. 2020) exactly as Hugging Face computes them: an encoder and a decoder with
 * learned positions, one table of words for both and for the output. BART normalises after every sub-layer, mBART before.
 *
 * <pre>
 *   source ─▶ word + position ─(EMBEDDINGS)─▶ LN ─▶ dropout ─▶ ENCODER layers ─▶ memory ───────────┐
 *   target ─▶ word + position ─────────────▶ LN ─▶ dropout ─▶ DECODER layers ─▶ states             │
 *                                                                   ▲ CROSS ───────────────────────┘
 *   an encoder layer:  attention, feed-forward          a sub-layer, x its input and residual:
 *   a decoder layer:   attention (causal),                 BART    x ─▶ f ─▶ (ATTENTION, FFN) ─▶ + x ─▶ LN
 *                      attention to the memory (CROSS),    mBART   x ─▶ LN ─▶ f ─▶ (ATTENTION, FFN) ─▶ + x
 *                      feed-forward
 * </pre>
 *
 * Inside the attentions and the feed-forward network the places are BERT's, see {@link
 * org.unipelt.backbone.bert.Bert}. To classify, the decoder reads the text shifted right, and its state at the text's end is
 * what counts.
 */
public final class Bart implements EncoderDecoder {
    /** Where the layer-norms stand, and with it what a target starts with. */
    public enum Kind {
        /** After every sub-layer; a target starts with a fixed token. */
        BART,
        /** Before every sub-layer and at the end of each stack; a target starts with its own last token, its language. */
        MBART;

        private String text() {
            return this == BART ? "BART" : "mBART";
        }
    }

    /** The tables of positions begin with two rows that no token uses. */
    private static final int UNUSED_POSITIONS = 2;

    /**
     * What of {@code config.json} the computation depends on.
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
            Shape shape,
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
         * @throws InputException if it is not of a BART or mBART that this class computes
         */
        public static Config of(JsonNode json) {
            return of(json, new HashMap<>());
        }

        /**
         * {@link #of(JsonNode)}, which also tells what it reads.
         *
         * @param read filled with every field that is read, and its value or what is meant where it is left out
         */
        public static Config of(JsonNode json, Map<String, String> read) {
            ModelConfig config = new ModelConfig(json, read);
            Kind kind = config.word("model_type", "bart", "mbart").equals("bart") ? Kind.BART : Kind.MBART;
            config.word("activation_function", "gelu");
            if (!config.flag("tie_word_embeddings", true)) {
                throw new InputException(
                        "config.json: tie_word_embeddings is false; only models with one table of words are supported");
            }
            Shape shape = new Shape(
                    config.positive("encoder_layers"),
                    config.positive("decoder_layers"),
                    config.positive("d_model"),
                    config.positive("encoder_attention_heads"),
                    config.positive("encoder_ffn_dim"));
            config.demandMultiple("d_model", shape.hidden(), "encoder_attention_heads", shape.heads());
            demandSame(config, "decoder_attention_heads", "encoder_attention_heads", shape.heads());
            demandSame(config, "decoder_ffn_dim", "encoder_ffn_dim", shape.intermediate());
            int vocabulary = config.positive("vocab_size");
            int end = config.token("eos_token_id", 2, vocabulary);
            return new Config(
                    kind,
                    shape,
                    vocabulary,
                    config.positive("max_position_embeddings"),
                    config.flag("scale_embedding", false),
                    config.token("pad_token_id", 1, vocabulary),
                    config.token("decoder_start_token_id", end, vocabulary),
                    end,
                    config.optionalToken("forced_bos_token_id", OptionalInt.empty(), vocabulary),
                    // Hugging Face's own default where the file is silent; null means none.
                    config.optionalToken("forced_eos_token_id", OptionalInt.of(end), vocabulary));
        }

        private static void demandSame(ModelConfig config, String field, String other, int value) {
            if (config.positive(field) != value) {
                throw new InputException("config.json: " + field + " is " + config.positive(field) + " and " + other
                        + " is " + value + "; only models whose encoder and decoder are alike are supported");
            }
        }
    }

    static final String WORDS = "shared.weight";
    private static final String POSITIONS = "embed_positions.weight";
    private static final String EMBEDDINGS_NORM = "layernorm_embedding";
    private static final String STACK_NORM = "layer_norm";
    /** Added to the output's logits; no parameter, so never trained. Files without it have zeros there. */
    static final String LOGITS_BIAS = "final_logits_bias";

    private final Config config;
    private final Weights weights;
    private final Map<String, long[]> shapes;
    private final Sites sites;
    private final Compute compute;
    /** The weights as a pass reads them. */
    private final Weights frozen;

    /**
     * A BART over weights that stay their owner's, computed in 32 bits.
     *
     * @throws InputException if a weight is missing, unknown or of another shape than the config says
     */
    public Bart(Config config, Weights weights) {
        this(config, weights, Compute.cpu());
    }

    /**
     * A BART over weights that stay their owner's.
     *
     * @param compute on whose device the weights lie; the logits of words have 32 bits in any case
     * @throws InputException if a weight is missing, unknown or of another shape than the config says
     */
    public Bart(Config config, Weights weights, Compute compute) {
        this.config = config;
        this.weights = weights;
        this.compute = compute;
        WeightShapes.checkLayers(config.shape().layers(), weights);
        WeightShapes.checkLayers(config.shape().decoderLayers(), weights);
        this.shapes = weightShapes(config);
        this.sites = sites(config.shape());
        Map<String, long[]> all = new HashMap<>(shapes);
        if (weights.has(LOGITS_BIAS)) {
            all.put(LOGITS_BIAS, new long[] {1, config.vocabulary()});
        }
        WeightShapes.check(all, weights, config.kind().text());
        this.frozen = compute.precision().frozen(weights, sites.maps(weights));
    }

    /** The shape of every weight with this config, by Hugging Face's names without {@code model.}. */
    public static Map<String, long[]> weightShapes(Config config) {
        Shape shape = config.shape();
        int hidden = shape.hidden();
        WeightShapes shapes = new WeightShapes().table(WORDS, config.vocabulary(), hidden);
        for (Part stack : new Part[] {Part.ENCODER, Part.DECODER}) {
            shapes.table(stackName(stack) + POSITIONS, (long) config.positions() + UNUSED_POSITIONS, hidden)
                    .norm(stackName(stack) + EMBEDDINGS_NORM, hidden);
            if (config.kind() == Kind.MBART) {
                shapes.norm(stackName(stack) + STACK_NORM, hidden);
            }
        }
        return shapes.of(sites(shape), Bart::norm, hidden).all();
    }

    /** The sites of a model of these sizes. */
    public static Sites sites(Shape shape) {
        Sites sites = new Sites().state(new Site(0, Place.EMBEDDINGS), shape.embedding());
        for (Part part : shape.parts()) {
            for (int layer = 0; layer < shape.layers(part); layer++) {
                sites.attention(part, layer, shape.hidden(), Bart::projection);
                if (part != Part.CROSS) {
                    sites.feedForward(part, layer, shape.hidden(), shape.intermediate(), Bart::projection);
                }
            }
        }
        return sites;
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
            case EMBEDDINGS, KEYS_AND_VALUES, HEADS, ATTENTION, FFN_INNER, FFN ->
                throw new IllegalArgumentException(site + " is no projection");
        };
    }

    /** The layer-norm of an attention or a feed-forward network: behind it in BART, before it in mBART. */
    private static String norm(Site site) {
        return site.place() == Place.ATTENTION
                ? attentionName(site) + "_layer_norm"
                : layerName(site) + "final_layer_norm";
    }

    @Override
    public Shape shape() {
        return config.shape();
    }

    @Override
    public Weights weights() {
        return weights;
    }

    @Override
    public Map<String, long[]> weightShapes() {
        return shapes;
    }

    @Override
    public Sites sites() {
        return sites;
    }

    @Override
    public Compute compute() {
        return compute;
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
    public Tensor forward(TokenBatch batch, Modifications modifications, Pass pass) {
        Memory memory = encode(batch, modifications, pass);
        Tensor target = shiftRight(batch.ids(), batch.attentionMask());
        try (DecoderCache none = DecoderCache.none()) {
            return decode(memory, target, batch.attentionMask(), none, modifications, pass);
        }
    }

    @Override
    public Tensor pool(Tensor hidden, TokenBatch batch, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case END -> {
                Tensor places =
                        compute.move(torch.arange(new Scalar(batch.length()), new TensorOptions(ScalarType.Long)));
                Tensor last =
                        batch.ids().eq(new Scalar(config.end())).mul(places).amax(new long[] {1}, true);
                Tensor index = last.unsqueeze(2).expand(batch.size(), 1, shape().hidden());
                yield hidden.gather(1, index).squeeze(1);
            }
            case MEAN -> Pooling.mean(hidden, batch.attentionMask());
            case POOLER, FIRST ->
                throw new InputException("pooling '" + pooling.text() + "' is for encoder-only models; "
                        + config.kind().text() + " has 'end' or 'mean'");
        };
    }

    @Override
    public Tensor shiftRight(Tensor target, Tensor attentionMask) {
        Tensor start =
                switch (config.kind()) {
                    case BART -> torch.full_like(target.narrow(1, 0, 1), new Scalar(config.start()));
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
        return compute.within(() -> new ForwardPass(modifications, pass).encode(source));
    }

    @Override
    public Tensor decode(
            Memory memory,
            Tensor ids,
            Tensor attentionMask,
            DecoderCache cache,
            Modifications modifications,
            Pass pass) {
        return compute.within(() -> new ForwardPass(modifications, pass).decode(memory, ids, attentionMask, cache));
    }

    @Override
    public Tensor vocabularyLogits(Tensor states, Modifications modifications) {
        Tensor logits =
                states.matmul(modifications.atWeight(WORDS, weights.get(WORDS)).t());
        return weights.has(LOGITS_BIAS) ? logits.add(weights.get(LOGITS_BIAS)) : logits;
    }

    @Override
    public void close() {
        frozen.close();
    }

    /** One pass through the encoder or the decoder. */
    private final class ForwardPass {
        private final Layers layers;

        ForwardPass(Modifications modifications, Pass pass) {
            this.layers = new Layers(
                    frozen,
                    config.shape(),
                    1e-5,
                    Math.sqrt(config.shape().headSize()),
                    Layers.Turn.NONE,
                    sites,
                    modifications,
                    pass,
                    compute);
        }

        Memory encode(TokenBatch source) {
            Sequence embedded = layers.modifications()
                    .atEmbeddings(new Sequence(embed(Part.ENCODER, source.ids(), 0), source.attentionMask()));
            Tensor attentionMask = embedded.attentionMask();
            Tensor hidden = begin(Part.ENCODER, embedded.states());
            Tensor attendable = attentionMask.unsqueeze(1).unsqueeze(1);
            for (int layer = 0; layer < config.shape().layers(); layer++) {
                Tensor attended =
                        selfAttention(Part.ENCODER, layer, hidden, attentionMask, attendable, DecoderCache.none());
                hidden = feedForward(Part.ENCODER, layer, attended, attentionMask);
            }
            return new Memory(end(Part.ENCODER, hidden), attentionMask);
        }

        Tensor decode(Memory memory, Tensor ids, Tensor attentionMask, DecoderCache cache) {
            int before = cache.length();
            Tensor attendable = causal(ids.size(1), before);
            Tensor attendableMemory = memory.attentionMask().unsqueeze(1).unsqueeze(1);
            Tensor hidden = begin(Part.DECODER, embed(Part.DECODER, ids, before));
            for (int layer = 0; layer < config.shape().decoderLayers(); layer++) {
                Tensor attended = selfAttention(Part.DECODER, layer, hidden, attentionMask, attendable, cache);
                Tensor crossed = crossAttention(layer, attended, attentionMask, memory, attendableMemory, cache);
                hidden = feedForward(Part.DECODER, layer, crossed, attentionMask);
            }
            return end(Part.DECODER, hidden);
        }

        /** {@code [1, 1, length, before + length]}, true where a position attends to one not behind it. */
        private Tensor causal(long length, long before) {
            return compute.move(
                            torch.ones(new long[] {1, 1, length, before + length}, new TensorOptions(ScalarType.Bool)))
                    .tril(before);
        }

        private Tensor embed(Part stack, Tensor ids, long before) {
            long length = ids.size(1);
            if (before + length > config.positions()) {
                throw new IllegalArgumentException("a sequence of length " + (before + length)
                        + " is longer than the model's " + config.positions() + " positions");
            }
            Tensor words = layers.embedding(ids, WORDS, config.padding());
            Tensor scaled = config.scaled() ? words.mul(new Scalar(Math.sqrt(shape().hidden()))) : words;
            return scaled.add(layers.weight(stackName(stack) + POSITIONS).narrow(0, UNUSED_POSITIONS + before, length));
        }

        private Tensor begin(Part stack, Tensor embedded) {
            Tensor hidden = layers.dropout(layers.norm(embedded, stackName(stack) + EMBEDDINGS_NORM));
            layers.pass().observer().output(new Site(stack, 0, Place.EMBEDDINGS), hidden);
            return hidden;
        }

        private Tensor end(Part stack, Tensor hidden) {
            return config.kind() == Kind.MBART ? layers.norm(hidden, stackName(stack) + STACK_NORM) : hidden;
        }

        private Tensor selfAttention(
                Part part, int layer, Tensor hidden, Tensor attentionMask, Tensor attendable, DecoderCache cache) {
            return subLayer(new Site(part, layer, Place.ATTENTION), hidden, attentionMask, x -> {
                KeysAndValues step = layers.keysAndValues(part, layer, x, attentionMask, attendable);
                return layers.attention(part, layer, x, cache.extend(layer, step), attentionMask);
            });
        }

        private Tensor crossAttention(
                int layer, Tensor hidden, Tensor attentionMask, Memory memory, Tensor attendable, DecoderCache cache) {
            KeysAndValues remembered = cache.memory(
                    layer,
                    attendable,
                    () -> layers.keysAndValues(Part.CROSS, layer, memory.states(), memory.attentionMask(), attendable));
            return subLayer(
                    new Site(Part.CROSS, layer, Place.ATTENTION),
                    hidden,
                    attentionMask,
                    x -> layers.attention(Part.CROSS, layer, x, remembered, attentionMask));
        }

        private Tensor feedForward(Part part, int layer, Tensor hidden, Tensor attentionMask) {
            return subLayer(
                    new Site(part, layer, Place.FFN),
                    hidden,
                    attentionMask,
                    x -> layers.feedForward(part, layer, x, attentionMask));
        }

        private Tensor subLayer(Site site, Tensor x, Tensor attentionMask, UnaryOperator<Tensor> compute) {
            UnaryOperator<Tensor> norm = sum -> layers.norm(sum, norm(site));
            Tensor out = Layers.keepingResult(() -> switch (config.kind()) {
                case BART -> {
                    Tensor h = layers.dropout(compute.apply(x));
                    yield norm.apply(layers.modifications()
                            .atSubLayer(site, x, h, norm, attentionMask)
                            .add(x));
                }
                case MBART -> {
                    Tensor h = layers.dropout(compute.apply(norm.apply(x)));
                    yield layers.modifications()
                            .atSubLayer(site, x, h, UnaryOperator.identity(), attentionMask)
                            .add(x);
                }
            });
            layers.pass().observer().output(site, out);
            return out;
        }
    }
}

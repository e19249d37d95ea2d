package org.unipelt.backbone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.InputException;
import org.unipelt.backbone.Modifications.KeysAndValues;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * BERT (Devlin et al. 2019) exactly as Hugging Face's {@code BertModel} computes it: learned absolute positions, post-layer-norm
 * blocks, GELU by the error function.
 *
 * <pre>
 *   ids, types ─▶ word + position + type ─(EMBEDDINGS)─▶ LN ─▶ dropout ─▶ h
 *
 *   each layer:   h ─┬─▶ W_q (QUERY) ─┐
 *                    ├─▶ W_k (KEY)   ─┤(KEYS_AND_VALUES)─▶ softmax(q kᵀ/√d) v ─▶ W_o (ATTENTION_OUT)
 *                    ├─▶ W_v (VALUE) ─┘                                           │ dropout
 *                    └────────────────────────────────▶ + ◀───────── (ATTENTION) ◀┘
 *                                                       LN ─▶ x
 *                 x ─┬─▶ W_1 (FFN_UP) ─▶ gelu ─▶ W_2 (FFN_DOWN) ─▶ dropout ─▶ (FFN) ─┐
 *                    └────────────────────────────────▶ + ◀──────────────────────────┘
 *                                                       LN ─▶ next h
 * </pre>
 */
public final class Bert implements Backbone {
    /**
     * What of {@code config.json} the computation depends on.
     *
     * @param vocabulary number of word embeddings
     * @param positions number of position embeddings
     * @param types number of token-type embeddings
     * @param epsilon layer-norm epsilon
     * @param padding id of the padding token
     */
    public record Config(Shape shape, int vocabulary, int positions, int types, double epsilon, int padding) {
        /**
         * Reads a Hugging Face {@code config.json}.
         *
         * @throws InputException if it is not of a BERT that this class computes
         */
        public static Config of(JsonNode json) {
            demand(json, "model_type", "bert", true);
            demand(json, "hidden_act", "gelu", false);
            demand(json, "position_embedding_type", "absolute", false);
            if (json.path("is_decoder").asBoolean(false)) {
                throw new InputException("config.json: is_decoder is true; only encoders are supported");
            }
            Shape shape = new Shape(
                    positive(json, "num_hidden_layers"),
                    positive(json, "hidden_size"),
                    positive(json, "num_attention_heads"),
                    positive(json, "intermediate_size"));
            if (shape.hidden() % shape.heads() != 0) {
                throw new InputException("config.json: hidden_size " + shape.hidden()
                        + " is not a multiple of num_attention_heads " + shape.heads());
            }
            int vocabulary = positive(json, "vocab_size");
            int padding = json.path("pad_token_id").asInt(0);
            if (padding < 0 || padding >= vocabulary) {
                throw new InputException(
                        "config.json: pad_token_id is " + padding + ", but the vocabulary ends at " + (vocabulary - 1));
            }
            return new Config(
                    shape,
                    vocabulary,
                    positive(json, "max_position_embeddings"),
                    json.path("type_vocab_size").asInt(2),
                    json.path("layer_norm_eps").asDouble(1e-12),
                    padding);
        }

        private static void demand(JsonNode json, String field, String value, boolean required) {
            String found = json.path(field).asText(required ? "missing" : value);
            if (!found.equals(value)) {
                throw new InputException("config.json: " + field + " is '" + found + "'; supported: '" + value + "'");
            }
        }

        private static int positive(JsonNode json, String field) {
            JsonNode value = json.path(field);
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() <= 0) {
                throw new InputException("config.json: " + field + " must be a positive whole number, found "
                        + (value.isMissingNode() ? "nothing" : value.toString()));
            }
            return value.asInt();
        }
    }

    private final Config config;
    private final Weights weights;
    private final Map<String, long[]> shapes;

    /**
     * A BERT over weights that stay their owner's.
     *
     * @throws InputException if a weight is missing, unknown or of another shape than the config says
     */
    public Bert(Config config, Weights weights) {
        this.config = config;
        this.weights = weights;
        if (config.shape().layers() > weights.names().size()) {
            throw new InputException("config.json: num_hidden_layers is "
                    + config.shape().layers() + ", but the checkpoint holds only "
                    + weights.names().size() + " tensors; take both from the same model");
        }
        this.shapes = weightShapes(config, weights.has("pooler.dense.weight"));
        for (String name : weights.names()) {
            if (!shapes.containsKey(name)) {
                throw InputException.unknown("tensor in a BERT checkpoint", name, shapes.keySet());
            }
        }
        TreeSet<String> missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(weights.names());
        if (!missing.isEmpty()) {
            throw new InputException(
                    "the checkpoint lacks " + missing.size() + " tensor(s) that its config.json asks for,"
                            + " the first is '" + missing.first() + "'; is it complete?");
        }
        shapes.forEach((name, expected) -> {
            long[] found = weights.get(name).shape();
            if (!java.util.Arrays.equals(found, expected)) {
                throw new InputException("tensor '" + name + "' has shape " + java.util.Arrays.toString(found)
                        + " but config.json says " + java.util.Arrays.toString(expected));
            }
        });
    }

    /** The shape of every weight of a BERT with this config, by Hugging Face's names without {@code bert.}. */
    public static Map<String, long[]> weightShapes(Config config, boolean pooler) {
        Shape shape = config.shape();
        int hidden = shape.hidden();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.word_embeddings.weight", new long[] {config.vocabulary(), hidden});
        shapes.put("embeddings.position_embeddings.weight", new long[] {config.positions(), hidden});
        shapes.put("embeddings.token_type_embeddings.weight", new long[] {config.types(), hidden});
        putNorm(shapes, "embeddings.LayerNorm", hidden);
        for (int layer = 0; layer < shape.layers(); layer++) {
            for (Place place : Place.values()) {
                if (place.isProjection()) {
                    putLinear(
                            shapes,
                            projection(new Site(layer, place)),
                            shape.outputWidth(place),
                            shape.inputWidth(place));
                }
                if (place == Place.ATTENTION_OUT) {
                    putNorm(shapes, "encoder.layer." + layer + ".attention.output.LayerNorm", hidden);
                }
            }
            putNorm(shapes, "encoder.layer." + layer + ".output.LayerNorm", hidden);
        }
        if (pooler) {
            putLinear(shapes, "pooler.dense", hidden, hidden);
        }
        return shapes;
    }

    private static void putLinear(Map<String, long[]> shapes, String name, int out, int in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    private static void putNorm(Map<String, long[]> shapes, String name, int size) {
        shapes.put(name + ".weight", new long[] {size});
        shapes.put(name + ".bias", new long[] {size});
    }

    private static String projection(Site site) {
        String layer = "encoder.layer." + site.layer() + ".";
        return layer
                + switch (site.place()) {
                    case QUERY -> "attention.self.query";
                    case KEY -> "attention.self.key";
                    case VALUE -> "attention.self.value";
                    case ATTENTION_OUT -> "attention.output.dense";
                    case FFN_UP -> "intermediate.dense";
                    case FFN_DOWN -> "output.dense";
                    case EMBEDDINGS, KEYS_AND_VALUES, ATTENTION, FFN ->
                        throw new IllegalArgumentException(site + " is no projection");
                };
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
    public String projectionWeight(Site site) {
        return projection(site) + ".weight";
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
    public Tensor forward(TokenBatch batch, Modifications modifications, Pass pass) {
        return new Run(modifications, pass).forward(batch);
    }

    @Override
    public Tensor pool(Tensor hidden, Tensor keep, Pooling pooling, Modifications modifications) {
        return switch (pooling) {
            case FIRST -> hidden.select(1, 0);
            case MEAN -> {
                Tensor real = keep.unsqueeze(2).to(hidden.scalar_type());
                yield hidden.mul(real).sum(new long[] {1}).div(real.sum(new long[] {1}));
            }
            case POOLER -> {
                if (!weights.has("pooler.dense.weight")) {
                    throw new InputException("this checkpoint has no pooler; use pooling 'first' or 'mean'");
                }
                yield torch.tanh(new Run(modifications, Pass.INFERENCE).linear(hidden.select(1, 0), "pooler.dense"));
            }
        };
    }

    /** One forward pass. */
    private final class Run {
        private final Modifications modifications;
        private final Pass pass;

        Run(Modifications modifications, Pass pass) {
            this.modifications = modifications;
            this.pass = pass;
        }

        Tensor forward(TokenBatch batch) {
            long length = batch.ids().size(1);
            if (length > config.positions()) {
                throw new IllegalArgumentException("a batch of length " + length + " is longer than the model's "
                        + config.positions() + " positions");
            }
            Sequence embedded = modifications.atEmbeddings(new Sequence(embed(batch, length), batch.keep()));
            Tensor keep = embedded.keep();
            Tensor hidden = pass.dropout().apply(norm(embedded.states(), "embeddings.LayerNorm"));
            pass.observer().output(new Site(0, Place.EMBEDDINGS), hidden);
            // Queries may attend to real tokens only.
            Tensor attendable = keep.unsqueeze(1).unsqueeze(1);
            for (int layer = 0; layer < config.shape().layers(); layer++) {
                hidden = feedForward(attention(hidden, layer, keep, attendable), layer, keep);
            }
            // What a method put in front of the tokens has done its work.
            long grown = hidden.size(1) - length;
            return grown == 0 ? hidden : hidden.narrow(1, grown, length);
        }

        private Tensor embed(TokenBatch batch, long length) {
            Tensor words = embedding(batch.ids(), "embeddings.word_embeddings.weight", config.padding());
            Tensor positions = weight("embeddings.position_embeddings.weight").narrow(0, 0, length);
            Tensor types = embedding(batch.types(), "embeddings.token_type_embeddings.weight", -1);
            return words.add(types).add(positions);
        }

        private Tensor attention(Tensor hidden, int layer, Tensor keep, Tensor attendable) {
            Tensor query = heads(project(hidden, new Site(layer, Place.QUERY), keep));
            Tensor key = heads(project(hidden, new Site(layer, Place.KEY), keep));
            Tensor value = heads(project(hidden, new Site(layer, Place.VALUE), keep));
            KeysAndValues attended = modifications.atKeysAndValues(
                    new Site(layer, Place.KEYS_AND_VALUES), hidden, new KeysAndValues(key, value, attendable), keep);
            Tensor context = attend(query, attended).transpose(1, 2).flatten(2, 3);
            Tensor out = pass.dropout().apply(project(context, new Site(layer, Place.ATTENTION_OUT), keep));
            return close(
                    hidden,
                    out,
                    new Site(layer, Place.ATTENTION),
                    layerName(layer) + ".attention.output.LayerNorm",
                    keep);
        }

        private Tensor feedForward(Tensor x, int layer, Tensor keep) {
            Tensor inner = torch.gelu(project(x, new Site(layer, Place.FFN_UP), keep));
            Tensor out = pass.dropout().apply(project(inner, new Site(layer, Place.FFN_DOWN), keep));
            return close(x, out, new Site(layer, Place.FFN), layerName(layer) + ".output.LayerNorm", keep);
        }

        /** LN(h + x), the end of every sub-layer. */
        private Tensor close(Tensor x, Tensor h, Site site, String normName, Tensor keep) {
            Tensor changed = modifications.atSubLayer(site, x, h, sum -> norm(sum, normName), keep);
            Tensor closed = norm(changed.add(x), normName);
            pass.observer().output(site, closed);
            return closed;
        }

        /** softmax(q kᵀ/√d) v; without dropout libtorch's fused kernel, which gives the same numbers in less memory. */
        private Tensor attend(Tensor query, KeysAndValues attended) {
            if (!pass.dropout().isActive()) {
                return torch.scaled_dot_product_attention(
                        query,
                        attended.keys(),
                        attended.values(),
                        new TensorOptional(attended.keep()),
                        0.0,
                        false,
                        new DoubleOptional(),
                        false);
            }
            double scale = 1 / Math.sqrt(config.shape().headSize());
            Tensor scores = query.mul(new Scalar(scale)).matmul(attended.keys().transpose(2, 3));
            Tensor blocked = attended.keep().logical_not();
            Tensor probabilities = torch.softmax(scores.masked_fill(blocked, new Scalar(Double.NEGATIVE_INFINITY)), -1);
            return pass.dropout().apply(probabilities).matmul(attended.values());
        }

        /** {@code [batch, length, hidden]} as {@code [batch, heads, length, head size]}. */
        private Tensor heads(Tensor states) {
            Shape shape = config.shape();
            return states.view(states.size(0), states.size(1), shape.heads(), shape.headSize())
                    .transpose(1, 2);
        }

        private Tensor project(Tensor x, Site site, Tensor keep) {
            return modifications.atProjection(site, x, linear(x, projection(site)), keep);
        }

        private Tensor linear(Tensor x, String name) {
            return torch.linear(x, weight(name + ".weight"), new TensorOptional(weight(name + ".bias")));
        }

        private Tensor norm(Tensor x, String name) {
            return torch.layer_norm(
                    x,
                    new long[] {config.shape().hidden()},
                    new TensorOptional(weight(name + ".weight")),
                    new TensorOptional(weight(name + ".bias")),
                    config.epsilon(),
                    true);
        }

        private Tensor embedding(Tensor ids, String name, long padding) {
            return torch.embedding(weight(name), ids, padding, false, false);
        }

        private Tensor weight(String name) {
            return modifications.atWeight(name, weights.get(name));
        }

        private String layerName(int layer) {
            return "encoder.layer." + layer;
        }
    }
}

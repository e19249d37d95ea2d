package org.unipelt.interop;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.RelativePositions;
import org.unipelt.backbone.Site;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.backbone.modernbert.ModernBert;
import org.unipelt.backbone.nomicbert.NomicBert;

/**
 * What {@link OnnxEncoder} must know of an encoder besides its anatomy, sites and weights. Names are those of weights,
 * without {@code .weight}.
 *
 * @param epsilon of the layer norms
 * @param words the table of words
 * @param types the table of token types; empty if there is none
 * @param positions the table of learned positions; empty if there is none
 * @param embeddingsNorm the norm of the summed embeddings
 * @param projection the map from the embeddings to the hidden size; empty if there is none
 * @param normedBefore whether norms stand before sub-layers, as in ModernBERT, or after them
 * @param norm of a sub-layer; empty if it has none
 * @param lastNorm after the last layer
 * @param theta the base of the rotary positions of a layer
 * @param window how far a token of a layer sees to each side; empty if it sees the whole text
 * @param relative the score bias of all layers; empty if there is none
 * @param distances a layer's vectors of distances
 * @param pooler its map
 */
record OnnxFamily(
        double epsilon,
        String words,
        Optional<String> types,
        Optional<Positions> positions,
        String embeddingsNorm,
        Optional<String> projection,
        boolean normedBefore,
        Function<Site, Optional<String>> norm,
        Optional<String> lastNorm,
        IntFunction<OptionalDouble> theta,
        IntFunction<OptionalInt> window,
        Optional<Relative> relative,
        Optional<Distances> distances,
        String pooler) {
    private static final String BERT_LAYER = "encoder.layer.";
    private static final String WORDS = "embeddings.word_embeddings";
    private static final String TYPES = "embeddings.token_type_embeddings";
    private static final String POOLER = "pooler.dense";

    /**
     * Learned positions.
     *
     * @param afterPadding the padding's id if real tokens are counted from behind it, as in RoBERTa; empty if all
     *     positions are counted from 0
     */
    record Positions(String table, OptionalInt afterPadding) {}

    /** A number for each bucket of distances and each head. */
    record Relative(String table, RelativePositions buckets) {}

    /**
     * Vectors that queries are multiplied with, and keys perhaps too.
     *
     * @param farthest the distance that has the last vector
     */
    record Distances(IntFunction<String> table, int farthest, boolean ofKeys) {}

    /**
     * Of a backbone.
     *
     * @throws InputException if it is of a kind that this class cannot describe
     */
    static OnnxFamily of(Backbone backbone) {
        if (backbone instanceof Bert bert) {
            return of(bert);
        }
        if (backbone instanceof NomicBert nomic) {
            return of(nomic);
        }
        if (backbone instanceof ModernBert modern) {
            return of(modern);
        }
        throw new InputException("format onnx does not have "
                + backbone.getClass().getSimpleName() + "'s network yet; it has those of BERT, DistilBERT, RoBERTa,"
                + " XLM-RoBERTa, CamemBERT, MPNet, ELECTRA, ALBERT, Nomic BERT, GTE and ModernBERT");
    }

    private static OnnxFamily of(Bert bert) {
        Bert.Config config = bert.config();
        IntFunction<String> layer =
                i -> BERT_LAYER + config.anatomy().stacks().get(0).weightsOf(i) + ".";
        return new OnnxFamily(
                config.epsilon(),
                WORDS,
                config.tokenTypes() > 0 ? Optional.of(TYPES) : Optional.empty(),
                config.distances() == Bert.Distances.NONE
                        ? Optional.of(new Positions(
                                "embeddings.position_embeddings",
                                config.counting() == Bert.Positions.FROM_ZERO
                                        ? OptionalInt.empty()
                                        : OptionalInt.of(config.padding())))
                        : Optional.empty(),
                "embeddings.LayerNorm",
                config.projected() ? Optional.of("embeddings_project") : Optional.empty(),
                false,
                site -> Optional.of(layer.apply(site.layer())
                        + (site.place() == Place.ATTENTION ? "attention.output.LayerNorm" : "output.LayerNorm")),
                Optional.empty(),
                i -> OptionalDouble.empty(),
                i -> OptionalInt.empty(),
                config.relative().map(buckets -> new Relative("encoder.relative_attention_bias", buckets)),
                config.distances() == Bert.Distances.NONE
                        ? Optional.empty()
                        : Optional.of(new Distances(
                                i -> BERT_LAYER + i + ".attention.self.distance_embedding",
                                config.positions() - 1,
                                config.distances() == Bert.Distances.OF_QUERIES_AND_KEYS)),
                POOLER);
    }

    private static OnnxFamily of(NomicBert nomic) {
        NomicBert.Config config = nomic.config();
        return new OnnxFamily(
                config.epsilon(),
                WORDS,
                config.tokenTypes() > 0 ? Optional.of(TYPES) : Optional.empty(),
                Optional.empty(),
                "emb_ln",
                Optional.empty(),
                false,
                site -> Optional.of(
                        "encoder.layers." + site.layer() + (site.place() == Place.ATTENTION ? ".norm1" : ".norm2")),
                Optional.empty(),
                i -> OptionalDouble.of(config.theta()),
                i -> OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                POOLER);
    }

    private static OnnxFamily of(ModernBert modern) {
        ModernBert.Config config = modern.config();
        return new OnnxFamily(
                config.epsilon(),
                "embeddings.tok_embeddings",
                Optional.empty(),
                Optional.empty(),
                "embeddings.norm",
                Optional.empty(),
                true,
                OnnxFamily::modernBertNorm,
                Optional.of("final_norm"),
                i -> OptionalDouble.of(config.globals().has(i) ? config.globalTheta() : config.localTheta()),
                i -> config.globals().has(i) ? OptionalInt.empty() : OptionalInt.of(config.window()),
                Optional.empty(),
                Optional.empty(),
                POOLER);
    }

    /** The norm before a sub-layer; the first attention has that of the embeddings. */
    private static Optional<String> modernBertNorm(Site site) {
        String layer = "layers." + site.layer();
        if (site.place() == Place.FFN) {
            return Optional.of(layer + ".mlp_norm");
        }
        return site.layer() == 0 ? Optional.empty() : Optional.of(layer + ".attn_norm");
    }
}

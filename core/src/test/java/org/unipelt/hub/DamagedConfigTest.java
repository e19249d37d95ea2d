package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.runtime.Engine;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * A {@code config.json} in which a field is missing or holds what it must not: the model is refused in one line, or it
 * opens and computes, if nothing hangs on the field.
 */
class DamagedConfigTest {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int PAIRS = 60;

    /** What may stand in a field's place; absent for none at all. */
    private static final Map<String, JsonNode> DAMAGES = new TreeMap<>(Map.ofEntries(
            Map.entry("missing", JSON.missingNode()),
            Map.entry("null", JSON.nullNode()),
            Map.entry("a word", JSON.textNode("seven")),
            Map.entry("a number as a word", JSON.textNode("2")),
            Map.entry("two lines", JSON.textNode("ge\nlu\r\n")),
            Map.entry("nothing in quotes", JSON.textNode("")),
            Map.entry("zero", JSON.numberNode(0)),
            Map.entry("minus one", JSON.numberNode(-1)),
            Map.entry("the least int", JSON.numberNode(Integer.MIN_VALUE)),
            Map.entry("the largest int", JSON.numberNode(Integer.MAX_VALUE)),
            Map.entry("beyond int", JSON.numberNode(1L << 32 | 2)),
            Map.entry("beyond long", JSON.numberNode(BigInteger.TEN.pow(40))),
            Map.entry("a fraction", JSON.numberNode(2.5)),
            Map.entry("a whole float", JSON.numberNode(2.0)),
            Map.entry("beyond double", JSON.numberNode(Double.POSITIVE_INFINITY)),
            Map.entry("a truth value", JSON.booleanNode(true)),
            Map.entry("a list", JSON.arrayNode().add(2)),
            Map.entry("an object", JSON.objectNode().put("a", 1))));

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-classifier",
                "roberta-classifier",
                "mpnet-classifier",
                "distilbert-bare",
                "electra-discriminator",
                "albert-classifier",
                "deberta-v2-content",
                "modernbert-classifier",
                "nomic-bert-classifier",
                "bart-classifier",
                "mbart-writer",
                "t5-classifier"
            })
    void everyDamageToEveryFieldIsRefusedOrHarmless(String name) throws IOException {
        ObjectNode whole = model(name);
        List<String> fields = new ArrayList<>();
        whole.fieldNames().forEachRemaining(fields::add);
        int refused = 0;
        for (String field : fields) {
            for (JsonNode damage : DAMAGES.values()) {
                refused += refusedOrHarmless(damaged(whole.deepCopy(), field, damage)) ? 1 : 0;
            }
        }
        assertThat(refused).as("refused").isGreaterThan(8 * DAMAGES.size() / 2);

        Random random = new Random(20260102);
        List<JsonNode> damages = new ArrayList<>(DAMAGES.values());
        for (int i = 0; i < PAIRS; i++) {
            ObjectNode config = whole.deepCopy();
            for (int damage = 2 + random.nextInt(3); damage > 0; damage--) {
                damaged(config, fields.get(random.nextInt(fields.size())), damages.get(random.nextInt(damages.size())));
            }
            refusedOrHarmless(config);
        }
    }

    /** The sizes: none has a default, and whatever is no positive whole number is refused by the field's name. */
    static Stream<Arguments> sizes() {
        List<String> bert = List.of(
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "vocab_size",
                "max_position_embeddings");
        List<String> bart = List.of(
                "d_model",
                "encoder_layers",
                "decoder_layers",
                "encoder_attention_heads",
                "decoder_attention_heads",
                "encoder_ffn_dim",
                "decoder_ffn_dim",
                "vocab_size",
                "max_position_embeddings");
        return Map.ofEntries(
                        Map.entry("bert-classifier", bert),
                        Map.entry("roberta-classifier", bert),
                        Map.entry("mpnet-classifier", bert),
                        Map.entry("albert-classifier", bert),
                        Map.entry("deberta-v2-content", bert),
                        Map.entry(
                                "distilbert-bare",
                                List.of(
                                        "dim",
                                        "n_layers",
                                        "n_heads",
                                        "hidden_dim",
                                        "vocab_size",
                                        "max_position_embeddings")),
                        Map.entry("electra-discriminator", bert),
                        Map.entry("modernbert-classifier", bert),
                        Map.entry("bart-classifier", bart),
                        Map.entry("mbart-writer", bart),
                        Map.entry(
                                "t5-classifier",
                                List.of("d_model", "d_kv", "d_ff", "num_heads", "num_layers", "vocab_size")))
                .entrySet()
                .stream()
                .flatMap(model -> model.getValue().stream().map(field -> Arguments.of(model.getKey(), field)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("sizes")
    void aSizeThatIsNoneIsRefused(String name, String field) throws IOException {
        ObjectNode whole = model(name);
        DAMAGES.forEach((kind, damage) -> {
            if (kind.equals("the largest int")) {
                return;
            }
            write(damaged(whole.deepCopy(), field, damage));
            assertThatThrownBy(() -> BaseModel.open(folder.toString()))
                    .as(kind)
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("config.json: " + field + " must be a positive whole number, found ")
                    .hasMessageNotContaining("\n");
        });
    }

    @Test
    void fieldsThatMayBeLeftOutAreNotGuessedFromWhatTheyHold() throws IOException {
        ObjectNode bert = model("bert-classifier");
        refused(bert.deepCopy().put("type_vocab_size", "2"), "type_vocab_size must be a positive whole number");
        refused(
                bert.deepCopy().put("layer_norm_eps", "1e-12"),
                "layer_norm_eps must be a positive number, found '1e-12'");
        refused(bert.deepCopy().put("layer_norm_eps", -1e-12), "layer_norm_eps must be a positive number");
        refused(bert.deepCopy().put("is_decoder", "yes"), "is_decoder must be true or false, found 'yes'");
        refused(bert.deepCopy().put("pad_token_id", 0.5), "pad_token_id must be the id of one token, found 0.5");
        refused(bert.deepCopy().put("pad_token_id", -1), "pad_token_id is -1, but the vocabulary ends at 23");
        refused(bert.deepCopy().put("pad_token_id", 1L << 32), "pad_token_id is 4294967296, but the vocabulary ends");
        ObjectNode albert = model("albert-classifier");
        refused(albert.deepCopy().put("inner_group_num", 2), "inner_group_num is 2; only 1 is supported");
        refused(
                albert.deepCopy().put("num_hidden_groups", 4),
                "num_hidden_groups is 4, but num_hidden_layers is only 3");
        refused(albert.deepCopy().put("num_hidden_layers", 2001), "asks for 2001 layers");
        ObjectNode mpnet = model("mpnet-classifier");
        refused(mpnet.deepCopy().put("pad_token_id", 2), "pad_token_id is 2, but MPNet's positions begin after 1");
        refused(
                mpnet.deepCopy().put("relative_attention_num_buckets", 8),
                "relative_attention_num_buckets is 8; only 32 is supported");
        ObjectNode deberta = model("deberta-v3-classifier");
        refused(deberta.deepCopy().put("num_attention_heads", 3), "hidden_size 8 is not a multiple of");
        refused(
                deberta.deepCopy().put("attention_head_size", 8),
                "attention_head_size is 8, but hidden_size / num_attention_heads is 4");
        refused(
                deberta.deepCopy().put("pos_att_type", "p2c|c2p|p2p"),
                "pos_att_type is 'p2c|c2p|p2p'; supported are a list or a text of 'c2p', 'p2c'");
        refused(
                deberta.deepCopy().set("pos_att_type", JSON.arrayNode().add("C2P")),
                "pos_att_type is [\"C2P\"]; supported are");
        refused(deberta.deepCopy().put("pos_att_type", 2), "pos_att_type is 2; supported are");
        refused(deberta.deepCopy().put("norm_rel_ebd", "batch_norm"), "norm_rel_ebd is 'batch_norm'; supported are");
        refused(deberta.deepCopy().put("position_buckets", 1), "position_buckets is 1; supported are numbers from 2");
        refused(deberta.deepCopy().put("position_buckets", 28), "half is below the longest distance, 14");
        refused(deberta.deepCopy().put("position_buckets", "6"), "position_buckets must be a whole number, found '6'");
        refused(deberta.deepCopy().put("max_relative_positions", 0.5), "max_relative_positions must be a whole number");
        refused(deberta.deepCopy().put("position_buckets", 8), "encoder.rel_embeddings.weight' has shape [12, 8]");
        refused(deberta.deepCopy().put("share_att_key", false), "attention.self.pos_key_proj.bias'");
        refused(deberta.deepCopy().put("hidden_act", "mish"), "hidden_act is 'mish'; supported: 'gelu'");
        ObjectNode second = model("deberta-v2-content");
        refused(second.deepCopy().put("conv_kernel_size", 4), "conv_kernel_size is 4; only odd numbers are supported");
        refused(second.deepCopy().put("conv_groups", 3), "hidden_size 8 is not a multiple of conv_groups 3");
        refused(second.deepCopy().put("conv_act", "cosine"), "conv_act is 'cosine'; supported: 'tanh', 'gelu'");
        ObjectNode modernbert = model("modernbert-classifier");
        refused(
                modernbert.deepCopy().set("layer_types", JSON.arrayNode().add("full_attention")),
                "layer_types lists 1 layers, but num_hidden_layers is 3");
        refused(
                modernbert.deepCopy().set("layer_types", JSON.arrayNode().add("chunked_attention")),
                "layer_types must be a list of 'full_attention', 'sliding_attention', found [\"chunked_attention\"]");
        refused(
                modernbert.deepCopy().put("num_attention_heads", 8),
                "is not an even multiple of num_attention_heads 8");
        ObjectNode yarn = modernbert.deepCopy();
        ((ObjectNode) yarn.at("/rope_parameters/full_attention")).put("rope_type", "yarn");
        refused(yarn, "rope_parameters.full_attention.rope_type is 'yarn'; supported: 'default'");
        ObjectNode factor = modernbert.deepCopy();
        ((ObjectNode) factor.at("/rope_parameters/sliding_attention")).put("factor", 2);
        refused(factor, "rope_parameters.sliding_attention has factor, which is not supported");
        ObjectNode scaled = modernbert.deepCopy();
        scaled.putObject("rope_scaling").put("type", "dynamic");
        refused(scaled, "rope_scaling has type, which is not supported");
        ObjectNode nomic = model("nomic-bert-bare");
        refused(nomic.deepCopy().put("prenorm", true), "prenorm is true; only false is supported");
        refused(nomic.deepCopy().put("rotary_emb_fraction", 0.5), "only rotary_emb_fraction 1 without");
        refused(nomic.deepCopy().put("n_head", 8), "n_head 8 does not divide the hidden size 8 into even parts");
        ObjectNode t5 = model("t5-classifier");
        refused(
                t5.deepCopy().put("feed_forward_proj", "gated-relu"),
                "feed_forward_proj is 'gated-relu'; supported: 'relu'");
        refused(t5.deepCopy().put("dense_act_fn", "tanh"), "dense_act_fn is 'tanh'; supported: 'relu'");
        refused(t5.deepCopy().put("num_decoder_layers", 0), "num_decoder_layers must be a positive whole number");
        refused(t5.deepCopy().put("relative_attention_num_buckets", 3), "there must be 4 buckets or more");
        refused(t5.deepCopy().put("relative_attention_max_distance", 3), "the distance must be above half of them");
        refused(t5.deepCopy().put("scale_decoder_outputs", "no"), "scale_decoder_outputs must be true or false");
        ObjectNode bart = model("bart-classifier");
        refused(bart.deepCopy().put("scale_embedding", 1), "scale_embedding must be true or false, found 1");
        refused(bart.deepCopy().put("tie_word_embeddings", false), "only models with one table of words");
        refused(
                bart.deepCopy().set("eos_token_id", JSON.arrayNode().add(2)),
                "eos_token_id must be the id of one token");
    }

    @Test
    void whatIsNotSupportedIsRefusedWithTheListOfWhatIs() throws IOException {
        String known = Families.all().stream().map(Family::modelType).collect(Collectors.joining(", "));
        for (String other : List.of("gpt2", "xlnet", "whisper", "a\nb")) {
            refused(model("bert-classifier").put("model_type", other), "known: " + known);
        }
    }

    @Test
    void anEarlierVersionIsNotTakenForALaterOne() throws IOException {
        refused(
                model("bert-classifier").put("model_type", "deberta"),
                "is not supported; the nearest that is: deberta-v2;");
    }

    @Test
    void aModelWithItsOwnProgramIsNamedSo() throws IOException {
        ObjectNode config = model("bert-classifier").put("model_type", "new");
        config.putObject("auto_map").put("AutoModel", "modeling.NewModel");
        refused(config, "is not supported; the nearest that is: gte;");
        refused(config, "its own program (auto_map in config.json), and programs of models are never run");
    }

    private void refused(JsonNode config, String reason) {
        write(config);
        assertThatThrownBy(() -> BaseModel.open(folder.toString()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n");
    }

    /** Whether the model was refused; if not, it has computed. */
    private boolean refusedOrHarmless(JsonNode config) {
        write(config);
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel model = BaseModel.open(folder.toString())) {
            TokenBatch batch = TokenBatch.of(
                    List.of(
                            new Encoding(new int[] {4, 5, 2}, new int[] {0, 0, 1}),
                            new Encoding(new int[] {6, 2}, new int[2])),
                    model.backbone().paddingId());
            Modifications none = new Modifications();
            assertThat(model.backbone()
                            .pool(model.backbone().forward(batch, none, Pass.INFERENCE), batch, model.pooling(), none)
                            .shape())
                    .containsExactly(2, 8);
            return false;
        } catch (InputException e) {
            assertThat(e.getMessage()).as(config.toString()).isNotBlank().doesNotContain("\n", "\r");
            return true;
        } catch (RuntimeException e) {
            throw new AssertionError("with " + config, e);
        }
    }

    private static ObjectNode damaged(ObjectNode config, String field, JsonNode damage) {
        if (damage.isMissingNode()) {
            config.remove(field);
        } else {
            config.set(field, damage);
        }
        return config;
    }

    private void write(JsonNode config) {
        try {
            // As it is written in JSON, where no number is infinite.
            Files.writeString(
                    folder.resolve("config.json"),
                    MAPPER.writeValueAsString(config).replace("\"Infinity\"", "1e999"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts a model into the folder; its config. */
    private ObjectNode model(String name) throws IOException {
        try {
            Path from = Path.of(DamagedConfigTest.class
                    .getResource("/org/unipelt/checkpoints/" + name)
                    .toURI());
            for (String file : List.of("tokenizer.json", "model.safetensors")) {
                Files.write(folder.resolve(file), Files.readAllBytes(from.resolve(file)));
            }
            return (ObjectNode) MAPPER.readTree(from.resolve("config.json").toFile());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

package org.unipelt.testkit;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A folder with a random BERT that has a pooler: 2 layers, 16 wide, with 2 heads and 32 positions. */
public final class TinyBert {
    /** The file of the weights. */
    public static final String WEIGHTS = "model.safetensors";
    /** The file of the configuration. */
    public static final String CONFIG = "config.json";
    /** The file of the tokens, one a line. */
    public static final String VOCABULARY = "vocab.txt";

    private static final int HIDDEN = 16;
    private static final int INTERMEDIATE = 24;
    private static final int LAYERS = 2;
    private static final int POSITIONS = 32;
    private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final List<String> WORDS = List.of(
            "great", "awful", "film", "lovely", "boring", "so", "good", "bad", "a", "joy", "pain", "i", "it", "text");

    private TinyBert() {}

    /** Writes the model. It knows a few words, and w0 to w32. */
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<String> vocabulary = Stream.of(
                        SPECIAL.stream(), WORDS.stream(), IntStream.range(0, 33).mapToObj(i -> "w" + i))
                .flatMap(words -> words)
                .toList();
        Files.write(folder.resolve(VOCABULARY), vocabulary);
        ObjectNode config = new JsonMapper()
                .createObjectNode()
                .put("model_type", "bert")
                .put("hidden_act", "gelu")
                .put("num_hidden_layers", LAYERS)
                .put("hidden_size", HIDDEN)
                .put("num_attention_heads", 2)
                .put("intermediate_size", INTERMEDIATE)
                .put("vocab_size", vocabulary.size())
                .put("max_position_embeddings", POSITIONS)
                .put("type_vocab_size", 2);
        Files.writeString(folder.resolve(CONFIG), config.toPrettyString());
        Map<String, Numbers> weights = new LinkedHashMap<>();
        weight(weights, "embeddings.word_embeddings", vocabulary.size(), HIDDEN);
        weight(weights, "embeddings.position_embeddings", POSITIONS, HIDDEN);
        weight(weights, "embeddings.token_type_embeddings", 2, HIDDEN);
        norm(weights, "embeddings.LayerNorm");
        for (int i = 0; i < LAYERS; i++) {
            String layer = "encoder.layer." + i + ".";
            for (String map : List.of("self.query", "self.key", "self.value", "output.dense")) {
                map(weights, layer + "attention." + map, HIDDEN, HIDDEN);
            }
            norm(weights, layer + "attention.output.LayerNorm");
            map(weights, layer + "intermediate.dense", INTERMEDIATE, HIDDEN);
            map(weights, layer + "output.dense", HIDDEN, INTERMEDIATE);
            norm(weights, layer + "output.LayerNorm");
        }
        map(weights, "pooler.dense", HIDDEN, HIDDEN);
        TensorFile.write(folder.resolve(WEIGHTS), weights, Map.of("format", "pt"));
        return folder;
    }

    static void weight(Map<String, Numbers> weights, String name, long... shape) {
        weights.put(name + ".weight", Numbers.random(name + ".weight", shape));
    }

    /** Adds a linear map from {@code in} to {@code out} with its bias. */
    static void map(Map<String, Numbers> weights, String name, int out, int in) {
        weight(weights, name, out, in);
        weights.put(name + ".bias", Numbers.random(name + ".bias", out));
    }

    static void norm(Map<String, Numbers> weights, String name) {
        weight(weights, name, HIDDEN);
        weights.put(name + ".bias", Numbers.random(name + ".bias", HIDDEN));
    }
}

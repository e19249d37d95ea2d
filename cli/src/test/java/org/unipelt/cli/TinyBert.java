package org.unipelt.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

/** A folder in Hugging Face's layout with a random BERT of a few thousand numbers: opened and trained in no time. */
final class TinyBert {
    static final String WEIGHTS = "model.safetensors";
    static final String CONFIG = "config.json";
    static final String VOCABULARY = "vocab.txt";

    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
    private static final List<String> WORDS = List.of(
            "great", "awful", "film", "lovely", "boring", "so", "good", "bad", "a", "joy", "pain", "i", "it", "text");

    private TinyBert() {}

    /** Writes a model with a pooler. */
    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<String> vocabulary = Stream.of(
                        SPECIAL.stream(), WORDS.stream(), IntStream.range(0, 21).mapToObj(i -> "w" + i))
                .flatMap(words -> words)
                .toList();
        Files.write(folder.resolve(VOCABULARY), vocabulary);
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", "bert")
                .put("hidden_act", "gelu")
                .put("num_hidden_layers", 2)
                .put("hidden_size", 16)
                .put("num_attention_heads", 2)
                .put("intermediate_size", 24)
                .put("vocab_size", vocabulary.size())
                .put("max_position_embeddings", 32)
                .put("type_vocab_size", 2);
        JSON.writeValue(folder.resolve(CONFIG).toFile(), config);
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bert.weightShapes(Bert.Config.of(config), true)
                    .forEach((name, shape) -> tensors.put(name, random(name, shape)));
            Safetensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
        }
        return folder;
    }

    /** Random numbers, of a layer-norm's weight around 1. */
    static Tensor random(String name, long... shape) {
        Rng rng = Rng.of(1, name);
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float)
                    ((name.matches("(?i).*layer_?norm(_embedding)?\\.weight") ? 1 : 0) + 0.2 * rng.nextGaussian());
        }
        return Tensor.create(values, shape);
    }

    /** Writes config.json anew with a change. */
    static void changeConfig(Path folder, Consumer<ObjectNode> change) throws IOException {
        changeJson(folder.resolve(CONFIG), change);
    }

    /** Writes any JSON file anew with a change. */
    static void changeJson(Path file, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(Files.readString(file));
        change.accept(json);
        json.remove("contentChecksum");
        Files.writeString(file, json.toPrettyString());
    }

    /** A JSON file's text as earlier versions wrote it, which may be changed. */
    static String withoutChecksum(String json) {
        return json.replaceFirst(",\\s*\"contentChecksum\" : \"\\w+\"", "");
    }

    /** Writes a safetensors file anew with other tensors. */
    static void changeTensors(Path file, Consumer<Map<String, Tensor>> change) {
        Map<String, String> metadata = Safetensors.metadata(file);
        try (PointerScope scope = new PointerScope();
                Weights weights = Safetensors.read(file)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(weights.asMap());
            change.accept(tensors);
            Safetensors.write(file, tensors, metadata);
        }
    }

    /** A tensor of zeros. */
    static Tensor zeros(long... shape) {
        return Tensor.create(new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))], shape);
    }
}

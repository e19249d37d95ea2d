package org.unipelt.interop;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import org.unipelt.hub.BaseModel;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;

/** The base model of the fixtures: a BERT of two layers whose every tensor follows from its name. */
final class RuledBert {
    private RuledBert() {}

    /** Writes it to an empty folder and opens it. */
    static BaseModel open(Path folder) throws IOException, URISyntaxException {
        Map<String, Numbers> tensors = new LinkedHashMap<>();
        add(tensors, "embeddings.word_embeddings.weight", 32, 8);
        add(tensors, "embeddings.position_embeddings.weight", 32, 8);
        add(tensors, "embeddings.token_type_embeddings.weight", 2, 8);
        norm(tensors, "embeddings.LayerNorm");
        for (String layer : List.of("encoder.layer.0.", "encoder.layer.1.")) {
            for (String map : List.of("self.query", "self.key", "self.value", "output.dense")) {
                map(tensors, layer + "attention." + map, 8, 8);
            }
            norm(tensors, layer + "attention.output.LayerNorm");
            map(tensors, layer + "intermediate.dense", 16, 8);
            map(tensors, layer + "output.dense", 8, 16);
            norm(tensors, layer + "output.LayerNorm");
        }
        map(tensors, "pooler.dense", 8, 8);
        TensorFile.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        Files.copy(resource("checkpoints/bert-classifier/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.copy(resource("checkpoints/bert-classifier/config.json"), folder.resolve("config.json"));
        JsonFile.change(folder.resolve("config.json"), config -> config.put("vocab_size", 32)
                .put("intermediate_size", 16)
                .put("max_position_embeddings", 32));
        return BaseModel.open(folder.toString());
    }

    private static void map(Map<String, Numbers> tensors, String name, long out, long in) {
        add(tensors, name + ".weight", out, in);
        add(tensors, name + ".bias", out);
    }

    private static void norm(Map<String, Numbers> tensors, String name) {
        add(tensors, name + ".weight", 8);
        add(tensors, name + ".bias", 8);
    }

    private static void add(Map<String, Numbers> tensors, String name, long... shape) {
        tensors.put("bert." + name, values("bert." + name, shape));
    }

    /** Values from a generator that the name's checksum seeds. */
    static Numbers values(String whole, long... shape) {
        CRC32 seed = new CRC32();
        seed.update(whole.getBytes(StandardCharsets.UTF_8));
        long state = seed.getValue();
        float[] values = new float[(int) LongStream.of(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            state = (1664525 * state + 1013904223) % (1L << 32);
            double value = ((double) state / (1L << 32) - 0.5) * 0.5;
            values[i] = (float) (whole.endsWith("LayerNorm.weight") ? value + 1 : value);
        }
        return new Numbers(values, shape);
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(RuledBert.class.getResource("/org/unipelt/" + name).toURI());
    }
}

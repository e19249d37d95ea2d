package org.unipelt;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/** Folders in Hugging Face's layout with random models of a few thousand numbers, and tables for them. */
public final class TinyModel {
    public static final String WEIGHTS = "model.safetensors";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TinyModel() {}

    /** A BERT with a pooler. */
    public static Path bert(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<String> vocabulary = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"));
        for (int i = 0; i < 33; i++) {
            vocabulary.add("w" + i);
        }
        Files.write(folder.resolve("vocab.txt"), vocabulary);
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
        return write(folder, config, Bert.weightShapes(Bert.Config.of(config), true));
    }

    /** A BART with a tokenizer of unigrams. */
    public static Path bart(Path folder) throws IOException {
        Files.createDirectories(folder);
        byte[] tokenizer;
        try (InputStream in = Tokenizer.class.getResourceAsStream("unigram/tokenizer.json")) {
            tokenizer = in.readAllBytes();
        }
        Files.write(folder.resolve("tokenizer.json"), tokenizer);
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", "bart")
                .put("d_model", 16)
                .put("max_position_embeddings", 32);
        try (Tokenizer opened = Tokenizer.fromJson(tokenizer, "tokenizer.json")) {
            config.put("vocab_size", opened.vocabularySize());
        }
        for (String stack : List.of("encoder", "decoder")) {
            config.put(stack + "_layers", 2).put(stack + "_attention_heads", 2).put(stack + "_ffn_dim", 24);
        }
        return write(folder, config, Bart.weightShapes(Bart.Config.of(config)));
    }

    private static Path write(Path folder, ObjectNode config, Map<String, long[]> shapes) throws IOException {
        JSON.writeValue(folder.resolve("config.json").toFile(), config);
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> weights.put(name, random(name, shape)));
            Safetensors.write(folder.resolve(WEIGHTS), weights, Map.of("format", "pt"));
        }
        return folder;
    }

    private static Tensor random(String name, long... shape) {
        Rng rng = Rng.of(1, name);
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float)
                    ((name.matches("(?i).*layer_?norm(_embedding)?\\.weight") ? 1 : 0) + 0.2 * rng.nextGaussian());
        }
        return Tensor.create(values, shape);
    }

    /** Writes a safetensors file anew with one tensor changed; what the change gives may share the tensor's memory. */
    public static void change(Path file, String name, UnaryOperator<Tensor> change) {
        Map<String, String> metadata = Safetensors.metadata(file);
        try (PointerScope scope = new PointerScope();
                Weights weights = Safetensors.read(file)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(weights.asMap());
            tensors.computeIfPresent(name, (same, tensor) -> change.apply(tensor));
            Safetensors.write(file, tensors, metadata);
        }
    }

    /** A table of two classes that one word tells apart; or with columns {@code source} and {@code target}. */
    public static Path rows(Path file, int count, String first, String second) throws IOException {
        List<String> lines = new ArrayList<>(List.of(first + "\t" + second));
        Rng rng = new Rng(count);
        for (int i = 0; i < count; i++) {
            String word = i % 2 == 0 ? "good" : "bad";
            lines.add("w" + rng.nextInt(30) + " " + word + " w" + rng.nextInt(30) + "\t" + word);
        }
        return Files.write(file, lines);
    }
}

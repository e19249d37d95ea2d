package org.unipelt.experiment;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Rng;
import org.unipelt.tensor.Safetensors;

/** A folder with a random BERT of a few thousand numbers and GLUE tasks of a few dozen rows. */
record Scene(Path folder) {
    private static final List<String> WORDS =
            List.of("great", "awful", "film", "lovely", "boring", "so", "good", "bad");

    /** What a sweep of this scene begins with. */
    static final String FRONT = "model: %s\ndata: %s\n";

    static Scene write(Path folder) throws IOException {
        Scene scene = new Scene(folder);
        scene.model();
        Rng rng = Rng.of(3, "rows");
        scene.rows("CoLA/train.tsv", "", 60, i -> "x\t" + i % 2 + "\t\t" + text(rng, i));
        scene.rows("CoLA/dev.tsv", "", 12, i -> "x\t" + i % 2 + "\t\t" + text(rng, i));
        String pairs = "sentence1\tsentence2\tscore\n";
        scene.rows("STS-B/train.tsv", pairs, 40, i -> text(rng, i) + "\t" + text(rng, i) + "\t" + i % 6 * 0.9);
        scene.rows("STS-B/dev.tsv", pairs, 9, i -> text(rng, i) + "\t" + text(rng, i) + "\t" + i % 6 * 0.9);
        return scene;
    }

    private static String text(Rng rng, int label) {
        StringBuilder text = new StringBuilder(label % 2 == 0 ? "awful" : "great");
        for (int i = 0; i < 3; i++) {
            text.append(' ').append(WORDS.get((int) Math.abs(rng.nextGaussian() * 4) % WORDS.size()));
        }
        return text.toString();
    }

    private void rows(String name, String header, int count, java.util.function.IntFunction<String> row)
            throws IOException {
        StringBuilder text = new StringBuilder(header);
        for (int i = 0; i < count; i++) {
            text.append(row.apply(i)).append('\n');
        }
        Path file = glue().resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private void model() throws IOException {
        Path model = Files.createDirectories(base());
        List<String> vocabulary = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        vocabulary.addAll(WORDS);
        Files.write(model.resolve("vocab.txt"), vocabulary);
        JsonMapper json = new JsonMapper();
        ObjectNode config = json.createObjectNode()
                .put("model_type", "bert")
                .put("hidden_act", "gelu")
                .put("num_hidden_layers", 2)
                .put("hidden_size", 16)
                .put("num_attention_heads", 2)
                .put("intermediate_size", 24)
                .put("vocab_size", vocabulary.size())
                .put("max_position_embeddings", 32)
                .put("type_vocab_size", 2);
        json.writeValue(model.resolve("config.json").toFile(), config);
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bert.weightShapes(Bert.Config.of(config), true).forEach((name, shape) -> {
                Rng rng = Rng.of(1, name);
                float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ((name.endsWith("LayerNorm.weight") ? 1 : 0) + 0.2 * rng.nextGaussian());
                }
                tensors.put(name, Tensor.create(values, shape));
            });
            Safetensors.write(model.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        }
    }

    Path base() {
        return folder.resolve("tiny-bert");
    }

    Path glue() {
        return folder.resolve("glue");
    }

    /** A spec with model and data in front of these lines, which then are from 3 on. */
    Path spec(String name, String... lines) throws IOException {
        return Files.writeString(
                folder.resolve(name), FRONT.formatted(base(), glue()) + String.join("\n", lines) + "\n");
    }

    SweepSpec read(String... lines) throws IOException {
        return SweepSpec.read(spec("spec.yaml", lines), SweepSpec.Instead.nothing());
    }

    /** Every result of a sweep by its hash, as bytes in a text. */
    static Map<String, String> results(Path sweep) throws IOException {
        Map<String, String> results = new TreeMap<>();
        try (Stream<Path> runs = Files.list(sweep.resolve("runs"))) {
            for (Path run : runs.toList()) {
                Path result = run.resolve("result.json");
                if (Files.exists(result)) {
                    results.put(run.getFileName().toString(), Files.readString(result));
                }
            }
        }
        return results;
    }
}

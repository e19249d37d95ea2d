package org.unipelt.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.hub.PretrainedModel;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Safetensors;

/**
 * Writes a model as a folder in Hugging Face's layout, so that Java and Python measure the same weights.
 *
 * <pre>
 *   WriteModel bge-small|minilm-l6 FOLDER
 *   WriteModel bert-base FOLDER [LAYERS]     BERT-base's shape, random weights, bge-small's tokenizer
 *   WriteModel large FOLDER LAYERS TYPE      a BERT of width 2048 in shards of four layers, F32 or BF16
 * </pre>
 */
public final class WriteModel {
    private WriteModel() {}

    /** Writes the folder, config.json last: it marks a complete folder. */
    public static void main(String[] arguments) throws IOException {
        Engine.start();
        Path folder = Files.createDirectories(Path.of(arguments[1]));
        boolean large = arguments[0].equals("large");
        boolean random = large || arguments[0].equals("bert-base");
        String file = arguments[0].equals("minilm-l6") ? "all-minilm-l6-v2" : "bge-small-en-v1.5";
        try (PretrainedModel small = PretrainedModel.open(random ? "bge-small" : arguments[0]);
                InputStream tokenizer = WriteModel.class.getResourceAsStream("/" + file + "-tokenizer.json");
                PointerScope scope = new PointerScope()) {
            ObjectNode config = small.config().deepCopy();
            if (large) {
                config.put("hidden_size", 2048).put("intermediate_size", 8192).put("num_attention_heads", 32);
                config.put("num_hidden_layers", Integer.parseInt(arguments[2]));
                Files.write(folder.resolve("tokenizer.json"), tokenizer.readAllBytes());
                writeShards(folder, Bert.Config.of(new ModelConfig(config)), DType.valueOf(arguments[3]));
                new JsonMapper().writeValue(folder.resolve("config.json").toFile(), config);
                return;
            }
            if (random) {
                config.put("hidden_size", 768).put("intermediate_size", 3072);
                config.put("num_hidden_layers", arguments.length > 2 ? Integer.parseInt(arguments[2]) : 12);
            }
            Map<String, Tensor> weights = random
                    ? random(Bert.Config.of(new ModelConfig(config)))
                    : small.weights().asMap();
            Files.write(folder.resolve("tokenizer.json"), tokenizer.readAllBytes());
            Safetensors.write(folder.resolve(Safetensors.SINGLE_FILE), weights, Map.of("format", "pt"));
            if (!random) {
                // For transformers, which would otherwise add a pooler with random weights.
                config.put("without_pooler", true);
                config.put("pooling", small.pooling().text());
                // For ONNX Runtime: the authors' own file.
                try (InputStream onnx = WriteModel.class.getResourceAsStream("/" + file + ".onnx")) {
                    Files.copy(onnx, folder.resolve("model.onnx"), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            new JsonMapper().writeValue(folder.resolve("config.json").toFile(), config);
        }
    }

    /** Tensors of one shape share their values, so that writing needs little memory. */
    private static void writeShards(Path folder, Bert.Config config, DType type) throws IOException {
        torch.manual_seed(1);
        Map<String, Tensor> values = new HashMap<>();
        Map<String, Map<String, Tensor>> shards = new TreeMap<>();
        JsonMapper json = new JsonMapper();
        ObjectNode index = json.createObjectNode();
        Bert.weightShapes(config, true).forEach((name, shape) -> {
            Matcher layer = Pattern.compile("encoder\\.layer\\.(\\d+)\\..*").matcher(name);
            String shard = String.format(
                    "model-%05d.safetensors", layer.matches() ? 1 + Integer.parseInt(layer.group(1)) / 4 : 0);
            boolean ones = name.contains("LayerNorm.weight");
            Tensor tensor = values.computeIfAbsent(
                    ones + Arrays.toString(shape),
                    key -> (ones ? torch.ones(shape) : torch.randn(shape).mul_(new Scalar(0.02)))
                            .to(type.scalarType()));
            shards.computeIfAbsent(shard, file -> new LinkedHashMap<>()).put(name, tensor);
            index.withObject("/weight_map").put(name, shard);
        });
        shards.forEach((shard, tensors) -> Safetensors.write(folder.resolve(shard), tensors, Map.of("format", "pt")));
        json.writeValue(folder.resolve(Safetensors.INDEX_FILE).toFile(), index);
    }

    private static Map<String, Tensor> random(Bert.Config config) {
        torch.manual_seed(1);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Bert.weightShapes(config, true)
                .forEach((name, shape) -> tensors.put(
                        name,
                        name.contains("LayerNorm.weight")
                                ? torch.ones(shape)
                                : torch.randn(shape).mul_(new Scalar(0.02))));
        return tensors;
    }
}

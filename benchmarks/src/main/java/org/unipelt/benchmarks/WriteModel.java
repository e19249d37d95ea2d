package org.unipelt.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.bert.Bert;
import org.unipelt.hub.PretrainedModel;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Safetensors;

/**
 * Writes a model as a folder in Hugging Face's layout, so that Java and Python measure the same weights.
 *
 * <pre>
 *   WriteModel bge-small|minilm-l6 FOLDER
 *   WriteModel bert-base FOLDER [LAYERS]     BERT-base's shape, random weights, bge-small's tokenizer
 * </pre>
 */
public final class WriteModel {
    private WriteModel() {}

    /** Writes the folder, config.json last: it marks a complete folder. */
    public static void main(String[] arguments) throws IOException {
        Engine.start();
        Path folder = Files.createDirectories(Path.of(arguments[1]));
        boolean random = arguments[0].equals("bert-base");
        String file = arguments[0].equals("minilm-l6") ? "all-minilm-l6-v2" : "bge-small-en-v1.5";
        try (PretrainedModel small = PretrainedModel.open(random ? "bge-small" : arguments[0]);
                InputStream tokenizer = WriteModel.class.getResourceAsStream("/" + file + "-tokenizer.json");
                PointerScope scope = new PointerScope()) {
            ObjectNode config = small.config().deepCopy();
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
            }
            new JsonMapper().writeValue(folder.resolve("config.json").toFile(), config);
        }
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

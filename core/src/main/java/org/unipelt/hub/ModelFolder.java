package org.unipelt.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/** A model in Hugging Face's folder layout. */
final class ModelFolder {
    private static final String CONFIG = "config.json";
    /** Where sentence-transformers keeps how it makes one vector of a text. */
    private static final String POOLING = "1_Pooling/config.json";

    /** What begins the names of the tensors of heads for other tasks. */
    private static final List<String> HEADS = List.of("cls.", "classifier.", "lm_head.", "classification_head.");

    /** Belongs to BART's output, which is no head but its table of words again. */
    private static final String LOGITS_BIAS = "final_logits_bias";

    private static final String WORD_TABLE = "shared.weight";
    private static final List<String> WORD_TABLE_USES =
            List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight");

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ModelFolder() {}

    static Checkpoint open(Path folder) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new InputException("no " + CONFIG + " in " + folder + "; a model folder needs it");
        }
        JsonNode config = json(folder.resolve(CONFIG));
        // The tokenizer first: it is quick, and its mistakes are the more frequent ones.
        Tokenizer tokenizer = Tokenizer.load(folder);
        Weights weights = null;
        boolean done = false;
        try {
            weights = weights(folder, config);
            Checkpoint checkpoint = new Checkpoint(
                    folder.toString(), config, weights, tokenizer, pooling(folder, weights), Optional.empty());
            done = true;
            return checkpoint;
        } finally {
            if (!done) {
                tokenizer.close();
                if (weights != null) {
                    weights.close();
                }
            }
        }
    }

    private static Weights weights(Path folder, JsonNode config) {
        String architecture = config.path("model_type").asText("bert");
        try (Weights read = Safetensors.readFolder(folder);
                Weights named = Weights.of(rename(folder, read, prefix(architecture)))) {
            return named.toFloat32();
        }
    }

    /** What files with a head put before the names of the backbone's tensors. */
    private static String prefix(String architecture) {
        return switch (architecture) {
            case "bart", "mbart" -> "model.";
            default -> architecture + ".";
        };
    }

    /** The tensors of the backbone under today's names without the prefix that files with a head put before them. */
    private static Map<String, Tensor> rename(Path folder, Weights read, String prefix) {
        boolean prefixed = read.names().stream().anyMatch(name -> name.startsWith(prefix));
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (String name : read.names()) {
            boolean head = prefixed ? !name.startsWith(prefix) : HEADS.stream().anyMatch(name::startsWith);
            // The position ids are 0, 1, 2 and so on: older files keep them, nobody needs them.
            if (head && !name.equals(LOGITS_BIAS) || name.endsWith(".position_ids")) {
                continue;
            }
            String modern = modern(prefixed && name.startsWith(prefix) ? name.substring(prefix.length()) : name);
            if (named.put(modern, read.get(name)) != null) {
                throw new InputException(folder + " holds the tensor " + modern
                        + " twice, under an old and a new name; fetch the weights again");
            }
        }
        unite(named);
        return named;
    }

    /** BART's one table of words, which some files hold under the names of its uses, too or instead. */
    private static void unite(Map<String, Tensor> named) {
        for (String use : WORD_TABLE_USES) {
            Tensor table = named.remove(use);
            if (table != null) {
                named.putIfAbsent(WORD_TABLE, table);
            }
        }
    }

    /** BERT's first files, made with TensorFlow, call a layer norm's weight and bias gamma and beta. */
    private static String modern(String name) {
        if (name.endsWith(".gamma")) {
            return name.substring(0, name.length() - "gamma".length()) + "weight";
        }
        if (name.endsWith(".beta")) {
            return name.substring(0, name.length() - "beta".length()) + "bias";
        }
        return name;
    }

    private static String pooling(Path folder, Weights weights) {
        if (weights.has(Checkpoint.POOLER)) {
            return "pooler";
        }
        if (Files.exists(folder.resolve(POOLING))) {
            JsonNode modes = json(folder.resolve(POOLING));
            if (modes.path("pooling_mode_mean_tokens").asBoolean()) {
                return "mean";
            }
        }
        return "first";
    }

    private static JsonNode json(Path file) {
        try {
            JsonNode node = MAPPER.readTree(Files.readAllBytes(file));
            if (!node.isObject()) {
                throw new InputException(file + " is not a JSON object; fetch it again");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file + " is not valid JSON: " + InputException.parserWords(e.getOriginalMessage())
                            + "; fetch it again",
                    e);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + e.getMessage() + "; check the file", e);
        }
    }
}

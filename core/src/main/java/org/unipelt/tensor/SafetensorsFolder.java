package org.unipelt.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/** Reads the weights of a model folder, from one file or from shards that an index lists. */
final class SafetensorsFolder {
    /** The names that other tools give to pickles. */
    private static final List<String> PICKLES = List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

    private SafetensorsFolder() {}

    static Weights read(Path folder) {
        if (Files.exists(folder.resolve(Safetensors.SINGLE_FILE))) {
            return Safetensors.read(folder.resolve(Safetensors.SINGLE_FILE));
        }
        if (Files.exists(folder.resolve(Safetensors.INDEX_FILE))) {
            return readShards(folder);
        }
        for (String pickle : PICKLES) {
            if (Files.exists(folder.resolve(pickle))) {
                throw new InputException(folder + " holds its weights only as a pickle (" + pickle
                        + "), which contains code and is not read; convert it to " + Safetensors.SINGLE_FILE
                        + " (in Python: model.save_pretrained(folder, safe_serialization=True))");
            }
        }
        throw new InputException("no " + Safetensors.SINGLE_FILE + " and no " + Safetensors.INDEX_FILE + " in " + folder
                + "; a model folder needs one of them");
    }

    private static Weights readShards(Path folder) {
        Path index = folder.resolve(Safetensors.INDEX_FILE);
        Map<String, String> fileOf = readIndex(index);
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            for (String shardName : new TreeSet<>(fileOf.values())) {
                Path file = folder.resolve(shardName);
                if (!Files.exists(file)) {
                    throw new InputException("the shard " + shardName + " that " + Safetensors.INDEX_FILE
                            + " lists is not in " + folder + "; download it too");
                }
                try (Weights shard = Safetensors.read(file)) {
                    for (String name : shard.names()) {
                        if (!shardName.equals(fileOf.get(name))) {
                            throw SafetensorsHeader.damaged(
                                    file,
                                    "it holds tensor '" + name + "', which " + Safetensors.INDEX_FILE
                                            + " does not expect there");
                        }
                    }
                    all.putAll(shard.asMap());
                    // The scope keeps the shard's tensors until the result owns them or an error drops them all.
                    shard.asMap().values().forEach(scope::attach);
                }
            }
            for (Map.Entry<String, String> entry : fileOf.entrySet()) {
                if (!all.containsKey(entry.getKey())) {
                    throw SafetensorsHeader.damaged(
                            folder.resolve(entry.getValue()),
                            "tensor '" + entry.getKey() + "' is missing, which " + Safetensors.INDEX_FILE
                                    + " lists there");
                }
            }
            return Weights.of(all);
        }
    }

    /** Reads the shard of each tensor from the index's {@code weight_map}. */
    static Map<String, String> readIndex(Path index) {
        JsonNode map = StrictJson.read(index, WholeFile.SETTINGS).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw SafetensorsHeader.damaged(index, "it has no weight_map from tensor names to files");
        }
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getValue().asText();
            // A shard is a file of this folder; refuse paths that lead elsewhere.
            if (!entry.getValue().isTextual() || !name.endsWith(".safetensors") || name.matches(".*[/\\\\\0].*")) {
                throw SafetensorsHeader.damaged(
                        index,
                        "tensor '" + entry.getKey() + "' is listed in " + entry.getValue()
                                + ", which is not a .safetensors file of this folder");
            }
            fileOf.put(entry.getKey(), name);
        }
        return fileOf;
    }
}

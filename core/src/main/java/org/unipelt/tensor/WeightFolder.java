package org.unipelt.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * The weights in a model folder: one file, or shards that an index lists; in the safetensors format ({@link Safetensors}),
 * or else as PyTorch saves them ({@link TorchFile}).
 */
public final class WeightFolder {
    /**
     * A format of files.
     *
     * @param single the name of unsharded weights
     * @param index the name of the index of shards
     * @param ending the ending of a shard's name
     * @param reader reads one file
     */
    private record Format(String single, String index, String ending, Function<Path, Weights> reader) {}

    /** The formats, the preferred one first. */
    private static final List<Format> FORMATS = List.of(
            new Format(Safetensors.SINGLE_FILE, Safetensors.INDEX_FILE, ".safetensors", Safetensors::read),
            new Format(TorchFile.SINGLE_FILE, TorchFile.INDEX_FILE, ".bin", TorchFile::read));

    private WeightFolder() {}

    /**
     * Reads the weights: the first of {@value Safetensors#SINGLE_FILE}, the shards of {@value Safetensors#INDEX_FILE},
     * {@value TorchFile#SINGLE_FILE} and the shards of {@value TorchFile#INDEX_FILE} that is there. The caller owns the
     * result.
     *
     * @throws InputException if there are no weights, if a shard is missing, or if index and shards disagree
     */
    public static Weights read(Path folder) {
        for (Format format : FORMATS) {
            if (WholeFile.isThere(folder.resolve(format.single()))) {
                return format.reader().apply(folder.resolve(format.single()));
            }
            if (WholeFile.isThere(folder.resolve(format.index()))) {
                return readShards(folder, format);
            }
        }
        throw new InputException("no " + Safetensors.SINGLE_FILE + ", no " + TorchFile.SINGLE_FILE
                + " and no index of shards in " + folder + "; a model folder needs one of them");
    }

    /** Returns the file that leads to the weights, as {@link #read} finds it. */
    public static Path file(Path folder) {
        return leads().stream()
                .map(folder::resolve)
                .filter(Files::exists)
                .findFirst()
                .orElseGet(() -> folder.resolve(Safetensors.SINGLE_FILE));
    }

    /** Returns the names of the files that lead to weights, single files and indices, the preferred one first. */
    public static List<String> leads() {
        return FORMATS.stream()
                .flatMap(format -> Stream.of(format.single(), format.index()))
                .toList();
    }

    /** Returns whether a file of this name holds weights; an index does not. */
    public static boolean isWeights(String file) {
        return FORMATS.stream().anyMatch(format -> file.endsWith(format.ending()));
    }

    /**
     * Returns the names of the files that an index lists.
     *
     * @param index a file as {@value Safetensors#INDEX_FILE} or {@value TorchFile#INDEX_FILE}
     * @throws InputException if it is damaged, or names a file of another folder
     */
    public static Set<String> shards(Path index) {
        Format format = FORMATS.stream()
                .filter(each -> index.endsWith(each.index()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(index + " is no index of shards"));
        return new TreeSet<>(readIndex(index, format).values());
    }

    private static Weights readShards(Path folder, Format format) {
        Path index = folder.resolve(format.index());
        Map<String, String> fileOf = readIndex(index, format);
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            for (String shardName : new TreeSet<>(fileOf.values())) {
                Path file = folder.resolve(shardName);
                if (!WholeFile.isThere(file)) {
                    throw new InputException("the shard " + shardName + " that " + format.index() + " lists is not in "
                            + folder + "; download it too");
                }
                try (Weights shard = format.reader().apply(file)) {
                    for (String name : shard.names()) {
                        if (!shardName.equals(fileOf.get(name))) {
                            throw SafetensorsHeader.damaged(
                                    file,
                                    "it holds tensor '" + name + "', which " + format.index()
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
                            "tensor '" + entry.getKey() + "' is missing, which " + format.index() + " lists there");
                }
            }
            return Weights.of(all);
        }
    }

    /** Reads the shard of each tensor from the index's {@code weight_map}. */
    private static Map<String, String> readIndex(Path index, Format format) {
        JsonNode map = StrictJson.read(index, WholeFile.SETTINGS).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw SafetensorsHeader.damaged(index, "it has no weight_map from tensor names to files");
        }
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getValue().asText();
            // A shard is a file of this folder; refuse paths that lead elsewhere.
            if (!entry.getValue().isTextual() || !name.endsWith(format.ending()) || name.matches(".*[/\\\\\0].*")) {
                throw SafetensorsHeader.damaged(
                        index,
                        "tensor '" + entry.getKey() + "' is listed in " + entry.getValue() + ", which is not a "
                                + format.ending() + " file of this folder");
            }
            fileOf.put(entry.getKey(), name);
        }
        return fileOf;
    }
}

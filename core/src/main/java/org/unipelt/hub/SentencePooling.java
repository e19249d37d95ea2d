package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.text.FolderKey;

/** Reads the pooling of sentence-transformers from the files that it keeps beside a model's weights. */
final class SentencePooling {
    /** The end of a module's {@code type}, after the name of its package. */
    private static final String POOLING = "Pooling";

    private SentencePooling() {}

    /**
     * Returns {@code first} or {@code mean}; empty if no file names a pooling.
     *
     * @throws InputException if it is another pooling, or there are unsupported modules
     */
    static Optional<Pooling> read(Path folder) {
        Path modules = folder.resolve(FolderKey.MODULE_TYPE.file());
        if (!Files.exists(modules)) {
            Path usual = folder.resolve(FolderKey.POOLING_MODE.file());
            return Files.exists(usual) ? Optional.of(mode(usual)) : Optional.empty();
        }
        Optional<Pooling> mode = Optional.empty();
        for (JsonNode module : FolderKey.readList(modules)) {
            FolderKey.refuse(FolderKey.MODULE_TYPE.file(), module, modules);
            String type = FolderKey.MODULE_TYPE.in(module).map(JsonNode::asText).orElse("");
            String path = FolderKey.MODULE_PATH.in(module).map(JsonNode::asText).orElse("");
            if (type.endsWith("Transformer") && !path.isEmpty()) {
                throw new InputException(modules + ": the model is in " + path + "; give that folder");
            }
            if (type.endsWith(POOLING)) {
                Path file = folder.resolve(path).resolve("config.json").normalize();
                if (!file.startsWith(folder.normalize()) || !Files.exists(file)) {
                    throw new InputException(
                            modules + ": names " + path + ", but there is no " + file + "; download it too");
                }
                mode = Optional.of(mode(file));
            }
        }
        return mode;
    }

    /** Returns the files that {@link #read} reads besides a {@code modules.json}, as paths in its folder. */
    static List<String> filesOf(Path modules) {
        List<String> files = new ArrayList<>();
        for (JsonNode module : FolderKey.readList(modules)) {
            String type = FolderKey.MODULE_TYPE.in(module).map(JsonNode::asText).orElse("");
            if (type.endsWith(POOLING)) {
                String path =
                        FolderKey.MODULE_PATH.in(module).map(JsonNode::asText).orElse("");
                files.add(path.isEmpty() ? "config.json" : path.replaceFirst("/+$", "") + "/config.json");
            }
        }
        return files;
    }

    private static Pooling mode(Path file) {
        ObjectNode config = FolderKey.read(file);
        FolderKey.refuse(FolderKey.POOLING_MODE.file(), config, file);
        List<String> modes = new ArrayList<>();
        Optional<JsonNode> today = FolderKey.POOLING_MODE.in(config);
        if (today.isPresent()) {
            JsonNode named = today.get();
            (named.isArray() ? named : List.of(named)).forEach(each -> modes.add(each.asText()));
        } else {
            for (FolderKey key : List.of(FolderKey.POOLING_CLS, FolderKey.POOLING_MEAN)) {
                if (FolderKey.flag(file, config, key)) {
                    modes.add(key == FolderKey.POOLING_CLS ? "cls" : "mean");
                }
            }
        }
        // sentence-transformers' default is the mean.
        String mode = modes.isEmpty() ? "mean" : String.join(" and ", modes);
        return switch (mode) {
            case "cls" -> Pooling.FIRST;
            case "mean" -> Pooling.MEAN;
            default ->
                throw new InputException(file + ": pooling by " + mode
                        + " is not supported, only by cls or mean; choose one with --pooling");
        };
    }
}

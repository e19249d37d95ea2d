package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.download.Hub;
import org.unipelt.download.HubName;
import org.unipelt.download.HubRepository;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.tensor.WeightFolder;

/**
 * A base model that is on this machine.
 *
 * @param name what {@link BaseModel#open} takes
 * @param source where it is
 * @param architecture its {@code model_type}
 * @param bytes the size of its files
 * @param generates whether it also generates texts
 * @param lack why it cannot be opened as it is, if so
 */
public record AvailableModel(
        String name, Source source, String architecture, long bytes, boolean generates, Optional<String> lack) {
    /** Where a model is. */
    public enum Source {
        /** In a jar on the class path. */
        EMBEDDED,
        /** In the hub's cache. */
        CACHE,
        /** In a folder. */
        FOLDER
    }

    /** Returns the embedded models. */
    public static List<AvailableModel> embedded() {
        return Stream.of(EmbeddedModel.values())
                .map(each -> new AvailableModel(
                        each.modelName(), Source.EMBEDDED, "bert", each.bytes(), false, Optional.empty()))
                .toList();
    }

    /** Returns the models in the cache of a hub, whole or in part, supported or not. */
    public static List<AvailableModel> cached(Hub hub) {
        Objects.requireNonNull(hub, "hub is null");
        List<AvailableModel> models = new ArrayList<>();
        for (HubName name : hub.cache().names()) {
            Optional<HubRepository> repository = HubRepository.inCache(hub, name);
            if (repository.isPresent()
                    && Files.isRegularFile(repository.get().folder().resolve(ModelFolder.CONFIG))) {
                models.add(of(hub, name, repository.get().folder()));
            }
        }
        return models;
    }

    private static AvailableModel of(Hub hub, HubName name, Path folder) {
        AvailableModel found = of(name.toString(), Source.CACHE, folder);
        if (found.lack().isPresent()) {
            return found;
        }
        try {
            long bytes = HubRepository.bytes(HubModel.inCache(hub, name).files());
            return new AvailableModel(
                    found.name(), Source.CACHE, found.architecture(), bytes, found.generates(), Optional.empty());
        } catch (InputException e) {
            return new AvailableModel(
                    found.name(),
                    Source.CACHE,
                    found.architecture(),
                    found.bytes(),
                    found.generates(),
                    Optional.of("not whole"));
        }
    }

    /**
     * Returns the models in the folders of a folder, and in theirs: {@code name} and {@code org/name}. Leaves out hidden
     * and unreadable ones.
     *
     * @throws InputException if there is no such folder
     */
    public static List<AvailableModel> in(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        if (!Files.isDirectory(folder)) {
            throw new InputException(folder + ": there is no such folder; check the path");
        }
        return folders(folder)
                .flatMap(each -> Stream.concat(Stream.of(each), folders(each)))
                .filter(AvailableModel::isModel)
                .map(model -> of(model.normalize().toString(), Source.FOLDER, model))
                .toList();
    }

    private static Stream<Path> folders(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries
                    .filter(each -> Files.isDirectory(each)
                            && !each.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static boolean isModel(Path folder) {
        return Files.isRegularFile(folder.resolve(ModelFolder.CONFIG)) && Files.exists(WeightFolder.file(folder));
    }

    private static AvailableModel of(String name, Source source, Path folder) {
        String type = "?";
        try {
            JsonNode config = StrictJson.read(folder.resolve(ModelFolder.CONFIG), WholeFile.SETTINGS);
            type = config.path("model_type").asText("?");
            Family family = Families.of(config, name);
            ModelFolder.check(family, config, name);
            return new AvailableModel(name, source, type, bytes(folder), family.generates(), Optional.empty());
        } catch (InputException e) {
            return new AvailableModel(name, source, type, bytes(folder), false, Optional.of("not supported"));
        }
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            long bytes = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException e) {
            return 0;
        }
    }
}

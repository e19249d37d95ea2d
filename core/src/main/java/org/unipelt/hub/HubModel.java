package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.download.DownloadEvent;
import org.unipelt.download.Hub;
import org.unipelt.download.HubFile;
import org.unipelt.download.HubName;
import org.unipelt.download.HubRepository;
import org.unipelt.download.Unreachable;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.text.FolderKey;
import org.unipelt.text.Tokenizer;

/**
 * A base model of the hub, whose needed files are in the cache.
 *
 * @param name the repository and revision
 * @param commit the commit that the revision stood for when it was last asked for
 * @param folder the folder with the commit's files
 * @param files the files that a base model needs
 */
public record HubModel(HubName name, String commit, Path folder, List<HubFile> files) {
    /** Missing files that a message names. */
    private static final int SHOWN = 3;

    /** Copies the list. */
    public HubModel {
        Objects.requireNonNull(name, "name is null");
        Objects.requireNonNull(commit, "commit is null");
        Objects.requireNonNull(folder, "folder is null");
        files = List.copyOf(files);
    }

    /**
     * Takes a model from the cache as it is there; downloads what the cache lacks. What is there is never asked for
     * again, so a branch stays at its commit.
     *
     * @throws InputException if there is no such model, it is not supported, or it cannot be downloaded
     */
    public static HubModel of(Hub hub, HubName name) {
        Objects.requireNonNull(hub, "hub is null");
        Objects.requireNonNull(name, "name is null");
        Optional<HubRepository> cached = HubRepository.inCache(hub, name);
        Optional<HubModel> whole = Optional.empty();
        if (cached.isPresent()) {
            try {
                whole = Optional.of(ofCache(cached.get(), name));
            } catch (InputException e) {
                if (cached.get().unknown().isEmpty()) {
                    throw e;
                }
            }
            if (whole.isPresent() && cached.get().unknown().isEmpty()) {
                return whole.get();
            }
        }
        String why;
        try {
            if (hub.offline().isEmpty()) {
                return downloaded(hub, name, false);
            }
            why = hub.offline().get() + " is set";
        } catch (Unreachable e) {
            why = e.getMessage();
        }
        Path root = hub.cache().root();
        if (whole.isPresent()) {
            hub.report(new DownloadEvent.Remark(name + ": as the cache has it; not known is whether the hub also has "
                    + listed(cached.get().unknown()) + ", because " + why));
            return whole.get();
        }
        String unless = hub.offline().isPresent()
                ? "; leave it out once, to download the model"
                : "; check the network, and try again later";
        String has = cached.map(part -> "only a part of the model '" + name + "' is in the cache " + root + " (not "
                        + listed(part.unknown()) + ")")
                .orElse("no model '" + name + "' in the cache " + root);
        throw new InputException(has + ", and " + why + unless);
    }

    private static String listed(Set<String> files) {
        int more = files.size() - SHOWN;
        return String.join(", ", files.stream().limit(SHOWN).toList()) + (more > 0 ? " and " + more + " more" : "");
    }

    /**
     * Downloads what the cache lacks of the newest commit.
     *
     * @throws InputException if there is no such model, it is not supported, or it cannot be downloaded
     */
    public static HubModel newest(Hub hub, HubName name) {
        Objects.requireNonNull(hub, "hub is null");
        Objects.requireNonNull(name, "name is null");
        if (hub.offline().isPresent()) {
            throw new InputException(
                    hub.offline().get() + " is set, which forbids to ask " + hub.host() + "; leave it out to download");
        }
        try {
            return downloaded(hub, name, true);
        } catch (Unreachable e) {
            throw new InputException(name + " cannot be downloaded: " + e.getMessage() + "; try again later", e);
        }
    }

    /**
     * Takes a model from the cache, whole or not at all, without any request.
     *
     * @throws InputException if it is not whole, or not supported
     */
    static HubModel inCache(Hub hub, HubName name) {
        return ofCache(
                HubRepository.inCache(hub, name)
                        .orElseThrow(() -> new InputException("the cache does not have " + name + "; download it")),
                name);
    }

    private static HubModel ofCache(HubRepository cached, HubName name) {
        try {
            return new HubModel(name, cached.commit(), cached.folder(), needed(cached, name));
        } catch (Unreachable e) {
            throw new IllegalStateException("a cache needs no hub", e);
        }
    }

    private static HubModel downloaded(Hub hub, HubName name, boolean newest) throws Unreachable {
        try (HubRepository repository = HubRepository.open(hub, name, ModelFolder.CONFIG, newest)) {
            List<HubFile> needed = needed(repository, name);
            List<HubFile> lacking =
                    needed.stream().filter(file -> !file.cached()).toList();
            if (!lacking.isEmpty()) {
                download(hub, name, repository, lacking);
            }
            return new HubModel(name, repository.commit(), repository.folder(), needed);
        }
    }

    private static void download(Hub hub, HubName name, HubRepository repository, List<HubFile> lacking) {
        long bytes = HubRepository.bytes(lacking);
        long present = lacking.stream().mapToLong(repository::present).sum();
        repository.demandRoom(bytes - present);
        hub.report(new DownloadEvent.Began(
                name.toString(),
                hub.host(),
                repository.commit(),
                lacking.size(),
                bytes,
                present,
                hub.cache().root()));
        // The small files first: they tell whether the model can be used at all.
        boolean[] checked = new boolean[1];
        long[] done = new long[1];
        Stream.of(false, true)
                .flatMap(large -> lacking.stream().filter(file -> WeightFolder.isWeights(file.name()) == large))
                .forEachOrdered(file -> {
                    if (WeightFolder.isWeights(file.name()) && !checked[0]) {
                        Tokenizer.load(repository.folder()).close();
                        checked[0] = true;
                    }
                    repository.fetch(file, there -> hub.report(new DownloadEvent.Advanced(done[0] + there, bytes)));
                    done[0] += Math.max(file.size(), 0);
                });
        hub.report(new DownloadEvent.Ended(repository.folder()));
    }

    /**
     * Finds the files that {@link ModelFolder} reads. Downloads those that name others: a few kilobytes.
     *
     * @throws InputException if the architecture is not supported, or there is no usable file of weights
     */
    private static List<HubFile> needed(HubRepository repository, HubName name) throws Unreachable {
        List<HubFile> files = new ArrayList<>();
        HubFile config = repository
                .find(ModelFolder.CONFIG)
                .orElseThrow(() -> new InputException(
                        name + " has no " + ModelFolder.CONFIG + ", so it is no model for transformers; use another"));
        files.add(config);
        Path read = repository.fetch(config, there -> {});
        JsonNode settings = StrictJson.read(read, WholeFile.SETTINGS);
        Family family = Families.of(settings, name.toString());
        ModelFolder.check(family, settings, name.toString());
        addWeights(repository, name, files);
        if (family.generates()) {
            repository.find(ModelFolder.GENERATION).ifPresent(files::add);
        } else {
            addPooling(repository, files);
        }
        addTokenizer(repository, name, files);
        return files;
    }

    private static void addWeights(HubRepository repository, HubName name, List<HubFile> files) throws Unreachable {
        for (String lead : WeightFolder.leads()) {
            Optional<HubFile> found = repository.find(lead);
            if (found.isEmpty()) {
                continue;
            }
            files.add(found.get());
            if (WeightFolder.isWeights(lead)) {
                return;
            }
            for (String shard : WeightFolder.shards(repository.fetch(found.get(), there -> {}))) {
                files.add(repository
                        .find(shard)
                        .orElseThrow(() -> new InputException(
                                name + " lacks " + shard + ", which " + lead + " lists; use another revision")));
            }
            return;
        }
        throw new InputException(name + " has none of " + String.join(", ", WeightFolder.leads())
                + ", so it has no weights that can be read; use another model");
    }

    private static void addPooling(HubRepository repository, List<HubFile> files) throws Unreachable {
        Optional<HubFile> modules = repository.find(FolderKey.MODULE_TYPE.file());
        if (modules.isEmpty()) {
            repository.find(FolderKey.POOLING_MODE.file()).ifPresent(files::add);
            return;
        }
        files.add(modules.get());
        for (String file : SentencePooling.filesOf(repository.fetch(modules.get(), there -> {}))) {
            repository.find(file).filter(each -> !files.contains(each)).ifPresent(files::add);
        }
    }

    private static void addTokenizer(HubRepository repository, HubName name, List<HubFile> files) throws Unreachable {
        for (String file : Tokenizer.settingsFiles()) {
            repository.find(file).ifPresent(files::add);
        }
        List<List<String>> groups = Tokenizer.vocabularyFiles();
        List<HubFile> json = group(repository, groups.get(0));
        // The tokenizer's class decides later which of these it reads; together they are small.
        Set<HubFile> vocabulary = new LinkedHashSet<>(json);
        vocabulary.addAll(group(repository, groups.get(1)));
        if (json.isEmpty()) {
            for (List<String> group : groups.subList(2, groups.size())) {
                vocabulary.addAll(group(repository, group));
            }
        }
        if (vocabulary.isEmpty()) {
            throw new InputException(name + " has none of "
                    + groups.stream().map(group -> String.join(" with ", group)).collect(Collectors.joining(", "))
                    + ", so its texts cannot be read; use another model");
        }
        files.addAll(vocabulary);
    }

    /** Finds some files; empty unless all are there. */
    private static List<HubFile> group(HubRepository repository, List<String> names) throws Unreachable {
        List<HubFile> found = new ArrayList<>();
        for (String file : names) {
            repository.find(file).ifPresent(found::add);
        }
        return found.size() == names.size() ? found : List.of();
    }
}

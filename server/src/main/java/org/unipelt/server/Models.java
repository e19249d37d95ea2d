package org.unipelt.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.Reading;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
import org.unipelt.tuned.TunedModel;

/**
 * The tuned models that a server has, by name: the name of the folder. Models of one base model share it; it is opened with
 * the first of them and closed with the last. Thread safe: models may be loaded and unloaded while others answer.
 */
public final class Models implements AutoCloseable {
    /** Opens base models. */
    @FunctionalInterface
    public interface Opener {
        /**
         * Opens the base model of a tuned model.
         *
         * @param folder the tuned model's folder, for messages
         * @param card the tuned model's card
         * @throws InputException if it cannot be opened
         */
        BaseModel open(Path folder, AdapterCard card);

        /**
         * Looks at a tuned model before it answers.
         *
         * @throws InputException if it is not to answer
         */
        default void admit(Path folder, TunedModel model) {}
    }

    /** What makes two models share a base model. */
    private record Base(String fingerprint, Optional<Reading> reading) {
        static Base of(AdapterCard card) {
            return new Base(card.base().fingerprint(), card.base().reading());
        }
    }

    private final Opener opener;
    private final Map<Base, BaseModel> bases = new HashMap<>();
    /** In the order of loading; replaced as a whole. */
    private volatile Map<String, ServedModel> models = Map.of();

    private Models(Opener opener) {
        this.opener = opener;
    }

    /**
     * Opens the tuned models of some folders. Reads every card before it opens a base model.
     *
     * @param folders folders of tuned models, or folders of such folders
     * @throws InputException if one holds none, two have one name, or one cannot be opened
     */
    public static Models open(List<Path> folders, Opener opener) {
        Objects.requireNonNull(folders, "folders is null");
        Objects.requireNonNull(opener, "opener is null");
        Map<String, Path> found = new LinkedHashMap<>();
        Map<String, AdapterCard> cards = new LinkedHashMap<>();
        for (Path folder : folders) {
            for (Path each : adapters(folder)) {
                String name = each.toAbsolutePath().normalize().getFileName().toString();
                Path other = found.put(name, each);
                if (other != null) {
                    throw new InputException(each + " and " + other + " have the same name, '" + name
                            + "'; rename one: requests name a model by its folder");
                }
                cards.put(name, AdapterCard.read(each));
            }
        }
        Models opened = new Models(opener);
        try {
            cards.forEach((name, card) -> opened.add(name, Objects.requireNonNull(found.get(name)), card));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    private static List<Path> adapters(Path folder) {
        Objects.requireNonNull(folder, "a folder is null");
        if (!Files.isDirectory(folder) || AdapterDirectory.isOne(folder)) {
            return List.of(folder);
        }
        List<Path> found;
        try (Stream<Path> entries = Files.list(folder)) {
            found = entries.filter(AdapterDirectory::isOne).sorted().toList();
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be read: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new InputException(
                    folder + ": holds no " + AdapterDirectory.CARD + ", nor does a folder in it; give the"
                            + " folder of a tuned model, or a folder of such folders ('unipelt import' makes one of another library's)");
        }
        return found;
    }

    private synchronized void add(String name, Path folder, AdapterCard card) {
        Base key = Base.of(card);
        BaseModel known = bases.get(key);
        BaseModel base = known == null ? opener.open(folder, card) : known;
        try {
            ServedModel served = new ServedModel(name, admitted(folder, card, base), base);
            bases.put(key, base);
            Map<String, ServedModel> more = new LinkedHashMap<>(models);
            more.put(name, served);
            models = more;
        } catch (RuntimeException | Error e) {
            if (known == null) {
                base.close();
            }
            throw e;
        }
    }

    private TunedModel admitted(Path folder, AdapterCard card, BaseModel base) {
        TunedModel model = TunedModel.load(folder, card, base);
        try {
            opener.admit(folder, model);
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * Loads a model.
     *
     * @throws InputException if it cannot be opened
     * @throws Problem if the name is taken (400)
     */
    synchronized void load(String name, Path folder) {
        if (models.containsKey(name)) {
            throw Problem.of(400, "a model '" + name + "' is loaded already; unload it first, or choose another name");
        }
        add(name, folder, AdapterCard.read(folder));
    }

    /**
     * Loads a model, in the place of one that has its name.
     *
     * @throws InputException if it cannot be opened; the other one then stays
     */
    synchronized void replace(String name, Path folder) {
        ServedModel before = models.get(name);
        add(name, folder, AdapterCard.read(folder));
        if (before != null) {
            retire(before);
        }
    }

    /**
     * Unloads a model once it has answered what it has begun; closes its base model if no other needs it.
     *
     * @throws Problem if there is none of this name (404)
     */
    synchronized void unload(String name) {
        ServedModel gone = named(name);
        Map<String, ServedModel> fewer = new LinkedHashMap<>(models);
        fewer.remove(name);
        models = fewer;
        retire(gone);
    }

    private void retire(ServedModel gone) {
        gone.retire();
        if (models.values().stream().noneMatch(model -> model.base() == gone.base())) {
            bases.values().remove(gone.base());
            gone.base().close();
        }
    }

    /**
     * Returns a model.
     *
     * @throws Problem if there is none of this name (404); it suggests the nearest
     */
    ServedModel named(String name) {
        Map<String, ServedModel> now = models;
        ServedModel model = now.get(name);
        if (model == null) {
            throw Problem.unknown(
                    InputException.unknown("model", name, now.keySet()).getMessage());
        }
        return model;
    }

    /**
     * Returns the only model.
     *
     * @throws Problem if there are several, or none (422)
     */
    ServedModel only() {
        List<ServedModel> all = List.copyOf(all());
        if (all.size() != 1) {
            throw Problem.wrong(
                    all.isEmpty()
                            ? "no model is loaded; load one through the admin port"
                            : "there are " + all.size() + " models; name one as \"adapter\": "
                                    + String.join(", ", models.keySet()));
        }
        return all.get(0);
    }

    /** Returns all models, in the order of loading. */
    Collection<ServedModel> all() {
        return models.values();
    }

    /** Returns the names of the models, in the order of loading. */
    public List<String> names() {
        return List.copyOf(models.keySet());
    }

    /** Returns how many base models are open. */
    public synchronized int bases() {
        return bases.size();
    }

    /** Waits for what the models have begun, and closes them and their base models. */
    @Override
    public synchronized void close() {
        List<ServedModel> all = new ArrayList<>(models.values());
        models = Map.of();
        all.forEach(ServedModel::retire);
        bases.values().forEach(BaseModel::close);
        bases.clear();
    }
}

package org.unipelt.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;

/**
 * The folder that models may be loaded from while the server runs, and the file in it that names those that were: after a
 * restart, or a crash, they are loaded again. The file is named by the server's port, so that several servers may share a folder.
 * For one thread at a time.
 */
final class Loadable {
    private static final JsonMapper JSON = StrictJson.mapper().build();

    private final Path folder;
    private final Optional<Path> file;
    private final Map<String, String> models;

    /** The file: by the names of the models their folders, as clients gave them. */
    record Served(@Nullable Map<String, String> models) {}

    private Loadable(Path folder, Optional<Path> file, Map<String, String> models) {
        this.folder = folder;
        this.file = file;
        this.models = models;
    }

    /**
     * Reads what was loaded before.
     *
     * @param port the server's; 0, which is another one each time, remembers nothing
     * @throws InputException if there is no such folder, or its file is damaged
     */
    static Loadable open(Path folder, int port) {
        if (!Files.isDirectory(folder)) {
            throw InputException.about(
                    "allow-load",
                    folder + ": there is no such folder; --allow-load needs the folder that models may come from");
        }
        if (port == 0 || !Files.isWritable(folder)) {
            return new Loadable(folder, Optional.empty(), new TreeMap<>());
        }
        Path file = folder.resolve("served-" + port + ".json");
        return new Loadable(folder, Optional.of(file), Files.exists(file) ? read(file) : new TreeMap<>());
    }

    private static Map<String, String> read(Path file) {
        try {
            Served served = JSON.readValue(WholeFile.text(file, WholeFile.SETTINGS), Served.class);
            if (served == null || served.models() == null || served.models().containsValue(null)) {
                throw new InputException(file + ": names no models; delete it, and load the models again");
            }
            return new TreeMap<>(served.models());
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file + ": is damaged: " + StrictJson.words(e) + "; delete it, and load the models again", e);
        }
    }

    /** The file that remembers; empty if nothing is remembered: the port changes, or the folder is read-only. */
    Optional<Path> file() {
        return file;
    }

    /** Returns the folders of the models that were loaded, by their names, in the order of the names. */
    Map<String, String> models() {
        return new TreeMap<>(models);
    }

    /**
     * Resolves links before it compares, so that none leads out of the folder.
     *
     * @throws Problem if it leads out (403), or is not there (404)
     */
    Path resolve(String path) {
        try {
            Path allowed = folder.toRealPath();
            Path asked = allowed.resolve(path).normalize();
            if (!asked.startsWith(allowed)) {
                throw outside();
            }
            Path real;
            try {
                real = asked.toRealPath();
            } catch (IOException e) {
                throw Problem.unknown("there is no such folder to load from; give one in the folder of --allow-load");
            }
            if (!real.startsWith(allowed) || real.equals(allowed)) {
                throw outside();
            }
            return real;
        } catch (InvalidPathException e) {
            throw Problem.wrong("'lora_path' is no path");
        } catch (IOException e) {
            throw Problem.failed("the folder of --allow-load is gone");
        }
    }

    private static Problem outside() {
        return Problem.of(403, "'lora_path' leads out of the folder that models may come from (--allow-load)");
    }

    /**
     * Remembers a model.
     *
     * @param path as {@link #resolve} had it
     * @throws InputException if it cannot be written
     */
    void remember(String name, String path) {
        String before = models.put(name, path);
        try {
            write();
        } catch (InputException e) {
            restore(name, before);
            throw e;
        }
    }

    /**
     * Forgets a model, if it remembers it.
     *
     * @throws InputException if it cannot be written
     */
    void forget(String name) {
        String before = models.remove(name);
        if (before != null) {
            try {
                write();
            } catch (InputException e) {
                restore(name, before);
                throw e;
            }
        }
    }

    private void restore(String name, String before) {
        if (before == null) {
            models.remove(name);
        } else {
            models.put(name, before);
        }
    }

    private void write() {
        file.ifPresent(to -> AtomicFile.write(to, channel -> {
            ByteBuffer json = ByteBuffer.wrap(JSON.writeValueAsBytes(new Served(models)));
            while (json.hasRemaining()) {
                channel.write(json);
            }
        }));
    }
}

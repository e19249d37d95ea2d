package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;

/**
 * Loads and unloads models while others answer, by the names that vLLM has for LoRA adapters. Models come from one folder
 * only.
 */
final class AdminRoutes {
    /** A name that is safe in a path: a letter or digit, then also dots, underscores and hyphens. */
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    private final Models models;
    private final Bodies bodies;
    private final Loadable loadable;

    AdminRoutes(Models models, Bodies bodies, Loadable loadable) {
        this.models = models;
        this.bodies = bodies;
        this.loadable = loadable;
    }

    /**
     * Loads what was loaded before the server ended.
     *
     * @return what its operator should know, in sentences
     */
    synchronized List<String> restore() {
        List<String> notes = new ArrayList<>();
        List<String> restored = new ArrayList<>();
        loadable.models().forEach((name, path) -> {
            try {
                // What a client loaded last holds, also if the command names a model so.
                models.replace(name, loadable.resolve(path));
                restored.add(name);
            } catch (Problem | InputException e) {
                notes.add("the model '" + name + "', which was loaded before, is not served: " + e.getMessage());
            }
        });
        loadable.file()
                .ifPresentOrElse(
                        file -> {
                            if (!restored.isEmpty()) {
                                notes.add("serves " + String.join(", ", restored) + " as " + file + " remembers");
                            }
                        },
                        () -> notes.add("models that are loaded while it runs are not remembered: "
                                + "that needs a fixed --port, and an --allow-load folder that it may write to"));
        return notes;
    }

    /**
     * The body of {@code /v1/load_lora_adapter}.
     *
     * @param name the name that requests will use
     * @param path its folder, in the folder that models may come from
     */
    record Load(
            @JsonProperty("lora_name") @Nullable String name,
            @JsonProperty("lora_path") @Nullable String path) {}

    /** The body of {@code /v1/unload_lora_adapter}. */
    record Unload(@JsonProperty("lora_name") @Nullable String name) {}

    void load(Context request) {
        Load body = bodies.read(request, Load.class);
        String name = named(body.name());
        if (body.path() == null) {
            throw Problem.wrong("'lora_path' is missing; give the model's folder");
        }
        load(name, body.path());
        request.contentType("text/plain; charset=utf-8").result("The model '" + name + "' is loaded.");
    }

    /** An answer says that it is loaded, and will be after a restart. */
    private synchronized void load(String name, String path) {
        try {
            models.load(name, loadable.resolve(path));
        } catch (InputException e) {
            throw Problem.wrong(e.getMessage());
        }
        try {
            loadable.remember(name, path);
        } catch (InputException e) {
            models.unload(name);
            throw Problem.failed(e.getMessage());
        }
    }

    void unload(Context request) {
        String name = named(bodies.read(request, Unload.class).name());
        unload(name);
        request.contentType("text/plain; charset=utf-8").result("The model '" + name + "' is unloaded.");
    }

    private synchronized void unload(String name) {
        models.unload(name);
        try {
            loadable.forget(name);
        } catch (InputException e) {
            throw Problem.failed(
                    "the model '" + name + "' is unloaded, but a restart loads it again: " + e.getMessage());
        }
    }

    private static String named(@Nullable String name) {
        if (name == null || !name.matches(NAME)) {
            throw Problem.wrong("'lora_name' must have letters, digits, dots, underscores and hyphens, at most 100");
        }
        return name;
    }
}

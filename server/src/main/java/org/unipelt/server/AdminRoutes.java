package org.unipelt.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
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
    private final Path loadable;

    AdminRoutes(Models models, Bodies bodies, Path loadable) {
        this.models = models;
        this.bodies = bodies;
        this.loadable = loadable;
    }

    /**
     * The body of {@code /v1/load_lora_adapter}.
     *
     * @param name the name that requests will use
     * @param path its folder, in the folder that models may come from
     */
    record Load(
            @JsonProperty("lora_name") String name,
            @JsonProperty("lora_path") String path) {}

    /** The body of {@code /v1/unload_lora_adapter}. */
    record Unload(@JsonProperty("lora_name") String name) {}

    void load(Context request) {
        Load body = bodies.read(request, Load.class);
        String name = named(body.name());
        if (body.path() == null) {
            throw Problem.wrong("'lora_path' is missing; give the model's folder");
        }
        Path folder = folder(body.path());
        try {
            models.load(name, folder);
        } catch (InputException e) {
            throw Problem.wrong(e.getMessage());
        }
        request.contentType("text/plain; charset=utf-8").result("The model '" + name + "' is loaded.");
    }

    void unload(Context request) {
        String name = named(bodies.read(request, Unload.class).name());
        models.unload(name);
        request.contentType("text/plain; charset=utf-8").result("The model '" + name + "' is unloaded.");
    }

    private static String named(String name) {
        if (name == null || !name.matches(NAME)) {
            throw Problem.wrong("'lora_name' must have letters, digits, dots, underscores and hyphens, at most 100");
        }
        return name;
    }

    /** Resolves links before it compares, so that none leads out of the folder. */
    private Path folder(String path) {
        try {
            Path allowed = loadable.toRealPath();
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
}

package org.unipelt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.unipelt.backbone.Family;

/** The small models of every family that {@code tools/checkpoint_fixture.py} writes as folders. */
public final class Checkpoints {
    private Checkpoints() {}

    /** The folder of that name. */
    public static Path folder(String name) {
        try {
            return Path.of(Checkpoints.class
                    .getResource("/org/unipelt/checkpoints/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The names of all folders of a family, sorted. */
    public static List<String> of(Family family) {
        try (Stream<Path> folders = Files.list(folder(""))) {
            return folders.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .filter(name -> config(name).path("model_type").asText().equals(family.modelType()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The {@code config.json} of a folder. */
    public static JsonNode config(String name) {
        try {
            return new JsonMapper().readTree(folder(name).resolve("config.json").toFile());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What transformers computed of a folder's texts: types and shapes of {@code expected.safetensors} by name. */
    public static JsonNode outputs(String name) {
        try {
            byte[] file = Files.readAllBytes(folder(name).resolve("expected.safetensors"));
            long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            return new JsonMapper().readTree(file, Long.BYTES, Math.toIntExact(length));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

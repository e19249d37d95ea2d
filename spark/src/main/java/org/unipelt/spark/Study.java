package org.unipelt.spark;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.tensor.Device;

/**
 * A sweep as a program on another machine can open it. Its files are read there, so their paths are absolute and the same on
 * every node.
 *
 * @param spec the spec's file
 * @param overrides scale, model and data to use in place of the spec's
 * @param device where to compute
 */
public record Study(Path spec, SweepSpec.Overrides overrides, Device device) {
    /** Checks that nothing is null, and makes the paths absolute. */
    public Study {
        Objects.requireNonNull(device, "device is null");
        spec = spec.toAbsolutePath();
        overrides = new SweepSpec.Overrides(
                overrides.scale(), overrides.model().map(Study::absolute), overrides.data().map(Path::toAbsolutePath));
    }

    /** A folder becomes absolute; any other name is one of the hub or of an embedded model. */
    private static String absolute(String model) {
        Path folder = Path.of(model);
        return folder.toFile().isDirectory() ? folder.toAbsolutePath().toString() : model;
    }

    /**
     * Reads the spec.
     *
     * @throws InputException if it cannot be read here
     */
    SweepSpec read() {
        return SweepSpec.read(spec, overrides);
    }

    /** As it travels. */
    Sent sent() {
        return new Sent(
                spec.toString(),
                overrides.scale().orElse(""),
                overrides.model().orElse(""),
                overrides.data().map(Path::toString).orElse(""),
                device);
    }

    /** A study on its way to an executor; an empty text stands for what is not given. */
    record Sent(String spec, String scale, String model, String data, Device device) implements Serializable {
        Study study() {
            return new Study(
                    Path.of(spec),
                    new SweepSpec.Overrides(given(scale), given(model), given(data).map(Path::of)),
                    device);
        }

        private static Optional<String> given(String text) {
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        }
    }
}

package org.unipelt.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;

/**
 * A sweep as another machine can open it. Its files are read there, so their paths are absolute and the same on every node.
 *
 * @param spec the spec's file
 * @param overrides scale, model and data to use in place of the spec's
 * @param directory the folder that the spec's relative paths start from
 * @param device where to compute
 */
public record Study(Path spec, SweepSpec.Overrides overrides, Path directory, Device device) {
    /** Checks that nothing is null, and makes the paths absolute. */
    public Study {
        Objects.requireNonNull(device, "device is null");
        spec = spec.toAbsolutePath();
        directory = directory.toAbsolutePath();
        overrides = new SweepSpec.Overrides(
                overrides.scale(),
                overrides.model().map(Study::everywhere),
                overrides.data().map(Path::toAbsolutePath));
    }

    /** Returns a study whose relative paths start from the working directory. */
    public static Study of(Path spec, SweepSpec.Overrides overrides, Device device) {
        return new Study(spec, overrides, Path.of(""), device);
    }

    /** Returns the name of a base model for every node: a folder's becomes absolute; others are the same everywhere. */
    public static String everywhere(String model) {
        return Files.isDirectory(Path.of(model))
                ? Path.of(model).toAbsolutePath().toString()
                : model;
    }

    /**
     * Opens the base model and reads the data on this machine.
     *
     * @return the sweep; the caller closes its base model
     * @throws org.unipelt.InputException if a file cannot be read here
     */
    public Sweep open() {
        SweepSpec read = SweepSpec.read(spec, overrides, directory);
        BaseModel base = BaseModel.open(read.model(), Compute.of(device, read.precision()));
        try {
            return Sweep.of(read, overrides.scale(), base);
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }
}

package org.unipelt.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.unipelt.tensor.Device;
import picocli.CommandLine.Option;

/** A training's folder, device and output. */
final class RunOptions {
    @Option(names = "--out", paramLabel = "DIR", description = "Folder for the model. Default: tuned-DATA-METHOD.")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "DIR", description = "Resumes a stopped run.")
    private @Nullable Path resume;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Reads options from a YAML file; the command line wins.")
    @SuppressWarnings("unused") // picocli reads it.
    private Path config;

    @Option(names = "--quiet", description = "Shows no progress.")
    private boolean quiet;

    @Option(names = "--device", paramLabel = "cpu|cuda", description = ModelOptions.WHAT_DEVICE)
    private Device device = Device.CPU;

    @Option(names = ThreadOptions.NAME, paramLabel = "N", description = ThreadOptions.WHAT_THREADS)
    @SuppressWarnings("unused") // picocli reads it.
    private Integer threads;

    /** The folder for the model; null for the usual one. */
    @Nullable
    Path out() {
        return out;
    }

    /** The folder of the run to resume; null to begin one. */
    @Nullable
    Path resume() {
        return resume;
    }

    boolean quiet() {
        return quiet;
    }

    Device device() {
        return device;
    }
}

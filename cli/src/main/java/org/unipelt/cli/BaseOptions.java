package org.unipelt.cli;

import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import picocli.CommandLine.Option;

/** The base model to train on. */
final class BaseOptions {
    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model: " + ModelOptions.WHAT_MODEL + " Default: " + ModelOptions.DEFAULT_MODEL + ".")
    private String model = ModelOptions.DEFAULT_MODEL;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16",
            description = ModelOptions.WHAT_PRECISION + " Default: f32.")
    private Precision precision = Precision.F32;

    String model() {
        return model;
    }

    Precision precision() {
        return precision;
    }

    BaseModel open(Device device, Console console) {
        return DownloadProgress.open(model, Compute.of(device, precision), console);
    }
}

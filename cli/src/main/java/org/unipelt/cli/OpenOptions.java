package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.Import;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How to open a tuned model and its base model. */
final class OpenOptions {
    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "The base model, if it has moved. Default: the one that the folder names.")
    private String base;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16",
            description = ModelOptions.WHAT_PRECISION + " Default: f32.")
    private Precision precision = Precision.F32;

    @Option(names = "--device", paramLabel = "cpu|cuda", description = ModelOptions.WHAT_DEVICE)
    private Device device = Device.CPU;

    @Mixin
    private ThreadOptions threads;

    record Opened(BaseModel base, TunedModel model) implements AutoCloseable {
        @Override
        public void close() {
            model.close();
            base.close();
        }
    }

    /** Opens the card's model and its base, and warns of what could not be checked. */
    Opened open(Path folder, AdapterCard card, Console console) {
        BaseModel opened = openBase(folder, card.base().name(), console);
        try {
            TunedModel model = TunedModel.load(folder, card, opened);
            card.unchecked().ifPresent(what -> console.say(folder + ": " + what));
            return new Opened(opened, model);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Opens another library's folder and its base model. Says what it took from the folder. */
    Opened openForeign(Path folder, Import.Unsaid unsaid, Console console) {
        Optional<String> named = Import.base(folder);
        if (base == null && named.isEmpty()) {
            throw new InputException(folder + " does not name its base model; name it with --model");
        }
        BaseModel opened = openBase(folder, named.orElse(base), console);
        try {
            TunedModel model = Import.read(folder, opened, unsaid);
            AdapterCard card = model.card();
            console.say(folder + ": read as a folder of " + Import.library(folder) + ": " + card.method() + " on "
                    + card.base().name());
            return new Opened(opened, model);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** Opens the base model of a folder that names it. */
    BaseModel openBase(Path folder, String named, Console console) {
        device.demand();
        try {
            return DownloadProgress.open(base == null ? named : base, Compute.of(device, precision), console);
        } catch (InputException e) {
            throw base == null
                    ? new InputException(
                            folder + ": its base model cannot be opened: " + e.getMessage()
                                    + " (if it has moved, give its folder with --model)",
                            e)
                    : e;
        }
    }
}

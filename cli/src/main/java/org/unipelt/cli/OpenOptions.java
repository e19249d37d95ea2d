package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
    private @Nullable String base;

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description =
                    "Precision of the frozen model's products: f32, bf16 or int8. bf16 is faster on processors that"
                            + " support it, and int8 on those with VNNI. Default: f32.")
    private Precision precision = Precision.F32;

    @Option(names = "--device", paramLabel = "cpu|cuda", description = ModelOptions.WHAT_DEVICE)
    private Device device = Device.CPU;

    @Mixin
    @SuppressWarnings("unused") // picocli reads it.
    private ThreadOptions threads;

    record Opened(BaseModel base, TunedModel model) implements AutoCloseable {
        @Override
        public void close() {
            model.close();
            base.close();
        }
    }

    /** Opens the card's model and its base for predicting, and warns of what could not be checked. */
    Opened open(Path folder, AdapterCard card, Console console) {
        return open(folder, card, openBase(folder, card.base().name(), console), console);
    }

    /** Opens the card's model and its base with all weights as they are stored, and warns of what could not be checked. */
    Opened openWhole(Path folder, AdapterCard card, Console console) {
        return open(
                folder, card, openBase(folder, card.base().name(), Compute.of(device, precision), console), console);
    }

    private static Opened open(Path folder, AdapterCard card, BaseModel opened, Console console) {
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
        // Whole, because their tensors are compared with the base model's.
        BaseModel opened =
                openBase(folder, Objects.requireNonNull(named.orElse(base)), Compute.of(device, precision), console);
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

    /** Opens the base model of a folder that names it, for predicting. */
    BaseModel openBase(Path folder, String named, Console console) {
        return openBase(folder, named, Compute.of(device, precision).predicting(), console);
    }

    /** The precision of predictions. */
    Precision precision() {
        return precision;
    }

    private BaseModel openBase(Path folder, String named, Compute compute, Console console) {
        compute.demand();
        try {
            return DownloadProgress.open(base == null ? named : base, compute, console);
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

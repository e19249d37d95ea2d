package org.unipelt.cli;

import java.nio.file.Path;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The tuned model of a command. */
final class ModelOptions {
    static final String DEFAULT_MODEL = "bge-small";
    static final String WHAT_MODEL = "bge-small, minilm-l6, a folder in Hugging Face's layout, or ORG/NAME of its hub.";

    static final String WHAT_DEVICE = "Device to compute on: cuda is the first NVIDIA GPU. Default: cpu.";
    static final String WHAT_PRECISION =
            "Precision of the frozen model's products: bf16 is faster on processors that support it.";

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "The folder that 'unipelt train' left.")
    private Path folder;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "The base model, if it has moved. Default: the one named in adapter.json.")
    private String base;

    @Option(names = "--precision", paramLabel = "f32|bf16", description = WHAT_PRECISION + " Default: f32.")
    private Precision precision = Precision.F32;

    @Option(names = "--device", paramLabel = "cpu|cuda", description = WHAT_DEVICE)
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

    Path folder() {
        return folder;
    }

    /** Reads the model's card: the fastest check of the folder. */
    AdapterCard card() {
        return AdapterCard.read(folder);
    }

    /** Opens the card's model and its base, and warns of what could not be checked. */
    Opened open(AdapterCard card, Console console) {
        BaseModel opened = openBase(card, console);
        try {
            TunedModel model = TunedModel.load(folder, card, opened);
            card.unchecked().ifPresent(what -> console.say(folder + ": " + what));
            return new Opened(opened, model);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private BaseModel openBase(AdapterCard card, Console console) {
        device.demand();
        try {
            return DownloadProgress.open(
                    base == null ? card.base().name() : base, Compute.of(device, precision), console);
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

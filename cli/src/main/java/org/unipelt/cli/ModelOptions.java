package org.unipelt.cli;

import java.nio.file.Path;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private OpenOptions open;

    Path folder() {
        return folder;
    }

    /** Reads the model's card: the fastest check of the folder. */
    AdapterCard card() {
        return AdapterCard.read(folder);
    }

    /** Opens the card's model and its base, and warns of what could not be checked. */
    OpenOptions.Opened open(AdapterCard card, Console console) {
        return open.open(folder, card, console);
    }
}

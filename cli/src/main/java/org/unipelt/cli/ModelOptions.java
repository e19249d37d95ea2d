package org.unipelt.cli;

import java.nio.file.Path;
import org.unipelt.interop.Import;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterDirectory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The tuned model of a command. */
final class ModelOptions {
    static final String DEFAULT_MODEL = "bge-small";
    static final String WHAT_MODEL = "bge-small, minilm-l6, a folder in Hugging Face's layout, or ORG/NAME of its hub.";

    static final String WHAT_DEVICE = "Device to compute on: cuda is the first NVIDIA GPU. Default: cpu.";
    static final String WHAT_PRECISION =
            "Precision of the frozen model's products: bf16 is faster on processors that support it.";

    @Parameters(
            index = "0",
            paramLabel = "MODEL_DIR",
            description = "The folder that 'unipelt train' left, or one of peft, adapters or transformers.")
    private Path folder;

    @Mixin
    private OpenOptions open;

    @ArgGroup(validate = false, heading = "%nFor a folder of another library:%n")
    private UnsaidOptions unsaid = new UnsaidOptions();

    Path folder() {
        return folder;
    }

    Precision precision() {
        return open.precision();
    }

    /** Reads the model's card; of another library's folder the whole model. */
    TunedFolder read(Console console) {
        if (!AdapterDirectory.isOne(folder) && Import.isForeign(folder)) {
            return TunedFolder.foreign(folder, open, unsaid, console);
        }
        // First, as the folder may hold no model at all.
        TunedFolder own = TunedFolder.own(folder, open, console);
        unsaid.refuse(folder);
        return own;
    }
}

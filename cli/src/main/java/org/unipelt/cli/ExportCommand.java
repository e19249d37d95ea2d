package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.unipelt.interop.Export;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt export}: writes a tuned model for another library. */
@Command(
        name = "export",
        header = "Writes a model for Python's peft, adapters or transformers.",
        description = {
            "",
            "The other library gives the same logits. What its format cannot say is refused: docs/formats.md has the"
                    + " table.",
            ""
        },
        sortOptions = false,
        footer = {"", "Examples:", "  unipelt export my-model --format peft --out peft-folder"})
final class ExportCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private ModelOptions model;

    @Option(
            names = "--format",
            required = true,
            paramLabel = "FORMAT",
            description = "What to write: ${COMPLETION-CANDIDATES}.")
    private Export.Format format;

    @Option(names = "--out", paramLabel = "FOLDER", required = true, description = "A new folder.")
    private Path out;

    @Option(
            names = "--average-as-theirs",
            description = "Let gates average over padding too, as AdapterHub's do. Answers then depend on the length of"
                    + " the batch.")
    private boolean averageAsTheirs;

    @Mixin
    private CommonOptions common;

    ExportCommand(Console console) {
        this.console = console;
    }

    record Result(@JsonProperty("model_dir") String folder, String format, String out) {}

    @Override
    public Integer call() {
        try (TunedFolder tuned = model.read(console)) {
            Export.write(tuned.model(), format, averageAsTheirs, out);
        }
        if (common.json()) {
            console.printJson(new Result(model.folder().toString(), format.text(), out.toString()));
        } else {
            console.printSentence("The model is in " + out + ", in " + format.text() + "'s format.");
        }
        return 0;
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.interop.Export;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt export}: writes a tuned model for another library. */
@Command(
        name = "export",
        header = "Writes a tuned model for peft, adapters, transformers or ONNX Runtime.",
        description = {
            "",
            "peft gets LoRA, LoRA with every bias, and (IA)3. adapterhub gets LoRA, prefix-tuning, bottleneck adapters,"
                    + " MAM and UniPELT with its gates. merged is a whole model of transformers with the changes in its"
                    + " weights. onnx is a file with every method, gates included. All get the head of a classifier and"
                    + " give the same logits. What a format cannot say is refused with the reason.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt export my-model --format peft --out peft-folder",
            "  unipelt export my-model --format onnx --out onnx-folder",
            "  unipelt export my-model --format adapterhub --average-as-theirs \\",
            "      --out hub-folder"
        })
final class ExportCommand implements Callable<Integer> {
    private static final String AVERAGE_AS_THEIRS = "--average-as-theirs";

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
            names = AVERAGE_AS_THEIRS,
            description =
                    "Let gates average over padding too, as AdapterHub's do. Answers then depend on how far a text is"
                            + " padded.")
    private boolean averageAsTheirs;

    @Mixin
    private CommonOptions common;

    ExportCommand(Console console) {
        this.console = console;
    }

    record Result(
            @JsonProperty("model_dir") String folder,
            String format,
            String out,
            String base,
            String method,
            List<String> classes) {}

    @Override
    public Integer call() {
        if (averageAsTheirs && format != Export.Format.ADAPTERHUB) {
            throw new InputException(AVERAGE_AS_THEIRS + " is for --format adapterhub, the only one with gates");
        }
        AdapterCard card;
        try (TunedFolder tuned = model.read(console)) {
            card = tuned.card();
            Export.write(tuned.whole(), format, averageAsTheirs, out);
        }
        List<String> classes = card.labels().names();
        if (common.json()) {
            console.printJson(new Result(
                    model.folder().toString(),
                    format.text(),
                    out.toString(),
                    card.base().name(),
                    card.method().toString(),
                    classes));
            return 0;
        }
        console.print("format   " + format.text());
        console.print("base     " + card.base().name());
        console.print("method   " + card.method());
        console.print("answers  "
                + (card.task() instanceof Ranking
                        ? card.labels().describe()
                        : classes.isEmpty() ? "a score" : String.join(", ", classes)));
        console.print("");
        console.printSentence("The model is in " + out + ". Its README.md shows how to use it"
                + (classes.isEmpty() ? "." : " and names the labels."));
        if (averageAsTheirs && card.method().isGated()) {
            console.printSentence("Its gates average over padding too: a text's answer there is that of this model only"
                    + " without padding.");
        }
        return 0;
    }
}

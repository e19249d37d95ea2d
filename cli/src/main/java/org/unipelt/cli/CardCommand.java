package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.interop.ModelCard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt card}: describes a tuned model for the hub. */
@Command(
        name = "card",
        header = "Writes the model card of a tuned model.",
        description = {
            "",
            "A model card is the README.md of a model on the Hugging Face hub: what the model does, how to use it, how it"
                    + " was trained, its scores. It names no folder of this machine.",
            ""
        },
        sortOptions = false,
        footer = {"", "Examples:", "  unipelt card my-model", "  unipelt card my-model --out my-model/README.md"})
final class CardCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private ModelOptions model;

    @Option(names = "--out", paramLabel = "FILE", description = "A new file. Default: prints the card.")
    private @Nullable Path out;

    @Mixin
    private CommonOptions common;

    CardCommand(Console console) {
        this.console = console;
    }

    record Result(@JsonProperty("model_dir") String folder, String card) {}

    @Override
    public Integer call() {
        String text;
        try (TunedFolder tuned = model.read(console)) {
            text = ModelCard.of(tuned.whole()).text();
        }
        if (out != null) {
            write(text);
        }
        if (common.json()) {
            console.printJson(new Result(model.folder().toString(), text));
        } else if (out == null) {
            console.printText(text);
        } else {
            console.printSentence("The model card is in " + out + ".");
        }
        return 0;
    }

    private void write(String text) {
        try {
            Files.writeString(out, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw new InputException(out + " exists already; choose another file", e);
        } catch (IOException e) {
            throw new InputException(
                    "cannot write " + out + "; check that its folder exists and that you may write there", e);
        }
    }
}

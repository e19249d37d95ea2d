package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.Import;
import org.unipelt.task.Ranking;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt import}: makes a tuned model of another library's folder. */
@Command(
        name = "import",
        header = "Makes a tuned model of a folder of Python's peft, adapters or transformers.",
        description = {
            "",
            "Reads LoRA and (IA)3 of peft, and LoRA, prefix-tuning, bottleneck adapters, MAM and UniPELT of AdapterHub's"
                    + " adapters, with the head of a classifier; and whole classifiers of transformers. The model gives the"
                    + " same logits as there; what has no equal here is refused.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt import peft-folder --model google-bert/bert-base-uncased \\",
            "      --labels no,yes --out my-model",
            "  unipelt predict my-model \"a text\""
        })
final class ImportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "FOLDER",
            description = "The folder that peft, adapters or transformers saved.")
    private Path folder;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model: " + ModelOptions.WHAT_MODEL + " Default: the one that the folder names.")
    private @Nullable String model;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the model.")
    private Path out;

    @Mixin
    private UnsaidOptions unsaid;

    @Mixin
    @SuppressWarnings("unused") // picocli reads it.
    private ThreadOptions threads;

    @Mixin
    private CommonOptions common;

    ImportCommand(Console console) {
        this.console = console;
    }

    record Result(
            @JsonProperty("model_dir") String folder,
            String library,
            String base,
            String method,
            List<String> classes,
            boolean pairs,
            @JsonProperty("max_length") int maxLength) {}

    @Override
    public Integer call() {
        if (!Files.isDirectory(folder)) {
            throw new InputException(
                    folder + (Files.exists(folder) ? " is a file; name the folder" : ": there is no such folder"));
        }
        String library = Import.library(folder);
        String named = Optional.ofNullable(model)
                .or(() -> Import.base(folder))
                .orElseThrow(() -> new InputException(folder + " does not name its base model; name it with --model"));
        try (BaseModel base = DownloadProgress.open(named, Compute.of(Device.CPU, Precision.F32), console);
                TunedModel read = Import.read(folder, base, unsaid.unsaid())) {
            AdapterCard card = read.save(out).card();
            List<String> classes = card.labels().names();
            if (common.json()) {
                console.printJson(new Result(
                        out.toString(),
                        library,
                        named,
                        card.method().toString(),
                        classes,
                        card.pairs(),
                        card.inference().maxLength()));
                return 0;
            }
            console.print("library  " + library);
            console.print("base     " + named);
            console.print("method   " + card.method());
            console.print("answers  "
                    + (card.task() instanceof Ranking
                            ? card.labels().describe()
                            : classes.isEmpty() ? "a score" : String.join(", ", classes)));
            console.print("reads    " + (card.pairs() ? "pairs of texts" : "single texts") + " of at most "
                    + card.inference().maxLength() + " tokens");
            new NextCommands(out, card).print(console);
        }
        return 0;
    }
}

package org.unipelt.cli;

import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.download.Hub;
import org.unipelt.download.HubName;
import org.unipelt.hub.HubModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unipelt models fetch}: downloads a base model into the cache. */
@Command(
        name = "fetch",
        header = "Downloads a base model of the Hugging Face hub into the cache.",
        description = {
            "",
            "Asks for the newest commit of the revision, and downloads only the files that are needed and not there."
                    + " Ctrl-C stops; the same command goes on from there.",
            "",
            "HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to Python's programs.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  unipelt models fetch google-bert/bert-base-uncased",
            "  unipelt models fetch google-bert/bert-base-uncased@main"
        })
final class ModelsFetchCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "NAME", description = "ORG/NAME or ORG/NAME@REVISION, as on the hub.")
    private String name;

    @Mixin
    private CommonOptions common;

    ModelsFetchCommand(Console console) {
        this.console = console;
    }

    /** The result, for {@code --json}. */
    record Fetched(String name, String commit, String folder) {}

    @Override
    public Integer call() {
        HubName wanted = HubName.parse(name)
                .orElseThrow(() -> new InputException(
                        "'" + name + "' is no name of the hub; give one such as google-bert/bert-base-uncased"));
        HubModel model;
        try (DownloadProgress progress = new DownloadProgress(console)) {
            model = HubModel.newest(Hub.ofEnvironment().withListener(progress), wanted);
        }
        if (common.json()) {
            console.printJson(new Fetched(name, model.commit(), model.folder().toString()));
        } else {
            console.print(name + " is in " + model.folder());
        }
        return 0;
    }
}

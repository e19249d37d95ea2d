package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.download.Hub;
import org.unipelt.hub.AvailableModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt models}: lists the base models on this machine. */
@Command(
        name = "models",
        header = "Lists the base models on this machine; 'models fetch' downloads one.",
        description = {
            "",
            "Embedded models come with the program. The cache is the one of the Hugging Face hub, which Python's"
                    + " programs use too (HF_HOME, HF_HUB_CACHE).",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  unipelt models",
            "  unipelt models fetch google-bert/bert-base-uncased",
            "  unipelt train --train train.tsv --model google-bert/bert-base-uncased"
        })
final class ModelsCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--in",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "Also lists models in the folders of this one. Default: the current folder.")
    private Path folder;

    @Mixin
    private CommonOptions common;

    ModelsCommand(Console console) {
        this.console = console;
    }

    /** The result, for {@code --json}. */
    record Listing(String cache, List<AvailableModel> models, List<Architecture> architectures) {}

    /** A {@code model_type} that folders and models of the hub may have. */
    record Architecture(@JsonProperty("model_type") String modelType, boolean generates) {}

    @Override
    public Integer call() {
        Hub hub = Hub.ofEnvironment();
        List<AvailableModel> models = new ArrayList<>(AvailableModel.embedded());
        models.addAll(AvailableModel.cached(hub));
        models.addAll(AvailableModel.in(folder));
        if (common.json()) {
            List<Architecture> architectures = Families.all().stream()
                    .map(family -> new Architecture(family.modelType(), family.generates()))
                    .toList();
            console.printJson(new Listing(hub.cache().root().toString(), models, architectures));
            return 0;
        }
        TextTable table = new TextTable(List.of(Align.LEFT, Align.LEFT, Align.RIGHT, Align.LEFT));
        table.add("model", "kind", "size", "for");
        models.forEach(model -> table.add(
                model.name(),
                model.architecture(),
                model.bytes() == 0 ? "?" : DownloadProgress.size(model.bytes()),
                use(model)));
        table.lines().forEach(console::print);
        console.print("");
        console.print("cache: " + hub.cache().root());
        console.printSentence("architectures of folders and of the hub's models: " + architectures(false)
                + "; to generate texts, too: " + architectures(true));
        return 0;
    }

    private static String architectures(boolean generating) {
        return Families.all().stream()
                .filter(family -> family.generates() == generating)
                .map(Family::modelType)
                .collect(Collectors.joining(", "));
    }

    private static String use(AvailableModel model) {
        String uses = model.generates() ? "classes, scores, texts to generate" : "classes, scores";
        return switch (model.source()) {
            case EMBEDDED -> uses + "; English; embedded";
            case CACHE ->
                model.lack()
                        .map(lack -> lack.equals("not whole") ? "in part; 'models fetch' completes it" : lack)
                        .orElse(uses + "; cache");
            case FOLDER -> model.lack().orElse(uses + "; folder");
        };
    }
}

package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.unipelt.experiment.StoredStudy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt sweep pack}: packs a sweep into a zip. */
@Command(
        name = "pack",
        header = "Packs a sweep into one zip file.",
        description = {
            "",
            "The zip has the layout of the folder: the spec, the grid, and the results and times of finished runs. Models and"
                    + " unfinished runs are left out. The same study gives the same bytes.",
            "",
            "'unipelt report' and 'unipelt sweep status' read the zip as it is. To continue the sweep, unzip it into the"
                    + " folder of --out.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt sweep pack table1 --out table1.zip",
            "  unipelt report table1.zip --format markdown"
        })
final class SweepPackCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "The folder that 'unipelt sweep' or 'unipelt compare' left, or an earlier zip of it.")
    private Path study;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "The zip to write; its name ends in .zip. An earlier one is replaced.")
    private Path out;

    @Mixin
    private CommonOptions common;

    SweepPackCommand(Console console) {
        this.console = console;
    }

    /** What was written, for {@code --json}. */
    record Written(String out, int runs, int done, long bytes) {}

    @Override
    public Integer call() {
        StoredStudy.Packed packed = new StoredStudy(study).pack(out);
        if (common.json()) {
            console.printJson(new Written(out.toString(), packed.runs(), packed.done(), packed.bytes()));
        } else {
            console.print(String.format(
                    Locale.ROOT,
                    "wrote %s, %,d of %,d runs in %,d bytes",
                    out,
                    packed.done(),
                    packed.runs(),
                    packed.bytes()));
        }
        return 0;
    }
}

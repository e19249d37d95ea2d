package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.experiment.report.Report;
import org.unipelt.experiment.report.Report.Format;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt report}: reports the results of a sweep. */
@Command(
        name = "report",
        header = "Reports the results of a sweep: tables, charts, intervals, gates.",
        description = {
            "",
            "Writes one page that needs no network, in the layout of the UniPELT paper's tables and with its numbers"
                    + " beside; or the tables alone. The sweep may still be running.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt report table1 --out report.html",
            "  unipelt report table1 --format markdown"
        })
final class ReportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder that 'unipelt sweep --out' names.")
    private Path folder;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "File to write. Default: DIR/report.html for a page; tables are printed.")
    private Path out;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "html",
            description = "html, markdown, csv or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @Mixin
    private CommonOptions common;

    ReportCommand(Console console) {
        this.console = console;
    }

    /** What was written, for {@code --json}. */
    record Written(String out, String format, int runs, int failed, int missing) {}

    @Override
    public Integer call() {
        Report report = Report.of(folder);
        Optional<Path> file =
                Optional.ofNullable(out == null && format == Format.HTML ? folder.resolve("report.html") : out);
        if (file.isEmpty()) {
            // With --json too: the tables are the result.
            console.printText(report.text(common.json() ? Format.JSON : format));
            return 0;
        }
        report.write(file.get(), format);
        if (common.json()) {
            console.printJson(new Written(
                    file.get().toString(), format.text(), report.runs(), report.failed(), report.missing()));
        } else {
            console.print("wrote " + file.get() + ", a report of " + report.runs() + " runs, " + report.failed()
                    + " failed, " + report.missing() + " missing");
        }
        return 0;
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.StoredStudy;
import org.unipelt.experiment.report.LabelledRows;
import org.unipelt.experiment.report.Report;
import org.unipelt.experiment.report.Report.Format;
import org.unipelt.experiment.report.TrainingReport;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.AdapterDirectory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt report}: reports the results of a sweep, or one training. */
@Command(
        name = "report",
        header = "Reports a sweep or one training: one page with tables and charts.",
        description = {
            "",
            "Of a sweep: scores, intervals, costs, learning curves and gates of all its methods. The sweep may still be"
                    + " running. If it has GLUE's tasks, the UniPELT paper's numbers stand beside.",
            "",
            "Of a training: what was trained, its learning curves, and how the model does on labelled rows: every class,"
                    + " confusions, calibration, and the hardest rows with their gates. The rows are those that the training"
                    + " kept apart for tests, or else for development, or those of --data.",
            "",
            "The page needs no network and has no script. It quotes texts of the rows.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt report my-model",
            "  unipelt report my-model --data newer.csv --out newer.html",
            "  unipelt report table1 --out report.html",
            "  unipelt report table1.zip --format markdown"
        })
final class ReportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "The folder that 'unipelt sweep', 'unipelt compare' or 'unipelt train' left, or the zip of"
                    + " 'unipelt sweep pack'.")
    private Path folder;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description =
                    "File to write. Default: for a page DIR/report.html, or NAME-report.html beside NAME.zip; tables"
                            + " are printed.")
    private @Nullable Path out;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "html",
            description = "html, markdown, csv or json. Default: ${DEFAULT-VALUE}.")
    private Format format;

    @ArgGroup(validate = false, heading = "%nRows to judge a training by:%n")
    private LabelledOptions data = new LabelledOptions();

    @Mixin
    private OpenOptions open;

    @Mixin
    private CommonOptions common;

    ReportCommand(Console console) {
        this.console = console;
    }

    /** What was written of a sweep, for {@code --json}. */
    record Written(String out, String format, int runs, int failed, int missing) {}

    /** What was written of a training, for {@code --json}. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record WrittenOfTraining(String out, String format, Optional<String> unjudged) {}

    @Override
    public Integer call() {
        // An unfinished training is refused by its card.
        if (AdapterDirectory.isOne(folder) || Files.exists(folder.resolve(AdapterDirectory.RUN))) {
            reportTraining();
            return 0;
        }
        if (!new StoredStudy(folder).isZip() && !new Store(folder).isThere()) {
            throw new InputException(folder
                    + ": holds no sweep and no tuned model; give the folder of 'unipelt sweep --out', 'unipelt compare"
                    + " --out' or 'unipelt train --out'");
        }
        if (data.isAnyGiven()) {
            throw new InputException(folder + ": is a sweep, whose runs have their own test rows; leave out --data, and"
                    + " what belongs to it");
        }
        Report report = Report.of(folder);
        put(
                report::text,
                report::write,
                file -> new Written(file.toString(), format.text(), report.runs(), report.failed(), report.missing()),
                "a report of " + report.runs() + " runs, " + report.failed() + " failed, " + report.missing()
                        + " missing");
        return 0;
    }

    private void reportTraining() {
        AdapterCard card = AdapterCard.read(folder);
        if (data.isAnyGiven() && !data.isGiven()) {
            throw new InputException("the rows to judge the training by are not given; add --data FILE");
        }
        LabelledRows rows =
                data.isGiven() ? LabelledRows.of(data.read(card, true, console)) : LabelledRows.ofTraining(card);
        try (OpenOptions.Opened opened = open.open(folder, card, console)) {
            TrainingReport report = TrainingReport.of(folder, opened.base(), opened.model(), rows);
            put(
                    report::text,
                    report::write,
                    file -> new WrittenOfTraining(file.toString(), format.text(), report.unjudged()),
                    "a report of this training");
            report.unjudged()
                    .ifPresent(why -> console.say("without classes, calibration and hardest rows: " + why
                            + "; give labelled rows with --data FILE"));
        }
    }

    private Path usualPage() {
        return new StoredStudy(folder).isZip()
                ? folder.resolveSibling(folder.getFileName().toString().replaceFirst("\\.[^.]*$", "-report.html"))
                : folder.resolve("report.html");
    }

    /** Writes a report to a file and says so, or prints its tables. */
    private void put(
            Function<Format, String> text,
            BiConsumer<Path, Format> write,
            Function<Path, Object> written,
            String what) {
        Optional<Path> file = Optional.ofNullable(out == null && format == Format.HTML ? usualPage() : out);
        if (file.isEmpty()) {
            // With --json too: the tables are the result.
            console.printText(text.apply(common.json() ? Format.JSON : format));
            return;
        }
        write.accept(file.get(), format);
        if (common.json()) {
            console.printJson(written.apply(file.get()));
        } else {
            console.print("wrote " + file.get() + ", " + what);
        }
    }
}

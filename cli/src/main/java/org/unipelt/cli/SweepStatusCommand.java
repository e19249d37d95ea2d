package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.experiment.Progress;
import org.unipelt.experiment.StoredStudy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt sweep status}: shows the progress of a sweep. */
@Command(
        name = "status",
        header = "Shows the progress of a sweep, also while it runs.",
        description = {
            "",
            "Shows a line for each method on each task, or for a large sweep a line for each task and number of training"
                    + " rows, with the method that is best so far.",
            ""
        },
        footer = {"", "Examples:", "  unipelt sweep status table1", "  unipelt sweep status table1 --all"})
final class SweepStatusCommand implements Callable<Integer> {
    /** More lines do not fit on a usual terminal. */
    private static final int MOST_ROWS = 24;

    private static final int MOST_FAILURES = 5;

    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "The folder that 'unipelt sweep --out' names, or the zip of 'unipelt sweep pack'.")
    private Path folder;

    @Option(names = "--all", description = "Shows every method and every failed run, however many there are.")
    private boolean all;

    @Mixin
    private CommonOptions common;

    SweepStatusCommand(Console console) {
        this.console = console;
    }

    /** The progress, for {@code --json}. */
    record Listing(
            String folder,
            int runs,
            int done,
            int failed,
            int running,
            int stopped,
            int left,
            @JsonProperty("seconds_left") Optional<Double> secondsLeft,
            List<Progress.Row> table,
            List<Progress.Condition> conditions,
            List<Progress.Failure> failures) {
        static Listing of(Path folder, Progress now) {
            return new Listing(
                    folder.toString(),
                    now.cells(),
                    now.done(),
                    now.failed(),
                    now.running(),
                    now.stopped(),
                    now.left(),
                    now.secondsLeft(),
                    now.table(),
                    now.conditions(),
                    now.failures());
        }
    }

    @Override
    public Integer call() {
        Progress now = new StoredStudy(folder).read(Progress::of);
        if (common.json()) {
            console.printJson(Listing.of(folder, now));
        } else {
            lines(now, all).forEach(console::print);
        }
        return 0;
    }

    private static boolean isBest(Progress.Row row, Progress now) {
        return now.table().stream()
                .filter(other -> other.task().equals(row.task()))
                .noneMatch(other -> other.score().orElse(Double.NEGATIVE_INFINITY)
                        > row.score().orElseThrow());
    }

    /**
     * The progress as text.
     *
     * @param all whether to show every method and every failed run, however many there are
     */
    static List<String> lines(Progress now, boolean all) {
        List<String> lines = new ArrayList<>();
        boolean folded = !all && now.table().size() > MOST_ROWS;
        (folded ? conditions(now) : methods(now)).lines().forEach(line -> lines.add(line.stripTrailing()));
        lines.add(
                folded
                        ? "best so far: the highest mean test score over the runs; --all shows every method"
                        : "test: mean test score over the runs; *: the best of its task");
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%,d of %,d runs done%s, %,d running, %,d left%s%s",
                now.done(),
                now.cells(),
                now.failed() == 0 ? "" : String.format(Locale.ROOT, " (%,d failed)", now.failed()),
                now.running(),
                now.left(),
                now.stopped() == 0 ? "" : String.format(Locale.ROOT, " (%,d begun)", now.stopped()),
                now.timeLeft().map(time -> ", about " + SweepCommand.said(time)).orElse("")));
        int shown = all ? now.failed() : Math.min(MOST_FAILURES, now.failed());
        now.failures().stream().limit(shown).forEach(failure -> {
            lines.add("failed: " + failure.cell() + " (runs/" + failure.hash() + ")");
            lines.add("  " + failure.why());
        });
        if (shown < now.failed()) {
            lines.add("… and " + (now.failed() - shown) + " more failed runs; --all shows them");
        }
        if (now.failed() > 0) {
            lines.add("a failed run is not repeated; remove its folder to run it again");
        }
        return lines;
    }

    private static TextTable methods(Progress now) {
        TextTable table =
                new TextTable(List.of(Align.LEFT, Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT));
        table.add("task", "method", "done", "of", "failed", "test");
        String before = "";
        for (Progress.Row row : now.table()) {
            table.add(
                    row.task().equals(before) ? "" : row.task(),
                    SweepCommand.shortened(row.method()),
                    Integer.toString(row.done()),
                    Integer.toString(row.cells()),
                    row.failed() == 0 ? "" : Integer.toString(row.failed()),
                    row.score()
                            .map(score -> Metrics.number(score) + (isBest(row, now) ? " *" : ""))
                            .orElse(""));
            before = row.task();
        }
        return table;
    }

    private static TextTable conditions(Progress now) {
        TextTable table =
                new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT));
        table.add("task", "rows", "done", "of", "failed", "best so far");
        String before = "";
        for (Progress.Condition row : now.conditions()) {
            table.add(
                    row.task().equals(before) ? "" : row.task(),
                    row.samples().map(Object::toString).orElse("all"),
                    Integer.toString(row.done()),
                    Integer.toString(row.cells()),
                    row.failed() == 0 ? "" : Integer.toString(row.failed()),
                    row.best()
                            .map(method ->
                                    Metrics.number(row.score().orElseThrow()) + " " + SweepCommand.shortened(method))
                            .orElse(""));
            before = row.task();
        }
        return table;
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.experiment.FoundRun;
import org.unipelt.experiment.RunFolders;
import org.unipelt.experiment.RunFolders.Damaged;
import org.unipelt.experiment.RunFolders.FoundSweep;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code unipelt runs}: lists trainings with their scores and settings. */
@Command(
        name = "runs",
        header = "Lists the trainings in a folder, with their scores and settings.",
        description = {
            "",
            "Shows tuned models and unfinished runs, a line each. dev and test are the scores of the metric that guided"
                    + " the training. What is the same in all runs stands above the table. A folder that cannot be read is"
                    + " named below, with the reason.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt runs",
            "  unipelt runs experiments --sort best --settings",
            "  unipelt runs experiments --depth 4 --json"
        })
final class RunsCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "The folder to look in. Default: the current one.")
    private Path folder;

    @Option(
            names = "--sort",
            paramLabel = "newest|best|name",
            defaultValue = "newest",
            converter = Order.Named.class,
            description =
                    "Order: the newest first; the best score first, on test rows or else on development rows, each"
                            + " metric for itself; or by folder. Default: ${DEFAULT-VALUE}.")
    private Order order;

    @Option(names = "--settings", description = "Also shows the settings in which the runs differ.")
    private boolean settings;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "2",
            description = "How many folders below DIR to look. Default: ${DEFAULT-VALUE}.")
    private int depth;

    @Mixin
    private CommonOptions common;

    RunsCommand(Console console) {
        this.console = console;
    }

    /** Orders of the list. */
    enum Order {
        NEWEST(Comparator.comparing((FoundRun run) -> run.last().orElse(Instant.MIN))
                .reversed()),
        BEST(Comparator.comparing((FoundRun run) -> run.metric().orElse("\uffff"))
                .thenComparing(run -> run.score().orElse(Double.NEGATIVE_INFINITY), Comparator.reverseOrder())),
        NAME(Comparator.comparing(FoundRun::folder));

        private final Comparator<FoundRun> comparator;

        Order(Comparator<FoundRun> comparator) {
            this.comparator = comparator.thenComparing(FoundRun::folder);
        }

        /** Reads its name in the command. */
        static final class Named implements picocli.CommandLine.ITypeConverter<Order> {
            @Override
            public Order convert(String text) {
                return Words.constant(Order.class, "order", text);
            }
        }
    }

    /** The list, for {@code --json}. */
    record Listing(String folder, List<Line> runs, List<Sweep> sweeps, List<Broken> damaged) {}

    /** A training. */
    record Line(
            String folder,
            String state,
            String base,
            String method,
            Optional<String> kind,
            Optional<String> data,
            Optional<Integer> rows,
            Optional<String> metric,
            Map<String, Map<String, Double>> metrics,
            Optional<Integer> epochs,
            @JsonProperty("most_epochs") Optional<Integer> mostEpochs,
            Optional<Double> seconds,
            Optional<String> last,
            Map<String, String> settings,
            Optional<String> remark) {
        static Line of(FoundRun run) {
            return new Line(
                    run.folder().toString(),
                    Words.of(run.state()),
                    run.base(),
                    run.method(),
                    run.kind(),
                    run.data(),
                    run.rows(),
                    run.metric(),
                    run.scores(),
                    run.epochs(),
                    run.mostEpochs(),
                    run.seconds(),
                    run.last().map(Instant::toString),
                    run.settings(),
                    run.remark());
        }
    }

    /** A sweep. */
    record Sweep(String folder, int runs, int done) {}

    /** A folder that cannot be read. */
    record Broken(String folder, String reason) {}

    @Override
    public Integer call() {
        if (depth < 0) {
            throw new InputException("--depth must be at least 0, got " + depth);
        }
        RunFolders found = RunFolders.in(folder, depth);
        List<FoundRun> runs = found.runs().stream().sorted(order.comparator).toList();
        if (common.json()) {
            console.printJson(new Listing(
                    folder.toString(),
                    runs.stream().map(Line::of).toList(),
                    found.sweeps().stream()
                            .map(each -> new Sweep(each.folder().toString(), each.runs(), each.done()))
                            .toList(),
                    found.damaged().stream()
                            .map(each -> new Broken(each.folder().toString(), each.reason()))
                            .toList()));
            return 0;
        }
        if (runs.isEmpty()) {
            console.printSentence(folder + ": no tuned model and no unfinished run, " + depth
                    + (depth == 1 ? " folder" : " folders") + " deep; --depth N looks deeper");
        } else {
            RunTable table = new RunTable(folder, runs, console.columns());
            table.lines().forEach(console::print);
            if (settings) {
                console.print("");
                table.settings().forEach(console::print);
            }
        }
        further(runs, found);
        return 0;
    }

    /** What to type for unfinished runs and sweeps, and what is wrong. */
    private void further(List<FoundRun> runs, RunFolders found) {
        List<FoundRun> unfinished = runs.stream()
                .filter(run -> run.state() == FoundRun.State.UNFINISHED)
                .toList();
        if (!unfinished.isEmpty()
                || !found.sweeps().isEmpty()
                || !found.damaged().isEmpty()) {
            console.print("");
        }
        unfinished.forEach(run -> console.print("to continue: " + console.typed("train", "--resume", run.folder())));
        for (FoundSweep sweep : found.sweeps()) {
            console.print("sweep, " + sweep.done() + " of " + sweep.runs() + " runs done: "
                    + console.typed("sweep", "status", sweep.folder()));
        }
        for (Damaged each : found.damaged()) {
            console.printSentence("damaged: " + each.reason());
        }
        for (FoundRun run : runs) {
            run.remark().ifPresent(what -> console.printSentence("without its log: " + what));
        }
    }
}

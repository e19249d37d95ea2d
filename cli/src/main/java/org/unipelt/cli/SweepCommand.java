package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Cluster;
import org.unipelt.experiment.DataSource;
import org.unipelt.experiment.Estimate;
import org.unipelt.experiment.Executor;
import org.unipelt.experiment.Progress;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.StoredStudy;
import org.unipelt.experiment.Study;
import org.unipelt.experiment.Sweep;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code unipelt sweep}: runs a study from a spec. */
@Command(
        name = "sweep",
        header = "Runs a study: tasks x sample sizes x methods x seeds, by a spec.",
        description = {
            "",
            "Leaves a folder with a result for every run. Stop it with Ctrl-C, kill it, or add to the spec: the same"
                    + " command continues where it stopped and repeats nothing. studies/ holds the UniPELT paper's tables as"
                    + " specs.",
            ""
        },
        commandListHeading = "%nCommands:%n",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt sweep study.yaml --dry-run",
            "  unipelt sweep studies/table1.yaml --scale laptop --data glue --out table1",
            "  unipelt sweep status table1",
            "  unipelt sweep pack table1 --out table1.zip",
            "  unipelt sweep study.yaml --master 'local-cluster[2,1,1024]'",
            "",
            "study.yaml, for example:",
            "  model: minilm-l6",
            "  data: glue",
            "  tasks: [cola, rte]",
            "  samples: [100, 500]",
            "  methods:",
            "    lora: lora(rank={rank})",
            "    apl: unipelt-apl",
            "  vary: {rank: [4, 8]}",
            "  data-seeds: [111, 222, 333]",
            "  training: {epochs: 20}"
        })
final class SweepCommand implements Callable<Integer> {
    private static final int WIDTH = 80;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "SPEC", description = "A YAML file that says what to run.")
    private @Nullable Path file;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of the results. Default: sweep-SPEC, with --scale sweep-SPEC-NAME.")
    private @Nullable Path out;

    @Option(names = "--dry-run", description = "Shows the grid and how long it will take, and runs nothing.")
    private boolean dryRun;

    @Option(
            names = "--scale",
            paramLabel = "NAME",
            description = "A scale of the spec, e.g. laptop; its fields stand in for the spec's own.")
    private @Nullable String scale;

    @Option(names = "--data", paramLabel = "FOLDER", description = "The folder of GLUE's files, if not the spec's.")
    private @Nullable Path data;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model, if not the spec's: " + ModelOptions.WHAT_MODEL)
    private @Nullable String model;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "A Spark cluster that runs the study. Every node reads the files by their absolute paths. Default:"
                            + " what spark-submit says, else this process alone.",
            defaultValue = "${sys:spark.master}")
    private @Nullable String master;

    @Option(
            names = "--copy",
            paramLabel = "ADDRESS",
            description =
                    "With --master: keeps the results in this folder of one of the cluster's file systems too, and"
                            + " begins with those that are there.")
    private @Nullable String copy;

    @Option(names = "--keep-models", description = "Keeps every tuned model, in runs/HASH/model.")
    private boolean keepModels;

    @Mixin
    private WorkOptions work;

    @Mixin
    private CommonOptions common;

    SweepCommand(Console console) {
        this.console = console;
    }

    record Listing(
            String model,
            int runs,
            int left,
            List<Row> grid,
            @JsonProperty("seconds_least") double least,
            @JsonProperty("seconds_most") double most,
            @JsonProperty("step_millis") Map<String, Double> stepMillis) {
        record Row(String task, String samples, int runs) {}
    }

    @Override
    public Integer call() {
        if (file == null) {
            throw new InputException("there is nothing to run; give a spec, as in 'unipelt sweep study.yaml'");
        }
        work.check();
        SweepSpec study = SweepSpec.read(file, overrides());
        Store store = new StoredStudy(out == null ? usualFolder() : out).toWrite();
        try (BaseModel base = open(study)) {
            Sweep sweep = Sweep.of(study, Optional.ofNullable(scale), base);
            return dryRun ? show(sweep, store) : run(sweep, store);
        }
    }

    private SweepSpec.Overrides overrides() {
        return new SweepSpec.Overrides(
                Optional.ofNullable(scale), Optional.ofNullable(model), Optional.ofNullable(data));
    }

    private BaseModel open(SweepSpec study) {
        work.device().demand();
        try {
            return DownloadProgress.open(study.model(), Compute.of(work.device(), study.precision()), console);
        } catch (InputException e) {
            throw model == null ? study.lines().in("model", e) : e;
        }
    }

    private Path usualFolder() {
        Path name = Objects.requireNonNull(file).getFileName();
        String stem = (name == null ? file : name).toString().replaceFirst("\\.[^.]*$", "");
        return Path.of("sweep-" + stem + (scale == null ? "" : "-" + scale));
    }

    private int show(Sweep sweep, Store store) {
        List<Cell> cells = sweep.cells();
        if (!work.quiet()) {
            console.say("timing a few steps of each method ...");
        }
        Estimate estimate = Estimate.of(sweep);
        Map<List<String>, Integer> rows = new LinkedHashMap<>();
        for (Cell cell : cells) {
            rows.merge(List.of(cell.task(), samples(cell)), 1, Integer::sum);
        }
        Listing listing = new Listing(
                sweep.base().name(),
                cells.size(),
                sweep.left(store).size(),
                rows.entrySet().stream()
                        .map(row -> new Listing.Row(
                                row.getKey().get(0), row.getKey().get(1), row.getValue()))
                        .toList(),
                estimate.least().toMillis() / 1e3,
                estimate.most().toMillis() / 1e3,
                estimate.stepMillis());
        if (common.json()) {
            console.printJson(listing);
        } else {
            print(sweep, listing, estimate, store);
        }
        return 0;
    }

    /** The learning rate; empty for a method without steps. */
    private static String rate(Cell cell) {
        return cell.training().epochs() == 0
                ? ""
                : Double.toString(cell.training().learningRate());
    }

    private static String samples(Cell cell) {
        return cell.samples().map(Object::toString).orElse("all");
    }

    private void print(Sweep sweep, Listing listing, Estimate estimate, Store store) {
        List<Cell> cells = sweep.cells();
        wrapped("model", List.of(listing.model()));
        wrapped("tasks", distinct(cells, Cell::task));
        wrapped("samples", distinct(cells, SweepCommand::samples));
        wrapped("data seeds", distinct(cells, cell -> Long.toString(cell.dataSeed())));
        wrapped("seeds", distinct(cells, cell -> Long.toString(cell.seed())));
        sweep.spec().vary().forEach((name, values) -> wrapped(name, values));
        boolean ownTable = sweep.spec().tasks().stream().anyMatch(DataSource.CustomTable.class::isInstance);
        String dev = sweep.spec()
                .devRows()
                .map(Object::toString)
                .orElse(ownTable ? "as given, or a tenth" : "as in the paper");
        String test = sweep.spec()
                .testRows()
                .map(count -> "the first " + count)
                .orElse(ownTable ? "as given, or a fifth" : "all");
        wrapped("rows", List.of("development " + dev + ", test " + test));
        console.print("");
        TextTable table = new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.RIGHT, Align.RIGHT));
        table.add("method", "runs", "rate", "ms a step");
        for (String method : distinct(cells, Cell::method)) {
            List<Cell> own =
                    cells.stream().filter(cell -> cell.method().equals(method)).toList();
            table.add(
                    shortened(method),
                    Integer.toString(own.size()),
                    String.join(" ", distinct(own, SweepCommand::rate)),
                    Optional.ofNullable(estimate.stepMillis().get(method))
                            .map(millis -> String.format(Locale.ROOT, "%.0f", millis))
                            .orElse(""));
        }
        table.lines().forEach(console::print);
        console.print("");
        console.print(String.format(
                Locale.ROOT,
                "%,d runs%s",
                listing.runs(),
                listing.left() < listing.runs()
                        ? String.format(
                                Locale.ROOT,
                                ", %,d of them done in %s",
                                listing.runs() - listing.left(),
                                store.folder())
                        : ""));
        String least = said(estimate.least());
        String most = said(estimate.most());
        console.print(
                least.equals(most)
                        ? "about " + most
                        : "about " + least + " if every run stops early, at most about " + most);
        console.print("(for the whole grid on this machine, by a few steps of each method)");
    }

    static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 37) + "...";
    }

    private static List<String> distinct(List<Cell> cells, Function<Cell, String> part) {
        return cells.stream().map(part).distinct().toList();
    }

    private void wrapped(String name, List<String> values) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-11s", name));
        for (String value : values) {
            if (line.length() + value.length() + 1 > WIDTH && !line.toString().isBlank()) {
                console.print(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(11));
            }
            line.append(value).append(' ');
        }
        console.print(line.toString().stripTrailing());
    }

    /** A long duration in words. */
    static String said(Duration time) {
        if (time.toDays() > 2) {
            return Math.round(time.toHours() / 24.0) + " days";
        }
        if (time.toHours() > 1) {
            return Math.round(time.toMinutes() / 60.0) + " hours";
        }
        return time.toMinutes() > 1 ? Math.round(time.toSeconds() / 60.0) + " minutes" : time.toSeconds() + " seconds";
    }

    private int run(Sweep sweep, Store store) {
        if (master == null) {
            if (copy != null) {
                throw InputException.about("copy", "--copy goes with --master; leave it out, or name a cluster");
            }
            return work.run(console, sweep, store, cell -> keepModels, again(store), telling(store))
                    ? 0
                    : WorkOptions.INTERRUPTED;
        }
        Study study = Study.of(Objects.requireNonNull(file), overrides(), work.device());
        try (Cluster cluster = Cluster.reach(master)) {
            Optional<Cluster.Copy> copied = Optional.ofNullable(copy).map(address -> cluster.copy(store, address));
            copied.map(Cluster.Copy::fetch)
                    .filter(runs -> runs > 0)
                    .ifPresent(runs -> console.say(runs + (runs == 1 ? " run" : " runs") + " fetched from " + copy));
            Executor executor =
                    cluster.executor(study, cell -> keepModels, cell -> copied.ifPresent(to -> to.put(cell)));
            return work.run(console, sweep, store, executor, cell -> keepModels, again(store), telling(store))
                    ? 0
                    : WorkOptions.INTERRUPTED;
        }
    }

    private WorkOptions.Telling telling(Store store) {
        return all -> {
            Progress now = Progress.of(store);
            if (common.json()) {
                console.printJson(SweepStatusCommand.Listing.of(store.folder(), now));
            } else if (all) {
                SweepStatusCommand.lines(now, false).forEach(console::print);
                console.print("");
                console.print("Next:");
                console.print("  " + console.typed("report", store.folder()));
            }
        };
    }

    private String again(Store store) {
        List<Object> words = Retyped.command(spec.commandLine().getParseResult());
        if (out == null) {
            words.addAll(List.of("--out", store.folder()));
        }
        return console.typed(words.toArray());
    }
}

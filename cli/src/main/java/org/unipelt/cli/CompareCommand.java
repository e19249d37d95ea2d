package org.unipelt.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.DataSource;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.StoredStudy;
import org.unipelt.experiment.Sweep;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.experiment.report.Ranking;
import org.unipelt.experiment.report.Ranking.Standing;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.run.Recipe;
import org.unipelt.training.Setting;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code unipelt compare}: compares methods on the user's own data. */
@Command(
        name = "compare",
        header = "Tries methods on your data and says which one to take.",
        description = {
            "",
            "Trains every method several times, ranks the methods by their scores on unseen rows, says how certain the"
                    + " ranking is, and keeps the best method's model in DIR/best. Stop it with Ctrl-C or kill it: the"
                    + " same command continues.",
            "",
            "Settings are the best known for the base model and the number of rows, as in 'unipelt train'. The ranking"
                    + " shows each method's learning rate and its origin; methods with an untested rate are listed apart.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt compare --train messages.csv",
            "  unipelt compare --train train.tsv --dev dev.tsv --test test.tsv --runs 5",
            "  unipelt compare --task rte --data glue --samples 100 --methods lora,adapter"
        })
final class CompareCommand implements Callable<Integer> {
    /** The UniPELT paper's methods and its smallest combination; a probe and the head alone as baselines. */
    private static final List<String> USUAL = List.of(
            "probe", "head", "full", "bitfit", "adapter", "prefix", "lora", "unipelt-ap", "unipelt-al", "unipelt-apl");

    private static final String ALL = "all";

    /** Options that the training of the winner lacks, or needs with another value. */
    private static final Set<String> NOT_OF_TRAINING =
            Set.of("--train", "--data", "--samples", "--methods", "--runs", "--out", "--workers", "--quiet", "--json");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--train", paramLabel = "FILE", description = "Labelled rows: .tsv, .csv or .jsonl, also with .gz.")
    private @Nullable Path train;

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Development rows, to monitor training; without them all rows but the test rows train.")
    private @Nullable Path dev;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description = "Test rows. Default: sets aside a fifth of the rows, the same ones in every run.")
    private @Nullable Path test;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "Instead of files, a GLUE task: cola, sst2, mrpc, stsb, qqp, mnli, qnli or rte.")
    private @Nullable String task;

    @Option(names = "--data", paramLabel = "FOLDER", description = "With --task: the folder of GLUE's official files.")
    private @Nullable Path data;

    @Option(
            names = "--samples",
            paramLabel = "K",
            description =
                    "Trains on K rows, different ones in every run; the next 1,000 are the development rows. Default:"
                            + " all rows.")
    private @Nullable Integer samples;

    @Option(
            names = "--methods",
            paramLabel = "LIST",
            description = "Presets or methods as text, with commas between, or all presets: all. Default: probe, head,"
                    + " full, bitfit, adapter, prefix, lora, unipelt-ap, unipelt-al, unipelt-apl.")
    private @Nullable String methods;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs of each method. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the results. Default: comparison-DATA.")
    private @Nullable Path out;

    @ArgGroup(validate = false, heading = "%nColumns:%n", order = 1)
    private ColumnOptions columns = new ColumnOptions();

    @ArgGroup(validate = false, heading = "%nReading tables:%n", order = 2)
    private PreparationOptions preparation = new PreparationOptions();

    @ArgGroup(validate = false, heading = "%nBase model:%n", order = 2)
    private BaseOptions model = new BaseOptions();

    @Mixin
    private WorkOptions work;

    @Mixin
    private CommonOptions common;

    private CompareCommand(Console console) {
        this.console = console;
    }

    /** The command with its options. */
    static CommandLine line(Console console) {
        CommandLine line = new CommandLine(new CompareCommand(console));
        TrainingOptions.add(
                line.getCommandSpec(), "Training", 3, List.of(), List.of(Setting.EPOCHS, Setting.MAX_LENGTH));
        return line;
    }

    @Override
    public Integer call() {
        work.check();
        if (runs < 1) {
            throw new InputException("--runs must be at least 1, got " + runs);
        }
        if (samples != null && samples < 1) {
            throw new InputException("--samples must be at least 1, got " + samples);
        }
        List<String> chosen = methods();
        DataSource learned = task();
        SweepSpec study = SweepSpec.comparison(
                model.model(),
                model.precision(),
                learned,
                Optional.ofNullable(samples),
                chosen,
                runs,
                TrainingOptions.given(parsed(), Setting.ALL));
        Store store = new StoredStudy(out == null ? usualFolder(learned) : out).toWrite();
        store.demandPlaceForBest();
        try (BaseModel base = model.open(work.device(), console)) {
            return run(Sweep.of(study, Optional.empty(), base), store);
        }
    }

    private int run(Sweep sweep, Store store) {
        // One model per method is enough: only the best method's is kept in the end.
        Map<String, String> first = new LinkedHashMap<>();
        sweep.cells().forEach(cell -> first.putIfAbsent(cell.method(), cell.hash()));
        Set<String> kept = new HashSet<>(first.values());
        AtomicBoolean told = new AtomicBoolean();
        while (true) {
            boolean done = work.run(console, sweep, store, cell -> kept.contains(cell.hash()), again(store), all -> {
                if (all) {
                    Ranking ranking = Ranking.of(store.folder(), sweep.learningRates());
                    String best = ranking.standings().get(0).first();
                    if (store.keepBest(best)) {
                        tell(store, sweep, ranking);
                        told.set(true);
                    } else {
                        kept.add(best);
                    }
                }
            });
            if (!done) {
                return WorkOptions.INTERRUPTED;
            }
            if (told.get()) {
                return 0;
            }
            // Its first run failed, or an earlier comparison in this folder had another winner.
            console.say("the best method's model was not kept; it is trained again");
        }
    }

    private DataSource task() {
        if (task == null && train == null) {
            throw new InputException(
                    "there is nothing to compare on; give --train FILE, or --task NAME with --data FOLDER");
        }
        if (task != null) {
            GlueTask glue = GlueTask.named(task);
            if (train != null) {
                throw new InputException("--task and --train are two different sources; leave one out");
            }
            if (data == null) {
                throw new InputException("--task needs --data FOLDER, the folder of GLUE's official files");
            }
            if (dev != null || test != null || columns.isAnyNamed()) {
                throw new InputException(
                        "a GLUE task has its own files and columns; leave out --dev, --test, --text, --pair and --label");
            }
            return new DataSource.Glue(glue, data, Recipe.BEST);
        }
        if (Files.isDirectory(Objects.requireNonNull(train))) {
            throw new InputException(
                    train + ": is a folder; give a file in it, or a GLUE task with --task NAME and --data FOLDER");
        }
        if (samples != null && dev != null) {
            throw new InputException("with --samples the development rows are drawn from --train; leave out --dev");
        }
        return DataSource.CustomTable.of(
                new DataSpec(
                        Optional.empty(),
                        Objects.requireNonNull(train),
                        Optional.ofNullable(dev),
                        Optional.ofNullable(test),
                        columns.text(),
                        columns.pair(),
                        columns.label(),
                        columns.labels().orElse(LabelKind.AUTO),
                        Optional.empty(),
                        DataSpec.FIRST_SEED,
                        preparation.preparation()),
                console::say);
    }

    private List<String> methods() {
        if (methods == null) {
            return USUAL;
        }
        return methods.strip().equals(ALL) ? List.copyOf(Methods.names()) : listed(methods);
    }

    /** Splits at commas outside brackets. */
    private static List<String> listed(String text) {
        List<String> items = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : ',';
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (c == ',' && (depth == 0 || i == text.length())) {
                items.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        return items;
    }

    private ParseResult parsed() {
        return spec.commandLine().getParseResult();
    }

    private static Path usualFolder(DataSource learned) {
        return Path.of("comparison-" + learned.name().replaceFirst("\\..*", "").toLowerCase(Locale.ROOT));
    }

    private String again(Store store) {
        List<Object> words = Retyped.command(parsed());
        if (out == null) {
            words.addAll(List.of("--out", store.folder()));
        }
        return console.typed(words.toArray());
    }

    private void tell(Store store, Sweep sweep, Ranking ranking) {
        Standing best = ranking.standings().get(0);
        String next = train(sweep, best);
        if (common.json()) {
            console.printJson(new Comparison(
                    store.folder().toString(),
                    model.model(),
                    ranking.metric(),
                    ranking.testRows(),
                    ranking.mostFrequent(),
                    ranking.standings().stream().map(Comparison.Row::of).toList(),
                    ranking.apart().stream().map(Comparison.Row::of).toList(),
                    ranking.recommendation(),
                    store.best().toString(),
                    next));
            return;
        }
        RankingTable.lines(ranking).forEach(console::print);
        console.print("");
        console.printSentence("The model of its first run is in " + store.best() + ". Next:");
        console.print("  "
                + (AdapterCard.read(store.best()).pairs()
                        ? console.typed("predict", store.best(), "a text", "another")
                        : console.typed("predict", store.best(), "a text")));
        console.print(
                trainedOnAll()
                        ? "This trains the same model again:"
                        : "This trains the final one, on all rows of " + train + ":");
        console.print("  " + next);
        console.print("Tables and charts:");
        console.print("  " + console.typed("report", store.folder()));
    }

    /** Whether the runs trained on all training rows. */
    private boolean trainedOnAll() {
        return samples == null && (test != null || task != null);
    }

    /** The command that trains a method on all rows; if the runs did so too, it gives the first run's model. */
    private String train(Sweep sweep, Standing method) {
        List<Object> words = new ArrayList<>(List.of(
                "train",
                task == null ? "--train" : "--data",
                task == null ? train : data,
                "--method",
                method.method()));
        words.addAll(Retyped.options(parsed(), name -> !NOT_OF_TRAINING.contains(name)));
        long seed = sweep.cells().stream()
                .filter(cell -> cell.hash().equals(method.first()))
                .mapToLong(Cell::seed)
                .findFirst()
                .orElseThrow();
        if (seed != SweepSpec.FIRST_SEED) {
            words.addAll(List.of("--seed", seed));
        }
        return console.typed(words.toArray());
    }
}

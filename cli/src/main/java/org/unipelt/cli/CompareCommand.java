package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Setting;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Sweep;
import org.unipelt.experiment.SweepSpec;
import org.unipelt.experiment.Task;
import org.unipelt.experiment.report.Ranking;
import org.unipelt.experiment.report.Ranking.Standing;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.task.GlueTask;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Precision;
import org.unipelt.training.LearningRate;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt compare}: the study in small, on one's own data. */
@Command(
        name = "compare",
        header = "Tries methods on your data and says which one to take.",
        description = {
            "",
            "Trains every method several times, ranks them by their scores on rows that none has seen, says how sure the"
                    + " ranking is, and keeps the best method's model, in DIR/best. Stop it with Ctrl-C or kill it: the"
                    + " same command goes on where it was.",
            "",
            "Settings are the best that are known for the base model and so many rows, as those of 'unipelt train'. The"
                    + " ranking shows each method's learning rate and where it is from; a method whose rate nobody has"
                    + " tried out is listed apart.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt compare --data messages.csv",
            "  unipelt compare --data train.tsv --dev dev.tsv --test test.tsv --runs 5",
            "  unipelt compare --task rte --data glue --samples 100 --methods lora,adapter"
        })
final class CompareCommand implements Callable<Integer> {
    /** Those of the UniPELT paper and its smallest combination; a probe and the head alone, to see what tuning is worth. */
    private static final List<String> USUAL = List.of(
            "probe", "head", "full", "bitfit", "adapter", "prefix", "lora", "unipelt-ap", "unipelt-al", "unipelt-apl");

    private static final String ALL = "all";

    private final Console console;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Rows with labels: .tsv, .csv or .jsonl, also with .gz; or, with --task, GLUE's folder.")
    private Path data;

    @Option(
            names = "--dev",
            paramLabel = "FILE",
            description = "Development rows, to watch the training by; without them all rows but the test rows train.")
    private Path dev;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description = "Rows to judge by; without them a fifth is set aside, the same rows in every run.")
    private Path test;

    @Option(
            names = "--text",
            paramLabel = "COLUMN",
            description = "Column of the text, if not called text or sentence.")
    private String text;

    @Option(names = "--pair", paramLabel = "COLUMN", description = "Column of the second text, if there is one.")
    private String pair;

    @Option(names = "--label", paramLabel = "COLUMN", description = "Column of the label, if not called label.")
    private String label;

    @Option(
            names = "--labels",
            paramLabel = "auto|classes|score",
            defaultValue = "auto",
            description = "What the labels are. Default: auto, by what they look like.")
    private LabelKind labels;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "A GLUE task: cola, sst2, mrpc, stsb, qqp, mnli, qnli or rte.")
    private String task;

    @Option(
            names = "--samples",
            paramLabel = "K",
            description = "Trains on K rows, other ones in every run; the next 1,000 are the development rows. Default:"
                    + " all rows.")
    private Integer samples;

    @Option(
            names = "--methods",
            paramLabel = "LIST",
            description = "Presets or methods as text, with commas between, or all presets: all. Default: probe, head,"
                    + " full, bitfit, adapter, prefix, lora, unipelt-ap, unipelt-al, unipelt-apl.")
    private String methods;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Runs of each method. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = ModelOptions.DEFAULT_MODEL,
            description = "Base model: " + ModelOptions.WHAT_MODEL + " Default: ${DEFAULT-VALUE}.")
    private String model;

    @Option(
            names = "--precision",
            paramLabel = "f32|bf16",
            defaultValue = "f32",
            description = ModelOptions.WHAT_PRECISION + " Default: ${DEFAULT-VALUE}.")
    private Precision precision;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the training rows. Default: by the number of rows.")
    private String epochs;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens per text; the rest is cut. Default: 128.")
    private String maxLength;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the results. Default: comparison-DATA.")
    private Path out;

    @Mixin
    private WorkOptions work;

    @Mixin
    private CommonOptions common;

    CompareCommand(Console console) {
        this.console = console;
    }

    /** The result. */
    record Comparison(
            String folder,
            String model,
            String metric,
            @JsonProperty("test_rows") int testRows,

            @JsonProperty("most_frequent_label") @JsonInclude(JsonInclude.Include.NON_ABSENT)
            Optional<Double> mostFrequent,

            List<Row> methods,

            @JsonProperty("not_ranked") @JsonInclude(JsonInclude.Include.NON_EMPTY)
            List<Row> apart,

            String recommendation,
            @JsonProperty("best_model_dir") String best,
            @JsonProperty("train_command") String train) {
        /** A method. */
        record Row(
                String method,
                int runs,
                double mean,
                @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Double> sd,

                @JsonProperty("behind_best") @JsonInclude(JsonInclude.Include.NON_ABSENT)
                Optional<Ranking.Behind> behind,

                @JsonProperty("learning_rate") @JsonInclude(JsonInclude.Include.NON_ABSENT)
                Optional<Double> rate,

                @JsonProperty("rate_origin") @JsonInclude(JsonInclude.Include.NON_ABSENT)
                Optional<String> rateOrigin,

                @JsonProperty("trained_parameters") long trained,

                @JsonProperty("train_seconds") @JsonInclude(JsonInclude.Include.NON_ABSENT)
                Optional<Double> seconds) {}
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
        Map<Setting, String> training = training();
        Task learned = task();
        SweepSpec spec =
                SweepSpec.comparison(model, precision, learned, Optional.ofNullable(samples), chosen, runs, training);
        Store store = new Store(out == null ? usualFolder(learned) : out);
        store.demandPlaceForBest();
        try (BaseModel base = BaseModel.open(model, Compute.of(work.device(), precision))) {
            return run(Sweep.of(spec, Optional.empty(), base), store);
        }
    }

    private int run(Sweep sweep, Store store) {
        // Of every method one model is enough to keep the best one's.
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
            // The first run failed, or an earlier comparison in this folder had another winner.
            console.say("the best method's model was not kept; it is trained again");
        }
    }

    private Task task() {
        if (data == null) {
            throw new InputException("there is nothing to compare on; give --data FILE");
        }
        if (task != null) {
            if (dev != null || test != null || text != null || pair != null || label != null) {
                throw new InputException(
                        "a GLUE task has its own files and columns; leave out --dev, --test, --text, --pair and --label");
            }
            return new Task.Glue(GlueTask.named(task), data, Recipe.BEST);
        }
        if (Files.isDirectory(data)) {
            throw new InputException(
                    data + ": is a folder; give a file in it, or say which GLUE task it holds with --task");
        }
        if (samples != null && dev != null) {
            throw new InputException("with --samples the development rows are drawn from --data; leave out --dev");
        }
        return Task.Own.of(new DataSpec(
                Optional.empty(),
                data,
                Optional.ofNullable(dev),
                Optional.ofNullable(test),
                Optional.ofNullable(text),
                Optional.ofNullable(pair),
                Optional.ofNullable(label),
                labels,
                Optional.empty(),
                DataSpec.FIRST_SEED));
    }

    private List<String> methods() {
        if (methods == null) {
            return USUAL;
        }
        return methods.strip().equals(ALL) ? List.copyOf(Methods.all().keySet()) : listed(methods);
    }

    /** Splits at commas that stand in no brackets. */
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

    private Map<Setting, String> training() {
        Map<Setting, String> given = new EnumMap<>(Setting.class);
        set(given, Setting.EPOCHS, epochs);
        set(given, Setting.MAX_LENGTH, maxLength);
        return given;
    }

    private static void set(Map<Setting, String> given, Setting setting, String value) {
        if (value != null) {
            try {
                setting.check(value);
            } catch (InputException e) {
                throw new InputException("--" + setting.text() + ": " + e.getMessage(), e);
            }
            given.put(setting, value);
        }
    }

    private static Path usualFolder(Task learned) {
        return Path.of("comparison-" + learned.name().replaceFirst("\\..*", "").toLowerCase(Locale.ROOT));
    }

    private String again(Store store) {
        List<Object> words = new ArrayList<>(List.of("compare", "--data", data));
        add(words, "--dev", dev);
        add(words, "--test", test);
        columns(words);
        add(words, "--task", task);
        add(words, "--samples", samples);
        add(words, "--methods", methods);
        add(words, "--runs", runs);
        model(words);
        words.addAll(List.of("--out", store.folder()));
        words.addAll(work.typed());
        return console.typed(words.toArray());
    }

    private void columns(List<Object> words) {
        add(words, "--text", text);
        add(words, "--pair", pair);
        add(words, "--label", label);
        add(words, "--labels", labels == LabelKind.AUTO ? null : labels.name().toLowerCase(Locale.ROOT));
    }

    private void model(List<Object> words) {
        add(words, "--model", model.equals(ModelOptions.DEFAULT_MODEL) ? null : model);
        add(words, "--precision", precision == Precision.F32 ? null : precision.text());
        add(words, "--epochs", epochs);
        add(words, "--max-length", maxLength);
    }

    private static void add(List<Object> words, String option, Object value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }

    private void tell(Store store, Sweep sweep, Ranking ranking) {
        Standing best = ranking.standings().get(0);
        String train = train(sweep, best);
        if (common.json()) {
            console.printJson(new Comparison(
                    store.folder().toString(),
                    model,
                    ranking.metric(),
                    ranking.testRows(),
                    ranking.mostFrequent(),
                    ranking.standings().stream().map(CompareCommand::row).toList(),
                    ranking.apart().stream().map(CompareCommand::row).toList(),
                    ranking.recommendation(),
                    store.best().toString(),
                    train));
            return;
        }
        RankingTable.lines(ranking).forEach(console::print);
        console.print("");
        console.print("The model of its first run is in " + store.best() + ". Next:");
        console.print("  "
                + (AdapterCard.read(store.best()).pairs()
                        ? console.typed("predict", store.best(), "a text", "--pair", "another")
                        : console.typed("predict", store.best(), "a text")));
        console.print(
                trainedOnAll()
                        ? "This trains the same model again:"
                        : "This trains the final one, on all rows of " + data + ":");
        console.print("  " + train);
        console.print("Tables and charts:");
        console.print("  " + console.typed("report", store.folder()));
    }

    /** Whether the runs trained on all that there is to train on. */
    private boolean trainedOnAll() {
        return samples == null && (test != null || task != null);
    }

    /** The command that trains a method on all rows; where the runs did that too, it gives the model of the first one. */
    private String train(Sweep sweep, Standing method) {
        List<Object> words = new ArrayList<>(List.of("train"));
        add(words, "--task", task);
        add(words, task == null ? "--train" : "--data", data);
        add(words, "--dev", dev);
        add(words, "--test", test);
        columns(words);
        add(words, "--method", method.method());
        model(words);
        long seed = sweep.cells().stream()
                .filter(cell -> cell.hash().equals(method.first()))
                .mapToLong(Cell::seed)
                .findFirst()
                .orElseThrow();
        add(words, "--seed", seed == SweepSpec.FIRST_SEED ? null : seed);
        words.addAll(work.typedForOne());
        return console.typed(words.toArray());
    }

    private static Comparison.Row row(Standing standing) {
        return new Comparison.Row(
                standing.method(),
                standing.runs(),
                standing.mean(),
                Optional.of(standing.sd()).filter(sd -> !sd.isNaN()),
                standing.behind(),
                standing.rate().map(LearningRate::value),
                standing.rate().map(LearningRate::origin),
                standing.trained(),
                standing.seconds());
    }
}

package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
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
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt compare}: the study in small, on one's own data. */
@Command(
        name = "compare",
        header = "Tries methods on your data and says which one to take.",
        description = {
            "",
            "Trains every method several times, ranks them by their scores on rows that none has seen, and says how sure"
                    + " the ranking is. Stop it with Ctrl-C or kill it: the same command goes on where it was. Learning"
                    + " rates are the methods' own, and on the embedded models those found for few rows.",
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
    /** Those of the UniPELT paper, and the head alone to see what tuning is worth. */
    private static final List<String> USUAL =
            List.of("probe", "head", "full", "bitfit", "adapter", "prefix", "lora", "unipelt-ap", "unipelt-apl");

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
            description = "Development rows; without them a tenth is set aside, other rows in every run.")
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
            description = "Trains on K rows, other ones in every run. Default: all rows.")
    private Integer samples;

    @Option(
            names = "--methods",
            paramLabel = "LIST",
            description = "Presets or methods as text, with commas between, or all presets: all. Default: head, full,"
                    + " bitfit, adapter, prefix, lora, unipelt-ap, unipelt-apl.")
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

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training rows at most. Default: 50.")
    private String epochs;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stops after so many epochs without a gain. Default: 10.")
    private String patience;

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
            String recommendation) {
        /** A method. */
        record Row(
                String method,
                int runs,
                double mean,
                @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Double> sd,

                @JsonProperty("behind_best") @JsonInclude(JsonInclude.Include.NON_ABSENT)
                Optional<Ranking.Behind> behind,

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
        try (BaseModel base = BaseModel.open(model, precision, work.device())) {
            Sweep sweep = Sweep.of(spec, Optional.empty(), base);
            boolean done = work.run(console, sweep, store, false, again(store), all -> {
                if (all) {
                    tell(store, Ranking.of(store.folder()));
                }
            });
            return done ? 0 : WorkOptions.INTERRUPTED;
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
            return new Task.Glue(GlueTask.named(task), data);
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
        set(given, Setting.PATIENCE, patience);
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
        add(words, "--text", text);
        add(words, "--pair", pair);
        add(words, "--label", label);
        add(words, "--labels", labels == LabelKind.AUTO ? null : labels.name().toLowerCase(Locale.ROOT));
        add(words, "--task", task);
        add(words, "--samples", samples);
        add(words, "--methods", methods);
        add(words, "--runs", runs);
        add(words, "--model", model.equals(ModelOptions.DEFAULT_MODEL) ? null : model);
        add(words, "--precision", precision == Precision.F32 ? null : precision.text());
        add(words, "--epochs", epochs);
        add(words, "--patience", patience);
        add(words, "--max-length", maxLength);
        words.addAll(List.of("--out", store.folder()));
        words.addAll(work.typed());
        return console.typed(words.toArray());
    }

    private static void add(List<Object> words, String option, Object value) {
        if (value != null) {
            words.addAll(List.of(option, value));
        }
    }

    private void tell(Store store, Ranking ranking) {
        if (common.json()) {
            console.printJson(new Comparison(
                    store.folder().toString(),
                    model,
                    ranking.metric(),
                    ranking.testRows(),
                    ranking.mostFrequent(),
                    ranking.standings().stream().map(CompareCommand::row).toList(),
                    ranking.recommendation()));
            return;
        }
        RankingTable.lines(ranking).forEach(console::print);
        console.print("");
        console.print("Next:");
        console.print("  " + console.typed("report", store.folder()));
    }

    private static Comparison.Row row(Standing standing) {
        return new Comparison.Row(
                standing.method(),
                standing.runs(),
                standing.mean(),
                Optional.of(standing.sd()).filter(sd -> !sd.isNaN()),
                standing.behind(),
                standing.trained(),
                standing.seconds());
    }
}

package org.unipelt.experiment;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.unipelt.InputException;
import org.unipelt.Suggestion;
import org.unipelt.Words;
import org.unipelt.data.Dialect;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Preparation;
import org.unipelt.data.Split;
import org.unipelt.metric.Metric;
import org.unipelt.run.Recipe;
import org.unipelt.tensor.Precision;
import org.unipelt.training.Setting;
import org.unipelt.tuned.DataSpec;

/** Reads a spec and reports all mistakes in it, not only the first. */
final class SpecReader {
    private static final String MODEL = "model";
    private static final String PRECISION = "precision";
    private static final String RECIPE = "recipe";
    private static final String DATA = "data";
    private static final String TASKS = "tasks";
    private static final String SAMPLES = "samples";
    private static final String METHODS = "methods";
    private static final String DATA_SEEDS = "data-seeds";
    private static final String SEEDS = "seeds";
    private static final String VARY = "vary";
    private static final String TRAINING = "training";
    private static final String LEARNING_RATES = "learning-rates";
    private static final String COLUMNS = "columns";
    private static final String LABELS = "labels";
    private static final String LABEL_SEPARATOR = "label-separator";
    private static final String DEV = "dev";
    private static final String TEST = "test";
    private static final String DEV_ROWS = "dev-rows";
    private static final String TEST_ROWS = "test-rows";
    private static final String SCALES = "scales";
    private static final List<String> KNOWN = List.of(
            MODEL,
            PRECISION,
            RECIPE,
            DATA,
            COLUMNS,
            LABELS,
            LABEL_SEPARATOR,
            DEV,
            TEST,
            TASKS,
            SAMPLES,
            METHODS,
            DATA_SEEDS,
            SEEDS,
            VARY,
            TRAINING,
            LEARNING_RATES,
            DEV_ROWS,
            TEST_ROWS,
            SCALES);
    /** Fields that go only with the user's own table. */
    private static final List<String> OF_TABLES = List.of(COLUMNS, LABELS, LABEL_SEPARATOR, DEV, TEST);

    private static final String ALL = "all";
    private static final List<String> COLUMN_NAMES = List.of("text", "pair", "label");
    private static final List<LabelKind> KINDS =
            List.of(LabelKind.AUTO, LabelKind.CLASSES, LabelKind.SCORE, LabelKind.MULTI);
    private static final String DEFAULT_MODEL = "minilm-l6";

    private final SweepSpec.Overrides overrides;
    private final Path directory;
    private final SpecFields fields;

    SpecReader(Path file, SweepSpec.Overrides overrides, Path directory) {
        this.overrides = overrides;
        this.directory = directory;
        this.fields = new SpecFields(file);
    }

    SweepSpec read() {
        fields.scale(SCALES, overrides.scale(), TRAINING);
        fields.refuseOthers(KNOWN);
        // By default a spec repeats the paper's study.
        Recipe recipe = fields.one(RECIPE, Recipe::named).orElse(Recipe.PAPER);
        List<DataSource> tasks = tasks(recipe);
        Map<String, List<String>> vary = vary();
        Map<String, String> methods = methods();
        SweepSpec spec = new SweepSpec(
                fields.lines(),
                overrides.model().or(() -> fields.one(MODEL, this::model)).orElse(DEFAULT_MODEL),
                fields.one(PRECISION, Precision::named).orElse(Precision.F32),
                recipe,
                tasks,
                samples(tasks),
                methods,
                seeds(DATA_SEEDS, DataSpec.FIRST_SEED),
                seeds(SEEDS, SweepSpec.FIRST_SEED),
                vary,
                training(),
                learningRates(methods),
                fields.one(DEV_ROWS, SpecReader::count),
                fields.one(TEST_ROWS, SpecReader::count));
        checkDevRows(spec);
        checkVariants(spec);
        checkMetric(spec);
        fields.demandRight();
        return spec;
    }

    private List<DataSource> tasks(Recipe recipe) {
        Optional<Path> data = overrides.data().or(() -> fields.one(DATA, this::path));
        if (overrides.data().isEmpty() && !fields.has(DATA)) {
            fields.missing(
                    DATA,
                    "give the folder of GLUE's files, as in 'data: glue', or your own table, as in"
                            + " 'data: messages.csv'");
        }
        return data.filter(DataSource::isTable)
                .map(this::table)
                .orElseGet(() -> glue(data.orElse(Path.of("")), recipe));
    }

    private List<DataSource> glue(Path folder, Recipe recipe) {
        OF_TABLES.stream()
                .filter(fields::has)
                .forEach(name -> fields.wrong(
                        fields.line(name),
                        name,
                        "GLUE tasks have their own; leave it out, or give your own table in '" + DATA + "'"));
        return demanded(TASKS, "as in 'tasks: [cola, sst2]'")
                .map(field -> fields.list(TASKS, field, GlueTask::named))
                .orElse(List.of())
                .stream()
                .<DataSource>map(task -> new DataSource.Glue(task, folder, recipe))
                .toList();
    }

    private Optional<YamlNode.Field> demanded(String name, String example) {
        if (!fields.has(name)) {
            fields.missing(name, "give it, " + example);
        }
        return fields.field(name);
    }

    private List<DataSource> table(Path data) {
        if (fields.has(TASKS)) {
            fields.wrong(fields.line(TASKS), TASKS, "are GLUE's, but '" + DATA + "' is your own table; leave this out");
        }
        if (fields.has(SAMPLES) && fields.has(DEV)) {
            fields.wrong(
                    fields.line(DEV),
                    DEV,
                    "with '" + SAMPLES + "' the development rows are drawn from the table; leave one of the two out");
        }
        Map<String, String> columns = new HashMap<>();
        fields.each(COLUMNS, (name, field) -> {
            if (COLUMN_NAMES.contains(name)) {
                fields.one(COLUMNS, name, field, Function.identity()).ifPresent(column -> columns.put(name, column));
            } else {
                fields.wrong(
                        field.line(),
                        COLUMNS,
                        InputException.unknown("column", name, COLUMN_NAMES).getMessage());
            }
        });
        Optional<Path> dev = fields.one(DEV, this::path);
        Optional<Path> test = fields.one(TEST, this::path);
        LabelKind labels =
                fields.one(LABELS, text -> Words.constant(KINDS, "kind", text)).orElse(LabelKind.AUTO);
        Optional<String> separator = fields.one(LABEL_SEPARATOR, Function.identity());
        return fields.noting(
                        fields.line(DATA),
                        DATA,
                        () -> DataSource.CustomTable.of(new DataSpec(
                                Optional.empty(),
                                data,
                                dev,
                                test,
                                Optional.ofNullable(columns.get("text")),
                                Optional.ofNullable(columns.get("pair")),
                                Optional.ofNullable(columns.get("label")),
                                labels,
                                Optional.empty(),
                                DataSpec.FIRST_SEED,
                                new Preparation(Dialect.USUAL, false, false, 1, separator))))
                .<List<DataSource>>map(List::of)
                .orElse(List.of());
    }

    private Map<String, List<Optional<Integer>>> samples(List<DataSource> tasks) {
        Map<String, List<Optional<Integer>>> samples = new HashMap<>();
        if (!fields.has(SAMPLES) && tasks.stream().anyMatch(DataSource.CustomTable.class::isInstance)) {
            tasks.forEach(task -> samples.put(task.name(), List.of(Optional.empty())));
            return samples;
        }
        Optional<YamlNode.Field> field = demanded(SAMPLES, "as in 'samples: [100, 500]', or 'samples: all'");
        if (field.isEmpty()) {
            return samples;
        }
        if (!(field.get().value() instanceof YamlNode.Fields)) {
            List<Optional<Integer>> counts = fields.list(SAMPLES, field.get(), SpecReader::rows);
            tasks.forEach(task -> samples.put(task.name(), counts));
            return samples;
        }
        fields.each(SAMPLES, (name, counts) -> fields.noting(counts.line(), SAMPLES, () -> GlueTask.named(name))
                .ifPresent(task -> samples.put(task.text(), fields.list(SAMPLES, counts, SpecReader::rows))));
        int line = field.get().line();
        List<String> names = tasks.stream().map(DataSource::name).toList();
        names.stream()
                .filter(name -> !samples.containsKey(name))
                .forEach(name -> fields.wrong(line, SAMPLES, "there is no entry for task '" + name + "'"));
        samples.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> fields.wrong(line, SAMPLES, "'" + name + "' is not among the tasks"));
        return samples;
    }

    private static Optional<Integer> rows(String text) {
        return text.equals(ALL) ? Optional.empty() : Optional.of(count(text));
    }

    private static int count(String text) {
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < 1) {
            throw new InputException("must be a whole number of 1 or more, got '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static long seed(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new InputException("must be a whole number of 0 or more, got '" + text + "'");
        }
        return Long.parseLong(text);
    }

    /** A folder starts from the directory; any other name is one of the hub or of an embedded model. */
    private String model(String text) {
        Path folder = path(text);
        return Files.isDirectory(folder) ? folder.toString() : text;
    }

    private Path path(String text) {
        try {
            return directory.resolve(text);
        } catch (InvalidPathException e) {
            throw new InputException("'" + text + "' cannot be a folder: " + e.getReason(), e);
        }
    }

    private List<Long> seeds(String name, long usual) {
        return fields.field(name)
                .map(field -> fields.list(name, field, SpecReader::seed))
                .orElse(List.of(usual));
    }

    private Map<String, String> methods() {
        Map<String, String> methods = new LinkedHashMap<>();
        demanded(METHODS, "as in 'methods: [lora, unipelt-apl]'").ifPresent(field -> {
            if (field.value() instanceof YamlNode.Fields) {
                fields.each(METHODS, (name, text) -> fields.one(METHODS, name, text, SweepSpec::presetOrText)
                        .ifPresent(method -> methods.put(name, method)));
            } else {
                fields.list(METHODS, field, Function.identity())
                        .forEach(given -> methods.put(given, SweepSpec.presetOrText(given)));
            }
        });
        return methods;
    }

    private Map<String, List<String>> vary() {
        Map<String, List<String>> vary = new LinkedHashMap<>();
        fields.each(VARY, (name, field) -> {
            if (List.of(SEEDS, "seed", DATA_SEEDS, "data-seed").contains(name)) {
                fields.wrong(field.line(), VARY, "give seeds in the fields '" + SEEDS + "' and '" + DATA_SEEDS + "'");
            } else {
                vary.put(name, fields.list(VARY + ": " + name, field, Function.identity()));
            }
        });
        String rate = Setting.LEARNING_RATE.name();
        if (vary.containsKey(rate) && fields.has(LEARNING_RATES)) {
            fields.wrong(
                    fields.line(VARY, rate),
                    VARY,
                    "'" + rate + "' is varied for every method; to vary it by method, list values in '" + LEARNING_RATES
                            + "'");
        }
        return vary;
    }

    private List<Setting.Given<?>> training() {
        List<Setting.Given<?>> training = new ArrayList<>();
        fields.each(TRAINING, (name, field) -> {
            if (name.equals(Setting.SEED.name())) {
                fields.wrong(field.line(), TRAINING, "give seeds in the field '" + SEEDS + "'");
                return;
            }
            fields.noting(field.line(), TRAINING, () -> Setting.named(name))
                    .flatMap(setting -> fields.one(TRAINING + ": " + name, name, field, setting::given))
                    .ifPresent(training::add);
        });
        return training;
    }

    private Map<String, List<Setting.Given<Double>>> learningRates(Map<String, String> methods) {
        Map<String, List<Setting.Given<Double>>> rates = new LinkedHashMap<>();
        fields.each(LEARNING_RATES, (name, field) -> {
            if (methods.containsKey(name)) {
                rates.put(name, fields.list(LEARNING_RATES + ": " + name, field, Setting.LEARNING_RATE::given));
            } else {
                fields.wrong(
                        field.line(),
                        LEARNING_RATES,
                        InputException.unknown("method", name, methods.keySet()).getMessage());
            }
        });
        return rates;
    }

    /** The paper's protocol has no more development rows than this. */
    private void checkDevRows(SweepSpec spec) {
        boolean drawn = spec.samples().values().stream().flatMap(List::stream).anyMatch(Optional::isPresent);
        if (drawn && spec.devRows().orElse(1) > Split.FEW_SHOT_DEV) {
            fields.wrong(
                    fields.line(DEV_ROWS),
                    DEV_ROWS,
                    "at most " + Split.FEW_SHOT_DEV + " rows follow the samples in the paper's protocol, got "
                            + spec.devRows().get());
        }
    }

    /** Checks every method with every varied value. */
    private void checkVariants(SweepSpec spec) {
        TreeSet<String> known = new TreeSet<>(spec.placeholders());
        known.addAll(Setting.names());
        spec.vary().forEach((name, values) -> {
            int line = fields.line(VARY, name);
            if (!known.contains(name)) {
                fields.wrong(
                        line,
                        VARY,
                        "'" + name + "' is neither a placeholder {" + name + "} of a method nor a setting of training"
                                + Suggestion.nearest(name, known)
                                        .map(near -> "; did you mean '" + near + "'?")
                                        .orElse(""));
            } else if (!spec.placeholders().contains(name)) {
                values.forEach(value -> fields.noting(
                        line, VARY + ": " + name, () -> Setting.named(name).given(value)));
            }
        });
        spec.methods()
                .keySet()
                .forEach(name -> fields.noting(fields.line(METHODS, name), METHODS, () -> spec.variants(name)));
    }

    private void checkMetric(SweepSpec spec) {
        Map<String, Integer> given = new LinkedHashMap<>();
        spec.training().stream()
                .filter(value -> value.setting() == Setting.METRIC)
                .forEach(value -> given.put(value.text(), fields.line(TRAINING)));
        String name = Setting.METRIC.name();
        spec.vary().getOrDefault(name, List.of()).forEach(value -> given.put(value, fields.line(VARY, name)));
        given.forEach((text, line) -> spec.tasks()
                .forEach(task -> fields.noting(line, "metric for task " + task.name(), () -> {
                    Metric metric = Metric.named(text);
                    task.requireFits(metric);
                    return metric;
                })));
    }
}

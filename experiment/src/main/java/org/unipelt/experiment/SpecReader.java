package org.unipelt.experiment;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Split;
import org.unipelt.task.GlueTask;
import org.unipelt.task.Metric;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.Recipe;

/** Reads a spec and finds every mistake in it, not only the first. */
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
    /** What goes with a table of one's own alone. */
    private static final List<String> OF_TABLES = List.of(COLUMNS, LABELS, DEV, TEST);

    private static final String ALL = "all";
    private static final List<String> COLUMN_NAMES = List.of("text", "pair", "label");
    private static final String DEFAULT_MODEL = "minilm-l6";

    private final Path file;
    private final SweepSpec.Instead instead;
    private final List<Mistake> mistakes = new ArrayList<>();
    private Map<String, YamlNode.Field> fields = Map.of();

    private record Mistake(int line, String message) {}

    SpecReader(Path file, SweepSpec.Instead instead) {
        this.file = file;
        this.instead = instead;
    }

    SweepSpec read() {
        fields = scaled(YamlNode.read(file));
        fields.forEach((name, field) -> {
            if (!KNOWN.contains(name)) {
                wrong(field.line(), InputException.unknown("field", name, KNOWN).getMessage());
            }
        });
        Map<String, Integer> lines = new HashMap<>();
        fields.forEach((name, field) -> lines.put(name, field.line()));
        // A spec repeats a paper's study unless it says otherwise.
        Recipe recipe = one(RECIPE, Recipe::named).orElse(Recipe.PAPER);
        List<Task> tasks = tasks(recipe);
        Map<String, List<String>> vary = vary();
        if (vary.containsKey(Setting.LEARNING_RATE.text()) && fields.containsKey(LEARNING_RATES)) {
            wrong(
                    varyLine(Setting.LEARNING_RATE.text()),
                    VARY + ": '" + Setting.LEARNING_RATE.text()
                            + "' is varied for every method; to vary it by method, list values in '" + LEARNING_RATES
                            + "'");
        }
        Map<String, String> methods = demanded(METHODS, "as in 'methods: [lora, unipelt-apl]'", this::methods)
                .orElse(Map.of());
        SweepSpec spec = new SweepSpec(
                new SpecLines(Optional.of(file), lines),
                instead.model().or(() -> one(MODEL, Function.identity())).orElse(DEFAULT_MODEL),
                one(PRECISION, Precision::named).orElse(Precision.F32),
                recipe,
                tasks,
                samples(tasks),
                methods,
                seeds(DATA_SEEDS, DataSpec.FIRST_SEED),
                seeds(SEEDS, SweepSpec.FIRST_SEED),
                vary,
                training(),
                learningRates(methods),
                one(DEV_ROWS, SpecReader::count),
                one(TEST_ROWS, SpecReader::count));
        checkDevRows(spec);
        checkVariants(spec);
        if (!mistakes.isEmpty()) {
            List<String> told = mistakes.stream()
                    .sorted(Comparator.comparingInt(Mistake::line))
                    .map(Mistake::message)
                    .toList();
            throw new InputException(
                    told.size() == 1
                            ? told.get(0)
                            : file + ": " + told.size() + " mistakes:\n  " + String.join("\n  ", told));
        }
        return spec;
    }

    private List<Task> tasks(Recipe recipe) {
        Optional<Path> data =
                instead.data().or(() -> fields.containsKey(DATA) ? one(DATA, SpecReader::path) : noData());
        return data.filter(Task::isTable).map(this::table).orElseGet(() -> glue(data.orElse(Path.of("")), recipe));
    }

    private Optional<Path> noData() {
        wrong(
                1,
                "there is no '" + DATA
                        + "'; name the folder of GLUE's files, as in 'data: glue', or a table of your own,"
                        + " as in 'data: messages.csv'");
        return Optional.empty();
    }

    private List<Task> glue(Path folder, Recipe recipe) {
        OF_TABLES.stream()
                .filter(fields::containsKey)
                .forEach(name -> wrong(
                        fields.get(name).line(),
                        name + ": GLUE's tasks have their own; this goes with a table of your own in '" + DATA + "'"));
        return demanded(TASKS, "as in 'tasks: [cola, sst2]'", field -> list(TASKS, field, GlueTask::named))
                .orElse(List.of())
                .stream()
                .<Task>map(task -> new Task.Glue(task, folder, recipe))
                .toList();
    }

    private List<Task> table(Path data) {
        if (fields.containsKey(TASKS)) {
            wrong(
                    fields.get(TASKS).line(),
                    TASKS + ": are GLUE's, but '" + DATA + "' is a table of your own; leave this out");
        }
        if (fields.containsKey(SAMPLES) && fields.containsKey(DEV)) {
            wrong(
                    fields.get(DEV).line(),
                    DEV + ": with '" + SAMPLES
                            + "' the development rows are drawn from the table; leave one of them out");
        }
        Map<String, String> columns = new HashMap<>();
        if (fields.containsKey(COLUMNS)) {
            each(
                    COLUMNS,
                    fields.get(COLUMNS),
                    entry -> noted(entry.getValue().line(), COLUMNS, () -> {
                        if (!COLUMN_NAMES.contains(entry.getKey())) {
                            throw InputException.unknown("column", entry.getKey(), COLUMN_NAMES);
                        }
                        columns.put(entry.getKey(), scalar(entry.getValue().value(), entry.getKey()));
                        return entry;
                    }));
        }
        DataSpec files = new DataSpec(
                Optional.empty(),
                data,
                one(DEV, SpecReader::path),
                one(TEST, SpecReader::path),
                Optional.ofNullable(columns.get("text")),
                Optional.ofNullable(columns.get("pair")),
                Optional.ofNullable(columns.get("label")),
                one(LABELS, SpecReader::kind).orElse(LabelKind.AUTO),
                Optional.empty(),
                DataSpec.FIRST_SEED);
        int line = fields.containsKey(DATA) ? fields.get(DATA).line() : 1;
        return noted(line, DATA, () -> Task.Own.of(files))
                .<List<Task>>map(List::of)
                .orElse(List.of());
    }

    private static LabelKind kind(String text) {
        return switch (text) {
            case "auto" -> LabelKind.AUTO;
            case "classes" -> LabelKind.CLASSES;
            case "score" -> LabelKind.SCORE;
            default -> throw InputException.unknown("kind", text, List.of("auto", "classes", "score"));
        };
    }

    /** The fields with those of the scale in their place; settings of training one by one. */
    private Map<String, YamlNode.Field> scaled(YamlNode.Fields spec) {
        Map<String, YamlNode.Field> all = new LinkedHashMap<>(spec.fields());
        YamlNode.Field scales = all.remove(SCALES);
        if (scales != null && !(scales.value() instanceof YamlNode.Fields)) {
            wrong(scales.line(), SCALES + ": write a name and fields, as in 'scales: {laptop: {samples: [100]}}'");
            return all;
        }
        if (instead.scale().isEmpty()) {
            return all;
        }
        Map<String, YamlNode.Field> named = scales == null ? Map.of() : ((YamlNode.Fields) scales.value()).fields();
        YamlNode.Field scale = named.get(instead.scale().get());
        if (scale == null) {
            throw new InputException(file + ": "
                    + InputException.unknown("scale", instead.scale().get(), named.keySet())
                            .getMessage());
        }
        if (!(scale.value() instanceof YamlNode.Fields changes)) {
            wrong(scale.line(), SCALES + ": " + instead.scale().get() + ": write fields, as in '{samples: [100]}'");
            return all;
        }
        changes.fields().forEach((name, field) -> {
            if (name.equals(TRAINING)
                    && all.containsKey(TRAINING)
                    && all.get(TRAINING).value() instanceof YamlNode.Fields old
                    && field.value() instanceof YamlNode.Fields changed) {
                Map<String, YamlNode.Field> merged = new LinkedHashMap<>(old.fields());
                merged.putAll(changed.fields());
                all.put(name, new YamlNode.Field(field.line(), new YamlNode.Fields(changed.line(), merged)));
            } else {
                all.put(name, field);
            }
        });
        return all;
    }

    private void wrong(int line, String message) {
        mistakes.add(new Mistake(line, file + ":" + line + ": " + message));
    }

    /** Does something with a piece; a mistake in it is noted with its line. */
    private <T> Optional<T> noted(int line, String field, Supplier<T> work) {
        try {
            return Optional.of(work.get());
        } catch (InputException e) {
            wrong(line, field + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private <T> Optional<T> demanded(String name, String example, Function<YamlNode.Field, T> read) {
        YamlNode.Field field = fields.get(name);
        if (field == null) {
            wrong(1, "there is no '" + name + "'; give it, " + example);
            return Optional.empty();
        }
        return Optional.of(read.apply(field));
    }

    private <T> Optional<T> one(String name, Function<String, T> read) {
        YamlNode.Field field = fields.get(name);
        return field == null
                ? Optional.empty()
                : noted(field.line(), name, () -> read.apply(scalar(field.value(), name)));
    }

    private static String scalar(YamlNode node, String name) {
        if (node instanceof YamlNode.Scalar scalar && !scalar.text().isBlank()) {
            return scalar.text().strip();
        }
        throw new InputException("needs one value, as in '" + name + ": value'");
    }

    /** A list, or one value for a list of one; each item once. */
    private <T> List<T> list(String name, YamlNode.Field field, Function<String, T> read) {
        List<YamlNode> nodes = field.value() instanceof YamlNode.Items items ? items.items() : List.of(field.value());
        if (nodes.isEmpty()) {
            wrong(field.line(), name + ": the list is empty; give at least one value");
        }
        List<T> values = new ArrayList<>();
        for (YamlNode node : nodes) {
            if (node instanceof YamlNode.Scalar scalar && !scalar.text().isBlank()) {
                noted(node.line(), name, () -> read.apply(scalar.text().strip()))
                        .ifPresent(value -> {
                            if (values.contains(value)) {
                                wrong(node.line(), name + ": '" + scalar.text() + "' is given twice");
                            }
                            values.add(value);
                        });
            } else {
                wrong(node.line(), name + ": each item must be one value");
            }
        }
        return values;
    }

    private void each(String name, YamlNode.Field field, Consumer<Map.Entry<String, YamlNode.Field>> use) {
        if (field.value() instanceof YamlNode.Fields named && !named.fields().isEmpty()) {
            named.fields().entrySet().forEach(use);
        } else {
            wrong(field.line(), name + ": write names and values, as in '" + name + ": {name: value}'");
        }
    }

    private Map<String, List<Optional<Integer>>> samples(List<Task> tasks) {
        Map<String, List<Optional<Integer>>> samples = new HashMap<>();
        YamlNode.Field field = fields.get(SAMPLES);
        if (field == null && tasks.stream().anyMatch(Task.Own.class::isInstance)) {
            tasks.forEach(task -> samples.put(task.name(), List.of(Optional.empty())));
        } else if (field == null) {
            wrong(1, "there is no '" + SAMPLES + "'; give it, as in 'samples: [100, 500]', or 'samples: all'");
        } else if (field.value() instanceof YamlNode.Fields) {
            each(
                    SAMPLES,
                    field,
                    entry -> noted(entry.getValue().line(), SAMPLES, () -> {
                        samples.put(
                                GlueTask.named(entry.getKey()).text(),
                                list(SAMPLES, entry.getValue(), SpecReader::rows));
                        return entry;
                    }));
            for (Task task : tasks) {
                if (!samples.containsKey(task.name())) {
                    wrong(field.line(), SAMPLES + ": nothing is said of task '" + task.name() + "'");
                }
            }
            for (String name : samples.keySet()) {
                if (tasks.stream().noneMatch(task -> task.name().equals(name))) {
                    wrong(field.line(), SAMPLES + ": '" + name + "' is not among the tasks");
                }
            }
        } else {
            List<Optional<Integer>> counts = list(SAMPLES, field, SpecReader::rows);
            tasks.forEach(task -> samples.put(task.name(), counts));
        }
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

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException("'" + text + "' cannot be a folder: " + e.getReason(), e);
        }
    }

    private List<Long> seeds(String name, long usual) {
        YamlNode.Field field = fields.get(name);
        return field == null ? List.of(usual) : list(name, field, SpecReader::seed);
    }

    private Map<String, String> methods(YamlNode.Field field) {
        Map<String, String> methods = new LinkedHashMap<>();
        if (field.value() instanceof YamlNode.Fields) {
            each(METHODS, field, entry -> noted(
                            entry.getValue().line(),
                            METHODS,
                            () -> scalar(entry.getValue().value(), entry.getKey()))
                    .ifPresent(text -> methods.put(entry.getKey(), SweepSpec.presetOrText(text))));
        } else {
            list(METHODS, field, Function.identity())
                    .forEach(given -> methods.put(given, SweepSpec.presetOrText(given)));
        }
        return methods;
    }

    private Map<String, List<String>> vary() {
        Map<String, List<String>> vary = new LinkedHashMap<>();
        if (fields.containsKey(VARY)) {
            each(VARY, fields.get(VARY), entry -> {
                String name = entry.getKey();
                if (name.equals(SEEDS) || name.equals("seed") || name.equals(DATA_SEEDS) || name.equals("data-seed")) {
                    wrong(
                            entry.getValue().line(),
                            VARY + ": seeds have fields of their own, '" + SEEDS + "' and '" + DATA_SEEDS + "'");
                } else {
                    vary.put(name, list(VARY + ": " + name, entry.getValue(), Function.identity()));
                }
            });
        }
        return vary;
    }

    private Map<Setting, String> training() {
        Map<Setting, String> training = new EnumMap<>(Setting.class);
        if (fields.containsKey(TRAINING)) {
            each(TRAINING, fields.get(TRAINING), entry -> {
                if (entry.getKey().equals("seed")) {
                    wrong(entry.getValue().line(), TRAINING + ": seeds have a field of their own, '" + SEEDS + "'");
                } else {
                    noted(entry.getValue().line(), TRAINING, () -> Setting.named(entry.getKey()))
                            .ifPresent(setting -> noted(
                                            entry.getValue().line(),
                                            TRAINING + ": " + setting.text(),
                                            () -> checked(
                                                    setting,
                                                    scalar(entry.getValue().value(), setting.text())))
                                    .ifPresent(value -> training.put(setting, value)));
                }
            });
        }
        return training;
    }

    private static String checked(Setting setting, String value) {
        setting.check(value);
        return value;
    }

    private Map<String, List<String>> learningRates(Map<String, String> methods) {
        Map<String, List<String>> rates = new LinkedHashMap<>();
        if (fields.containsKey(LEARNING_RATES)) {
            each(LEARNING_RATES, fields.get(LEARNING_RATES), entry -> {
                int line = entry.getValue().line();
                if (!methods.containsKey(entry.getKey())) {
                    wrong(
                            line,
                            LEARNING_RATES + ": "
                                    + InputException.unknown("method", entry.getKey(), methods.keySet())
                                            .getMessage());
                    return;
                }
                rates.put(
                        entry.getKey(),
                        list(
                                LEARNING_RATES + ": " + entry.getKey(),
                                entry.getValue(),
                                value -> checked(Setting.LEARNING_RATE, value)));
            });
        }
        return rates;
    }

    /** The paper's development rows are so many; more are drawn by no program. */
    private void checkDevRows(SweepSpec spec) {
        boolean drawn = spec.samples().values().stream().flatMap(List::stream).anyMatch(Optional::isPresent);
        if (drawn && spec.devRows().orElse(1) > Split.FEW_SHOT_DEV) {
            wrong(
                    fields.get(DEV_ROWS).line(),
                    DEV_ROWS + ": at most " + Split.FEW_SHOT_DEV
                            + " rows follow the samples in the paper's protocol, got "
                            + spec.devRows().get());
        }
    }

    /** Every method with every value, and every value that is none of a method's. */
    private void checkVariants(SweepSpec spec) {
        TreeSet<String> placeholders = new TreeSet<>(spec.placeholders());
        spec.vary().forEach((name, values) -> {
            if (placeholders.contains(name)) {
                return;
            }
            int line = varyLine(name);
            if (!Setting.names().contains(name)) {
                TreeSet<String> known = new TreeSet<>(placeholders);
                known.addAll(Setting.names());
                wrong(
                        line,
                        VARY + ": '" + name + "' is neither in a method's text, as {" + name
                                + "}, nor a setting of training"
                                + InputException.nearest(name, known)
                                        .map(near -> "; did you mean '" + near + "'?")
                                        .orElse(""));
            } else {
                values.forEach(value -> noted(line, VARY + ": " + name, () -> checked(Setting.named(name), value)));
            }
        });
        spec.methods().keySet().forEach(name -> noted(methodLine(name), METHODS, () -> spec.variants(name)));
        checkMetric(spec);
    }

    private void checkMetric(SweepSpec spec) {
        Map<String, Integer> given = new LinkedHashMap<>();
        Optional.ofNullable(spec.training().get(Setting.METRIC))
                .ifPresent(name -> given.put(name, fields.get(TRAINING).line()));
        spec.vary()
                .getOrDefault(Setting.METRIC.text(), List.of())
                .forEach(name -> given.put(name, varyLine(Setting.METRIC.text())));
        given.forEach((name, line) -> spec.tasks()
                .forEach(task -> noted(line, "metric for task " + task.name(), () -> {
                    Metric metric = Metric.named(name);
                    task.requireFits(metric);
                    return metric;
                })));
    }

    private int varyLine(String name) {
        return ((YamlNode.Fields) fields.get(VARY).value()).fields().get(name).line();
    }

    private int methodLine(String name) {
        YamlNode value = fields.get(METHODS).value();
        if (value instanceof YamlNode.Fields named) {
            return named.fields().get(name).line();
        }
        if (value instanceof YamlNode.Items items) {
            return items.items().stream()
                    .filter(item -> item instanceof YamlNode.Scalar scalar
                            && scalar.text().strip().equals(name))
                    .mapToInt(YamlNode::line)
                    .findFirst()
                    .orElse(value.line());
        }
        return value.line();
    }
}

package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.unipelt.InputException;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.run.Recipe;
import org.unipelt.tensor.Precision;
import org.unipelt.training.Setting;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;

/**
 * What a sweep runs: tasks x samples x methods x varied values x data seeds x seeds.
 *
 * @param lines the line of each field in its file
 * @param model the base model, a name or a folder
 * @param precision of the base model's matrix products
 * @param recipe default settings of all runs
 * @param tasks what to learn
 * @param samples values of K by task name; none for all rows
 * @param methods texts by name, with {@code {placeholders}} for varied values
 * @param dataSeeds seeds that draw the rows
 * @param seeds seeds of initial values, row order and dropout
 * @param vary values by name of a placeholder or a setting
 * @param training settings that differ from the recipe's
 * @param learningRates by method, if they differ from the recipe's; each value of a list is tried
 * @param devRows limit on development rows
 * @param testRows limit on test rows
 */
public record SweepSpec(
        SpecLines lines,
        String model,
        Precision precision,
        Recipe recipe,
        List<DataSource> tasks,
        Map<String, List<Optional<Integer>>> samples,
        Map<String, String> methods,
        List<Long> dataSeeds,
        List<Long> seeds,
        Map<String, List<String>> vary,
        List<Setting.Given<?>> training,
        Map<String, List<Setting.Given<Double>>> learningRates,
        Optional<Integer> devRows,
        Optional<Integer> testRows) {
    /** The default seed, the same as of {@code unipelt train}. */
    public static final long FIRST_SEED = 42;

    /** Scale, model and data to use in place of the spec's. */
    public record Overrides(Optional<String> scale, Optional<String> model, Optional<Path> data) {
        /** Changes nothing. */
        public static Overrides nothing() {
            return new Overrides(Optional.empty(), Optional.empty(), Optional.empty());
        }
    }

    /**
     * Reads a spec.
     *
     * @throws InputException with every mistake, each with its line and field
     */
    public static SweepSpec read(Path file, Overrides overrides) {
        return read(file, overrides, Path.of(""));
    }

    /**
     * Reads a spec whose relative paths start from another folder than the working directory.
     *
     * @param directory that folder
     * @throws InputException with every mistake, each with its line and field
     */
    public static SweepSpec read(Path file, Overrides overrides, Path directory) {
        return new SpecReader(file, overrides, directory).read();
    }

    /**
     * A small study: several methods on one task, several runs each. With samples, every run draws its own rows.
     * Otherwise every run uses all rows, and runs differ in initial values, row order and dropout.
     *
     * @param methods presets, or texts
     * @param runs number of runs per method
     * @param training settings that differ from {@link Recipe#BEST}
     * @throws InputException if a method is unknown, or given twice
     */
    public static SweepSpec comparison(
            String model,
            Precision precision,
            DataSource task,
            Optional<Integer> samples,
            List<String> methods,
            int runs,
            List<Setting.Given<?>> training) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String method : methods) {
            Methods.parse(method);
            if (texts.put(method, presetOrText(method)) != null) {
                throw new InputException("method '" + method + "' is given twice");
            }
        }
        boolean draws = samples.isPresent();
        return new SweepSpec(
                new SpecLines(Optional.empty(), Map.of()),
                model,
                precision,
                Recipe.BEST,
                List.of(task),
                Map.of(task.name(), List.of(samples)),
                texts,
                draws ? seeds(runs, DataSpec.FIRST_SEED, DataSpec.FIRST_SEED) : List.of(DataSpec.FIRST_SEED),
                draws ? List.of(FIRST_SEED) : seeds(runs, FIRST_SEED, 1),
                Map.of(),
                training,
                Map.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static List<Long> seeds(int count, long first, long step) {
        return LongStream.range(0, count).mapToObj(i -> first + i * step).toList();
    }

    /**
     * The cells, task by task.
     *
     * @param model the base model's name in results
     * @param base the fingerprint of its weights
     * @param data gives the fingerprint of the rows of a draw
     * @param settings gives the recipe's settings for a method on a draw
     */
    List<Cell> cells(
            String model,
            String base,
            Function<SweepData.Drawn, String> data,
            BiFunction<Method, SweepData.Drawn, TrainingConfig.Builder> settings) {
        List<Cell> cells = new ArrayList<>();
        for (DataSource task : tasks) {
            for (Optional<Integer> count : Objects.requireNonNull(samples.get(task.name()))) {
                for (Variant variant : variants()) {
                    for (long dataSeed : drawn(task, count)) {
                        for (long seed : seeds) {
                            SweepData.Drawn drawn = new SweepData.Drawn(task.name(), count, dataSeed);
                            TrainingConfig config = training(variant, settings.apply(variant.method(), drawn), seed);
                            cells.add(new Cell(
                                    model,
                                    task.name(),
                                    count,
                                    variant.name(),
                                    variant.method().toString(),
                                    dataSeed,
                                    seed,
                                    variant.vary(),
                                    config,
                                    count.isEmpty() ? devRows : Optional.of(devRows.orElse(SweepData.DEV_ROWS)),
                                    testRows,
                                    data.apply(drawn),
                                    base));
                        }
                    }
                }
            }
        }
        return cells;
    }

    /** The data seeds that give different rows; only the first if nothing is drawn. */
    List<Long> drawn(DataSource task, Optional<Integer> count) {
        return task.draws(count) ? dataSeeds : dataSeeds.subList(0, 1);
    }

    /** Every method with every choice of varied values. */
    List<Variant> variants() {
        return methods.keySet().stream()
                .flatMap(name -> variants(name).stream())
                .toList();
    }

    List<Variant> variants(String name) {
        Map<String, List<String>> choices = new LinkedHashMap<>(vary);
        List<Setting.Given<Double>> rates = learningRates.getOrDefault(name, List.of());
        if (rates.size() > 1) {
            choices.put(
                    Setting.LEARNING_RATE.name(),
                    rates.stream().map(Setting.Given::text).toList());
        }
        return Variant.of(name, Objects.requireNonNull(methods.get(name)), choices, settings(choices.keySet()));
    }

    /** The varied names that are no placeholders: settings of training. */
    private Set<String> settings(Set<String> varied) {
        Set<String> settings = new TreeSet<>(varied);
        settings.removeAll(placeholders());
        return settings;
    }

    /** Every placeholder in a method's text. */
    Set<String> placeholders() {
        Set<String> all = new TreeSet<>();
        methods.values().forEach(text -> all.addAll(Variant.placeholders(text)));
        return all;
    }

    /** The recipe's settings, then the spec's, then the method's learning rate, then what is varied. */
    private TrainingConfig training(Variant variant, TrainingConfig.Builder builder, long seed) {
        builder.seed(seed);
        training.forEach(given -> given.into(builder));
        List<Setting.Given<Double>> rates = learningRates.getOrDefault(variant.name(), List.of());
        if (rates.size() == 1) {
            rates.get(0).into(builder);
        }
        Set<String> settings = settings(variant.vary().keySet());
        variant.vary().forEach((name, value) -> {
            if (settings.contains(name)) {
                Setting.named(name).given(value).into(builder);
            }
        });
        return builder.build();
    }

    /** The text of a preset, or the given text. */
    static String presetOrText(String given) {
        return Methods.preset(given).map(Preset::text).orElse(given);
    }
}

package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param lines where each field stands in its file
 * @param model the base model, a name or a folder
 * @param precision of the base model's products
 * @param recipe the settings that all runs begin from
 * @param tasks what is learned
 * @param samples K by the task's name; an empty one is all rows
 * @param methods texts by name, with {@code {placeholders}} where something is varied
 * @param dataSeeds draw the rows
 * @param seeds of first values, order and dropout
 * @param vary values by name, of a placeholder or a setting of training
 * @param training settings that are not the recipe's
 * @param learningRates by method, where they are not the recipe's; of several each is tried
 * @param devRows the most development rows
 * @param testRows the most test rows
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
    /** The first seed, unless a spec says otherwise; that of {@code unipelt train} too. */
    public static final long FIRST_SEED = 42;

    /** What the model and the data are, if not what the spec says. */
    public record Overrides(Optional<String> scale, Optional<String> model, Optional<Path> data) {
        /** All as the spec says. */
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
        return new SpecReader(file, overrides).read();
    }

    /**
     * A study in small: methods on one task, each so many times. With samples the rows are drawn anew for every run; else all
     * rows train in every run, and runs differ in their first values, the order of the rows, and dropout.
     *
     * @param methods presets, or texts
     * @param runs of each method
     * @param training settings that are not those of {@link Recipe#BEST}
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
     * @param model the base model's name as results tell it
     * @param base the fingerprint of its weights
     * @param data fingerprints of the rows drawn
     * @param settings the recipe's, for a method on the rows drawn
     */
    List<Cell> cells(
            String model,
            String base,
            Function<SweepData.Drawn, String> data,
            BiFunction<Method, SweepData.Drawn, TrainingConfig.Builder> settings) {
        List<Cell> cells = new ArrayList<>();
        for (DataSource task : tasks) {
            for (Optional<Integer> count : samples.get(task.name())) {
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

    /** The data seeds that make a difference: where nothing is drawn, the first stands for all. */
    List<Long> drawn(DataSource task, Optional<Integer> count) {
        return task.draws(count) ? dataSeeds : dataSeeds.subList(0, 1);
    }

    /** Every method with every choice of what is varied. */
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
        return Variant.of(name, methods.get(name), choices, settings(choices.keySet()));
    }

    /** Those that stand in no method's text: settings of training. */
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

    /** The text of a method that needs no name of its own. */
    static String presetOrText(String given) {
        return Methods.preset(given).map(Preset::text).orElse(given);
    }
}

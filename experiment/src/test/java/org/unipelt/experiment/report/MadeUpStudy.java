package org.unipelt.experiment.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.unipelt.data.GlueTask;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Grid;
import org.unipelt.experiment.Outcome;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Timing;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Rng;
import org.unipelt.training.TrainingConfig;

/**
 * Results made up by a formula for these tests: nothing here was ever trained. The model's name, {@value #MODEL}, says so in
 * whatever is written of them.
 */
final class MadeUpStudy {
    static final String MODEL = "made-up-model";
    static final List<Long> DATA_SEEDS = List.of(111L, 222L, 333L);
    static final List<String> METHODS =
            List.of("full", "bitfit", "adapter", "prefix", "lora", "unipelt-ap", "unipelt-apl");
    static final List<Integer> SIZES = List.of(100, 500, 1000);

    private static final int ROWS = 120;
    private static final int LAYERS = 6;

    final List<Result> results = new ArrayList<>();
    final Map<Cell, Timing> timings = new HashMap<>();
    private final List<Cell> planned = new ArrayList<>();

    /** Every task, size, method and seed, and adapters of several widths and scales of LoRA. */
    static MadeUpStudy whole() {
        MadeUpStudy made = new MadeUpStudy();
        for (GlueTask task : GlueTask.values()) {
            for (int samples : SIZES) {
                for (String method : METHODS) {
                    DATA_SEEDS.forEach(seed -> made.add(task, samples, method, seed, Map.of()));
                }
            }
        }
        for (String width : List.of("48", "64", "128", "256")) {
            DATA_SEEDS.forEach(seed -> made.add(GlueTask.COLA, 100, "adapter", seed, Map.of("bottleneck", width)));
        }
        for (String alpha : List.of("4", "8", "16", "32")) {
            for (GlueTask task : List.of(GlueTask.RTE, GlueTask.SST2)) {
                DATA_SEEDS.forEach(seed -> made.add(task, 500, "lora", seed, Map.of("alpha", alpha)));
            }
        }
        return made;
    }

    /** A few tasks and methods of one size. */
    static MadeUpStudy small(List<GlueTask> tasks, List<String> methods) {
        MadeUpStudy made = new MadeUpStudy();
        for (GlueTask task : tasks) {
            for (String method : methods) {
                DATA_SEEDS.forEach(seed -> made.add(task, 100, method, seed, Map.of()));
            }
        }
        return made;
    }

    /** A table of one's own. */
    static MadeUpStudy ofTable(String name, List<String> methods) {
        MadeUpStudy made = new MadeUpStudy();
        for (String method : methods) {
            DATA_SEEDS.forEach(seed -> made.add(GlueTask.COLA, name, 100, method, seed, Map.of()));
        }
        return made;
    }

    /** The results without those that are said to be missing. */
    MadeUpStudy without(java.util.function.Predicate<Cell> missing) {
        results.removeIf(result -> missing.test(result.run()));
        return this;
    }

    /** Lets runs fail. */
    MadeUpStudy failing(java.util.function.Predicate<Cell> fails) {
        results.replaceAll(result -> fails.test(result.run()) ? failed(result) : result);
        return this;
    }

    Study study() {
        return new Study(grid(), results, timings);
    }

    private Grid grid() {
        return new Grid(Optional.empty(), Optional.empty(), planned);
    }

    /** Writes what a sweep would have left. */
    Path write(Path folder) {
        Store store = new Store(folder);
        store.begin(Optional.empty(), grid());
        results.forEach(result -> store.finish(new Outcome(result, timings.get(result.run())), false));
        return folder;
    }

    private void add(GlueTask task, int samples, String method, long dataSeed, Map<String, String> vary) {
        add(task, task.text(), samples, method, dataSeed, vary);
    }

    @SuppressWarnings("EnumOrdinal") // Another number for each task.
    private void add(GlueTask task, String name, int samples, String method, long dataSeed, Map<String, String> vary) {
        Metric metric = task.mainMetric();
        String text = Methods.parse(method).toString();
        TrainingConfig training =
                TrainingConfig.builder(Methods.parse(method), metric).seed(42).build();
        Cell cell = new Cell(
                MODEL,
                name,
                Optional.of(samples),
                method,
                text,
                dataSeed,
                42,
                vary,
                training,
                Optional.of(1000),
                Optional.empty(),
                "made-up",
                "made-up");
        Rng random = Rng.of(dataSeed, task + " " + samples + " " + method + vary);
        double skill = 0.35
                + 0.12 * Math.log10(samples)
                + 0.03 * METHODS.indexOf(method)
                - (method.equals("prefix") ? 0.1 : 0)
                + (vary.isEmpty() ? 0 : 0.02 * vary.values().iterator().next().length())
                + 0.03 * random.nextGaussian();
        Result.Answers answers = answers(task, Math.min(0.97, skill), random);
        double test = score(metric, answers);
        int epochs = 12 + random.nextInt(14);
        List<Result.Epoch> curve = IntStream.rangeClosed(1, epochs)
                .mapToObj(epoch -> new Result.Epoch(
                        epoch, 0.7 / epoch, test * (1 - Math.exp(-epoch / 5.0)) + 0.01 * random.nextGaussian()))
                .toList();
        List<Result.Gate> gates = new ArrayList<>();
        if (method.startsWith("unipelt")) {
            for (int layer = 0; layer < LAYERS; layer++) {
                gates.add(gate("adapter", layer, "ffn", 0.62 + 0.03 * layer, random));
                gates.add(gate("prefix", layer, "keys-and-values", 0.45 - 0.04 * layer, random));
                if (method.equals("unipelt-apl")) {
                    gates.add(gate("lora", layer, "query", 0.5 + 0.02 * task.ordinal(), random));
                    gates.add(gate("lora", layer, "value", 0.7 - 0.05 * task.ordinal(), random));
                }
            }
        }
        long parameters = 100_000L * (1 + METHODS.indexOf(method));
        results.add(new Result(
                cell,
                metric.text(),
                Map.of("dev", Map.of(metric.text(), test + 0.01), "test", Map.of(metric.text(), test)),
                Optional.empty(),
                epochs,
                epochs - 3,
                "patience",
                parameters + 1000,
                parameters,
                20_000_000,
                curve,
                gates,
                answers));
        planned.add(cell);
        double step = method.equals("full") ? 40 : 20 + METHODS.indexOf(method);
        timings.put(cell, new Timing(step * epochs / 10, epochs * 7L, step, 1 + 0.1 * parameters / 1e6, ROWS, 2));
    }

    private static Result.Gate gate(String submodule, int layer, String place, double mean, Rng random) {
        return new Result.Gate(
                submodule,
                "encoder",
                layer,
                place,
                Math.max(0.02, Math.min(0.98, mean + 0.02 * random.nextGaussian())),
                0.01 + 0.06 * random.nextDouble());
    }

    private static Result.Answers answers(GlueTask task, double skill, Rng random) {
        List<Number> gold = new ArrayList<>();
        List<Number> predicted = new ArrayList<>();
        Rng truth = Rng.of(7, task.text());
        for (int i = 0; i < ROWS; i++) {
            if (task == GlueTask.STSB) {
                double score = Math.round(truth.nextDouble() * 10) / 2.0;
                gold.add(score);
                predicted.add(skill * score + (1 - skill) * 5 * random.nextDouble());
            } else {
                int classes = task.labels().outputs();
                int right = truth.nextInt(classes);
                gold.add(right);
                predicted.add(random.nextDouble() < skill ? right : random.nextInt(classes));
            }
        }
        return new Result.Answers(gold, predicted);
    }

    static double score(Metric metric, Result.Answers answers) {
        double[] gold = answers.gold().stream().mapToDouble(Number::doubleValue).toArray();
        double[] predicted =
                answers.predicted().stream().mapToDouble(Number::doubleValue).toArray();
        return metric == Metric.SPEARMAN
                ? metric.of(predicted, gold)
                : metric.of(
                        java.util.Arrays.stream(predicted)
                                .mapToInt(v -> (int) v)
                                .toArray(),
                        java.util.Arrays.stream(gold).mapToInt(v -> (int) v).toArray());
    }

    private static Result failed(Result result) {
        return new Result(
                result.run(),
                result.metric(),
                Map.of(),
                Optional.of("the loss is not a number after step 3"),
                0,
                0,
                "divergence",
                result.trainedParameters(),
                result.paperParameters(),
                result.backboneParameters(),
                List.of(),
                List.of(),
                Result.Answers.none());
    }
}

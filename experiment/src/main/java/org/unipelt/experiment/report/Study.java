package org.unipelt.experiment.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Grid;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.StoredStudy;
import org.unipelt.experiment.Timing;
import org.unipelt.method.Methods;

/** The results of a sweep, by condition, method and seeds. */
final class Study {
    /** The two seeds of a run. */
    record Seeds(long dataSeed, long seed) implements Comparable<Seeds> {
        static Seeds of(Cell run) {
            return new Seeds(run.dataSeed(), run.seed());
        }

        @Override
        public int compareTo(Seeds other) {
            return Comparator.comparingLong(Seeds::dataSeed)
                    .thenComparingLong(Seeds::seed)
                    .compare(this, other);
        }
    }

    /** A method with its varied values; none for the method without varied values. */
    record VariedMethod(String method, Map<String, String> vary) {}

    private record Key(Condition condition, VariedMethod variant) {}

    private static final String TEST = "test";

    private final Grid grid;
    private final List<Result> results;
    private final Map<Key, TreeMap<Seeds, Result>> done = new HashMap<>();
    private final Map<Cell, Timing> timings;

    /**
     * A study of these results.
     *
     * @param grid all planned runs; results of other cells are left out
     * @param timings by cell, if known
     */
    Study(Grid grid, Collection<Result> results, Map<Cell, Timing> timings) {
        Set<Cell> planned = Set.copyOf(grid.cells());
        this.grid = grid;
        this.results = results.stream()
                .filter(result -> planned.contains(result.run()))
                .sorted(order())
                .toList();
        this.timings = Map.copyOf(timings);
        for (Result result : this.results) {
            if (failure(result).isEmpty()) {
                Key key = new Key(
                        Condition.of(result.run()),
                        new VariedMethod(result.run().method(), result.run().vary()));
                done.computeIfAbsent(key, k -> new TreeMap<>()).put(Seeds.of(result.run()), result);
            }
        }
    }

    private static Comparator<Result> order() {
        return Comparator.comparing((Result result) -> Condition.of(result.run()))
                .thenComparing(result -> result.run().method(), PaperNames.methodOrder())
                .thenComparing(result -> result.run().vary().toString())
                .thenComparing(result -> Seeds.of(result.run()))
                .thenComparing(result -> result.run().hash());
    }

    /**
     * Reads the results of a sweep, also while it runs.
     *
     * @param path its folder, or a zip of it
     * @throws InputException if there is no sweep, no run has ended, or a result is damaged
     */
    static Study read(Path path) {
        Study study = new StoredStudy(path).read(Study::of);
        if (study.results.isEmpty()) {
            throw new InputException(path + ": no run has ended yet; let unipelt sweep finish some");
        }
        return study;
    }

    private static Study of(Store store) {
        Grid grid = store.grid();
        List<Result> results = new ArrayList<>();
        Map<Cell, Timing> timings = new HashMap<>();
        for (Cell cell : grid.cells()) {
            String hash = cell.hash();
            if (store.isDone(hash)) {
                results.add(store.result(hash));
                store.timing(hash).ifPresent(timing -> timings.put(cell, timing));
            }
        }
        return new Study(grid, results, timings);
    }

    /** The scale of the spec; none for its full size. */
    Optional<String> scale() {
        return grid.scale();
    }

    int planned() {
        return grid.cells().size();
    }

    /** All results, failed ones included. */
    List<Result> results() {
        return results;
    }

    List<Result> failed() {
        return results.stream().filter(result -> failure(result).isPresent()).toList();
    }

    /** Why a run has no test score: it failed, or the score is undefined. Such a run counts nowhere. */
    static Optional<String> failure(Result run) {
        return run.failed()
                .or(() -> Double.isNaN(score(run))
                        ? Optional.of("its " + run.metric()
                                + " is undefined, as its predictions or the right answers are all the same")
                        : Optional.empty());
    }

    List<String> models() {
        return distinct(results.stream().map(result -> result.run().model()));
    }

    /** Every model with every number of training rows, smallest first. */
    List<Slice> slices() {
        return results.stream()
                .map(result -> Condition.of(result.run()).slice())
                .distinct()
                .toList();
    }

    List<Slice> slices(String model) {
        return slices().stream().filter(slice -> slice.model().equals(model)).toList();
    }

    /** The numbers of training rows of all models, smallest first. */
    List<Optional<Integer>> sizes() {
        return slices().stream()
                .map(Slice::samples)
                .distinct()
                .sorted(Comparator.comparing(Condition::size))
                .toList();
    }

    /** The title of a slice; names the model if there are several. */
    String title(Slice slice) {
        return (models().size() > 1 ? slice.model() + ", " : "") + Condition.title(slice.samples());
    }

    /** The tasks in the paper's order. */
    List<String> tasks() {
        return results.stream()
                .map(result -> result.run().task())
                .distinct()
                .sorted(Comparator.comparing(PaperNames::taskPlace).thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** The tasks of a slice, in the paper's order. */
    List<String> tasks(Slice slice) {
        return tasks().stream()
                .filter(task -> results.stream()
                        .anyMatch(result -> Condition.of(result.run()).equals(slice.condition(task))))
                .toList();
    }

    /** The methods of a slice without varied values, in the paper's order. */
    List<String> methods(Slice slice) {
        return results.stream()
                .map(Result::run)
                .filter(run ->
                        Condition.of(run).slice().equals(slice) && run.vary().isEmpty())
                .map(Cell::method)
                .distinct()
                .sorted(PaperNames.methodOrder())
                .toList();
    }

    /** The methods of all slices without varied values, in the paper's order. */
    List<String> methods() {
        return results.stream()
                .map(result -> result.run().method())
                .distinct()
                .sorted(PaperNames.methodOrder())
                .toList();
    }

    /** The methods with varied values, in the paper's order of methods. */
    List<VariedMethod> variants() {
        return results.stream()
                .map(Result::run)
                .filter(run -> !run.vary().isEmpty())
                .map(run -> new VariedMethod(run.method(), run.vary()))
                .distinct()
                .toList();
    }

    /** The results of a method under a condition, by seeds; without failed runs and varied values. */
    NavigableMap<Seeds, Result> runs(Condition condition, String method) {
        return runs(condition, new VariedMethod(method, Map.of()));
    }

    /** The results of a method with varied values. */
    NavigableMap<Seeds, Result> runs(Condition condition, VariedMethod variant) {
        return done.getOrDefault(new Key(condition, variant), new TreeMap<>());
    }

    Optional<Timing> timing(Result result) {
        return Optional.ofNullable(timings.get(result.run()));
    }

    /** The scores of a method under a condition, over seeds. */
    Sample scores(Condition condition, String method, String part) {
        return scores(runs(condition, method).values(), part);
    }

    /** Scores of runs on a part of the data. */
    static Sample scores(Collection<Result> runs, String part) {
        return Sample.of(runs.stream()
                .filter(run -> run.scores().containsKey(part))
                .map(run -> score(run, part))
                .filter(score -> !score.isNaN())
                .toList());
    }

    static double score(Result run) {
        return score(run, TEST);
    }

    /** The metric that steered training, on a part of the data, times 100; NaN if undefined. */
    static double score(Result run, String part) {
        return 100 * run.scores().getOrDefault(part, Map.of()).getOrDefault(run.metric(), Double.NaN);
    }

    /** The cells without a result, in the grid's order. */
    List<Cell> missing() {
        Set<Cell> ended = results.stream().map(Result::run).collect(Collectors.toSet());
        return grid.cells().stream().filter(cell -> !ended.contains(cell)).toList();
    }

    boolean isCombination(String method) {
        return !Methods.parse(text(method)).submodules().isEmpty();
    }

    /** The text of a method; if it ran only with varied values, of the first of these. */
    String text(String method) {
        return results.stream()
                .filter(result -> result.run().method().equals(method))
                .min(Comparator.comparing(result -> result.run().vary().size()))
                .map(result -> result.run().text())
                .orElse(method);
    }

    private static List<String> distinct(Stream<String> words) {
        return List.copyOf(words.collect(Collectors.toCollection(LinkedHashSet::new)));
    }
}

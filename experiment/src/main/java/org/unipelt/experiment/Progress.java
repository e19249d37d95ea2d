package org.unipelt.experiment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.data.Split;
import org.unipelt.training.TrainingConfig;

/**
 * The progress of a sweep.
 *
 * @param cells all cells
 * @param done cells with a result, failed ones included
 * @param failed cells whose run failed
 * @param running cells that run now
 * @param stopped cells that were started, but are neither done nor running
 * @param left cells that are not done, running and stopped ones included
 * @param secondsLeft estimated from the runs done so far; none before the first, or if nothing is left
 * @param table counts by task and method, in the grid's order
 * @param conditions counts by task and number of training rows, in the grid's order
 * @param failures why runs failed, by cell
 */
public record Progress(
        int cells,
        int done,
        int failed,
        int running,
        int stopped,
        int left,
        Optional<Double> secondsLeft,
        List<Row> table,
        List<Condition> conditions,
        List<Failure> failures) {
    /**
     * The runs of a method on a task.
     *
     * @param score the mean test score of the runs that are done; empty if there are none, or a score is undefined
     */
    public record Row(
            String task, String method, int cells, int done, int failed, int running, Optional<Double> score) {}

    /**
     * The runs of all methods on a task with a number of training rows.
     *
     * @param samples number of training rows; empty for all
     * @param best the method with the highest mean test score so far; empty if there is no score yet
     * @param score its mean test score
     */
    public record Condition(
            String task,
            Optional<Integer> samples,
            int cells,
            int done,
            int failed,
            int running,
            Optional<String> best,
            Optional<Double> score) {}

    /** A run that failed. */
    public record Failure(String hash, String cell, String why) {}

    private record Key(String task, String method) {}

    private record Place(String task, Optional<Integer> samples) {}

    /** What is known of the runs of a row or a condition. */
    private static final class Counts {
        private int cells;
        private int done;
        private int failed;
        private int running;
        private final Map<String, List<Double>> scores = new LinkedHashMap<>();

        void score(String method, double test) {
            scores.computeIfAbsent(method, key -> new ArrayList<>()).add(test);
        }

        Optional<Double> mean(String method) {
            double mean = scores.getOrDefault(method, List.of()).stream()
                    .mapToDouble(score -> score)
                    .average()
                    .orElse(Double.NaN);
            return Double.isNaN(mean) ? Optional.empty() : Optional.of(mean);
        }

        /** The method with the highest mean, the first of equal ones. */
        Optional<String> best() {
            return scores.keySet().stream()
                    .filter(method -> mean(method).isPresent())
                    .reduce((one, other) -> mean(other).get() > mean(one).get() ? other : one);
        }
    }

    /**
     * Reads the progress from the folder of a sweep.
     *
     * @throws org.unipelt.InputException if there is no sweep in it
     */
    public static Progress of(Store store) {
        Grid grid = store.grid();
        boolean live = store.isLocked();
        Map<Key, Counts> table = new LinkedHashMap<>();
        Map<Place, Counts> conditions = new LinkedHashMap<>();
        List<Failure> failures = new ArrayList<>();
        double workDone = 0;
        double seconds = 0;
        double workLeft = 0;
        int begun = 0;
        int done = 0;
        for (Cell cell : grid.cells()) {
            String hash = cell.hash();
            List<Counts> counts = List.of(
                    table.computeIfAbsent(new Key(cell.task(), cell.method()), key -> new Counts()),
                    conditions.computeIfAbsent(new Place(cell.task(), cell.samples()), key -> new Counts()));
            counts.forEach(each -> each.cells++);
            if (!store.isDone(hash)) {
                workLeft += work(cell);
                if (store.isBegun(hash)) {
                    begun++;
                    counts.forEach(each -> each.running += live ? 1 : 0);
                }
                continue;
            }
            done++;
            ResultFile.Summary result = store.summary(hash);
            Optional<String> failed = result.failed();
            failed.ifPresent(why -> failures.add(new Failure(hash, cell.describe(), why)));
            for (Counts each : counts) {
                each.done++;
                each.failed += failed.isPresent() ? 1 : 0;
                if (failed.isEmpty()) {
                    each.score(cell.method(), result.test());
                }
            }
            Optional<Timing> timing = store.timing(hash);
            if (timing.isPresent()) {
                workDone += work(cell);
                seconds += (timing.get().trainSeconds() + timing.get().predictSeconds())
                        / timing.get().workers();
            }
        }
        return new Progress(
                grid.cells().size(),
                done,
                failures.size(),
                live ? begun : 0,
                live ? 0 : begun,
                grid.cells().size() - done,
                workLeft == 0 || workDone == 0 ? Optional.empty() : Optional.of(seconds * workLeft / workDone),
                table.entrySet().stream()
                        .map(row -> new Row(
                                row.getKey().task(),
                                row.getKey().method(),
                                row.getValue().cells,
                                row.getValue().done,
                                row.getValue().failed,
                                row.getValue().running,
                                row.getValue().mean(row.getKey().method())))
                        .toList(),
                conditions.entrySet().stream()
                        .map(row -> new Condition(
                                row.getKey().task(),
                                row.getKey().samples(),
                                row.getValue().cells,
                                row.getValue().done,
                                row.getValue().failed,
                                row.getValue().running,
                                row.getValue().best(),
                                row.getValue().best().flatMap(row.getValue()::mean)))
                        .toList(),
                failures);
    }

    /**
     * The work of a cell, in rows of a forward pass: a training row counts three times, and a probe reads all rows
     * once.
     */
    public static double work(Cell cell) {
        // The length of a whole file is unknown here; ten thousand rows lie between CoLA and QNLI.
        int rows = cell.samples().orElse(10_000);
        int dev = cell.devRows().orElse(Split.FEW_SHOT_DEV);
        boolean probed = cell.training().headStart() != TrainingConfig.HeadStart.RANDOM;
        return (probed ? rows : 0)
                + cell.training().epochs() * (3.0 * rows + dev)
                + cell.testRows().orElse(Split.FEW_SHOT_DEV);
    }

    /** The time left. */
    public Optional<Duration> timeLeft() {
        return secondsLeft.map(seconds -> Duration.ofMillis(Math.round(seconds * 1000)));
    }
}

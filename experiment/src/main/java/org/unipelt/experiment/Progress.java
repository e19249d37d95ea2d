package org.unipelt.experiment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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
        List<Failure> failures) {
    /**
     * The runs of a method on a task.
     *
     * @param score the mean test score of the runs that are done; empty if there are none, or a score is undefined
     */
    public record Row(
            String task, String method, int cells, int done, int failed, int running, Optional<Double> score) {}

    /** A run that failed. */
    public record Failure(String hash, String cell, String why) {}

    private record Key(String task, String method) {}

    /**
     * Reads the progress from the folder of a sweep.
     *
     * @throws org.unipelt.InputException if there is no sweep in it
     */
    public static Progress of(Store store) {
        Grid grid = store.grid();
        boolean live = store.isLocked();
        Map<Key, int[]> table = new LinkedHashMap<>();
        Map<Key, List<Double>> scores = new HashMap<>();
        List<Failure> failures = new ArrayList<>();
        double workDone = 0;
        double seconds = 0;
        double workLeft = 0;
        int begun = 0;
        for (Cell cell : grid.cells()) {
            String hash = cell.hash();
            Key row = new Key(cell.task(), cell.method());
            int[] counts = table.computeIfAbsent(row, key -> new int[4]);
            counts[0]++;
            if (!store.isDone(hash)) {
                workLeft += work(cell);
                if (store.isBegun(hash)) {
                    begun++;
                    counts[3] += live ? 1 : 0;
                }
                continue;
            }
            counts[1]++;
            ResultFile.Summary result = store.summary(hash);
            Optional<String> failed = result.failed();
            if (failed.isEmpty()) {
                scores.computeIfAbsent(row, key -> new ArrayList<>()).add(result.test());
            }
            failed.ifPresent(why -> failures.add(new Failure(hash, cell.describe(), why)));
            counts[2] += failed.isPresent() ? 1 : 0;
            Optional<Timing> timing = store.timing(hash);
            if (timing.isPresent()) {
                workDone += work(cell);
                seconds += (timing.get().trainSeconds() + timing.get().predictSeconds())
                        / timing.get().workers();
            }
        }
        int done = sum(table.values(), 1);
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
                                row.getValue()[0],
                                row.getValue()[1],
                                row.getValue()[2],
                                row.getValue()[3],
                                mean(scores.getOrDefault(row.getKey(), List.of()))))
                        .toList(),
                failures);
    }

    private static Optional<Double> mean(List<Double> scores) {
        double mean = scores.stream().mapToDouble(score -> score).average().orElse(Double.NaN);
        return Double.isNaN(mean) ? Optional.empty() : Optional.of(mean);
    }

    private static int sum(Collection<int[]> rows, int column) {
        return rows.stream().mapToInt(row -> row[column]).sum();
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

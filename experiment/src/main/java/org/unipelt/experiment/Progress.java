package org.unipelt.experiment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.data.Split;
import org.unipelt.training.TrainingConfig;

/**
 * How far a sweep has come.
 *
 * @param cells in all
 * @param done with a result, failed ones included
 * @param failed with a result that tells why there is none
 * @param running now
 * @param stopped begun, not done, and not running
 * @param left not done, running and stopped ones included
 * @param secondsLeft by what the runs done so far took; none before the first, or if nothing is left
 * @param table the same by task and method, in the grid's order
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
    /** The runs of a method on a task. */
    public record Row(String task, String method, int cells, int done, int failed, int running) {}

    /** A run that failed. */
    public record Failure(String hash, String cell, String why) {}

    private record Key(String task, String method) {}

    /**
     * Looks into the folder of a sweep.
     *
     * @throws org.unipelt.InputException if there is no sweep in it
     */
    public static Progress of(Store store) {
        Grid grid = store.grid();
        boolean live = store.isLocked();
        Map<Key, int[]> table = new LinkedHashMap<>();
        List<Failure> failures = new ArrayList<>();
        double workDone = 0;
        double seconds = 0;
        double workLeft = 0;
        int begun = 0;
        for (Cell cell : grid.cells()) {
            String hash = cell.hash();
            int[] counts = table.computeIfAbsent(new Key(cell.task(), cell.method()), key -> new int[4]);
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
            Optional<String> failed = store.failed(hash);
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
                                row.getValue()[3]))
                        .toList(),
                failures);
    }

    private static int sum(Collection<int[]> rows, int column) {
        return rows.stream().mapToInt(row -> row[column]).sum();
    }

    /**
     * How much there is to do for a cell, in rows read forward: a step of training reads its rows about three times as
     * long, and a probe reads all of them once before.
     */
    public static double work(Cell cell) {
        // Of a whole file's length nothing is known here; ten thousand rows are between CoLA and QNLI.
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

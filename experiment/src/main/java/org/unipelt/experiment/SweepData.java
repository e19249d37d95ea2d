package org.unipelt.experiment;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Split;
import org.unipelt.format.JsonFiles;
import org.unipelt.tuned.DataSpec;

/** The rows of every cell, read once. */
public final class SweepData {
    static final int DEV_ROWS = Split.FEW_SHOT_DEV;

    /** What a draw of rows depends on. */
    record Drawn(String task, Optional<Integer> samples, long dataSeed) {}

    private final Map<String, DataSource> tasks;
    private final Map<Drawn, Split> splits;
    private final Map<Drawn, String> fingerprints = new HashMap<>();

    private SweepData(Map<String, DataSource> tasks, Map<Drawn, Split> splits) {
        this.tasks = tasks;
        this.splits = splits;
        splits.forEach((drawn, split) -> fingerprints.put(drawn, fingerprint(split)));
    }

    private static String fingerprint(Split split) {
        return JsonFiles.digest(Stream.concat(Stream.of(split.train(), split.dev()), split.test().stream())
                        .map(Dataset::fingerprint)
                        .toList())
                .substring(0, 16);
    }

    /**
     * Reads the rows of a spec.
     *
     * @throws InputException if a file is missing, has bad rows, or has too few rows; with the spec's line
     */
    public static SweepData load(SweepSpec spec) {
        Map<Drawn, Split> splits = new HashMap<>();
        DataSource.RowLimits most = new DataSource.RowLimits(spec.devRows(), spec.testRows());
        for (DataSource task : spec.tasks()) {
            DataSource.Rows rows;
            try {
                rows = task.read();
            } catch (InputException e) {
                throw spec.lines().in("data", e);
            }
            for (Optional<Integer> samples :
                    Objects.requireNonNull(spec.samples().get(task.name()))) {
                for (long dataSeed : spec.drawn(task, samples)) {
                    try {
                        splits.put(new Drawn(task.name(), samples, dataSeed), rows.split(samples, dataSeed, most));
                    } catch (InputException e) {
                        throw spec.lines().in(samples.isPresent() ? "samples" : "data", e);
                    }
                }
            }
        }
        return new SweepData(spec.tasks().stream().collect(Collectors.toMap(DataSource::name, task -> task)), splits);
    }

    /** The first 16 digits of SHA-256 over the fingerprints of a draw's parts. */
    String fingerprint(Drawn drawn) {
        return Objects.requireNonNull(fingerprints.get(drawn));
    }

    /** The rows of a draw, test rows included. */
    DataSpec.Loaded of(Drawn drawn) {
        DataSource task = Objects.requireNonNull(tasks.get(drawn.task()));
        return new DataSpec.Loaded(Objects.requireNonNull(splits.get(drawn)), task.labels(), task.metrics());
    }

    /** The rows of a cell, test rows included. */
    DataSpec.Loaded of(Cell cell) {
        return of(new Drawn(cell.task(), cell.samples(), cell.dataSeed()));
    }

    /** The rows without test rows: {@link CellTraining} evaluates those itself. */
    static DataSpec.Loaded toTrain(DataSpec.Loaded data) {
        return new DataSpec.Loaded(data.split().withTest(Optional.empty()), data.labels(), data.metrics());
    }

    /** Where the rows of a cell come from, for the card of the tuned model. */
    DataSpec source(Cell cell) {
        return Objects.requireNonNull(tasks.get(cell.task())).source(cell.samples(), cell.dataSeed());
    }
}

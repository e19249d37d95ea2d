package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Split;
import org.unipelt.task.GlueTask;
import org.unipelt.tuned.DataSpec;

/**
 * The rows of every cell, read once. With K samples they are those of the paper's protocol ({@link Split#fewShot}); with
 * all of them, as in the paper's Table 3, the official development file both chooses the epoch and judges it. Fewer
 * development or test rows are the first ones of those.
 */
public final class SweepData {
    /** The paper's development rows. */
    static final int DEV_ROWS = Split.FEW_SHOT_DEV;

    private record Drawn(String task, Optional<Integer> samples, long dataSeed) {}

    private final Path folder;
    private final Map<Drawn, Split> splits;

    private SweepData(Path folder, Map<Drawn, Split> splits) {
        this.folder = folder;
        this.splits = splits;
    }

    /**
     * Reads what a spec wants.
     *
     * @throws InputException if a file is missing or has bad rows, or has too few for the samples; with the spec's line
     */
    public static SweepData load(SweepSpec spec) {
        Map<Drawn, Split> splits = new HashMap<>();
        Map<GlueTask, Dataset> official = new EnumMap<>(GlueTask.class);
        for (GlueTask task : spec.tasks()) {
            Dataset train;
            try {
                train = task.train(spec.data());
                official.put(task, task.dev(spec.data()));
            } catch (InputException e) {
                throw spec.lines().in("data", e);
            }
            Dataset judging = first(official.get(task), spec.testRows());
            for (Optional<Integer> samples : spec.samples().get(task)) {
                for (long dataSeed : spec.drawn(samples)) {
                    try {
                        splits.put(
                                new Drawn(task.text(), samples, dataSeed),
                                samples.map(count -> fewShot(train, judging, count, dataSeed, spec.devRows()))
                                        .orElseGet(() -> whole(train, official.get(task), judging, spec.devRows())));
                    } catch (InputException e) {
                        throw spec.lines().in("samples", e);
                    }
                }
            }
        }
        return new SweepData(spec.data(), splits);
    }

    private static Split fewShot(Dataset train, Dataset judging, int count, long dataSeed, Optional<Integer> devRows) {
        Split paper = Split.fewShot(train, Optional.of(judging), count, dataSeed);
        Dataset dev = first(paper.dev(), devRows);
        String fewer = dev.size() < paper.dev().size() ? "; of the development rows the first " + dev.size() : "";
        return new Split(paper.train(), dev, paper.test(), paper.said() + fewer);
    }

    private static Split whole(Dataset train, Dataset official, Dataset judging, Optional<Integer> devRows) {
        Dataset dev = first(official, devRows);
        return new Split(
                train,
                dev,
                Optional.of(judging),
                "all " + train.size() + " rows to train; of the official development file the first " + dev.size()
                        + " rows choose the epoch and the first " + judging.size() + " judge it");
    }

    private static Dataset first(Dataset rows, Optional<Integer> most) {
        return most.filter(count -> count < rows.size())
                .map(count -> rows.subset(IntStream.range(0, count).toArray()))
                .orElse(rows);
    }

    /** The rows of a cell; test rows are there, but for {@link #toTrain}. */
    DataSpec.Loaded of(Cell cell) {
        GlueTask task = GlueTask.named(cell.task());
        return new DataSpec.Loaded(
                splits.get(new Drawn(cell.task(), cell.samples(), cell.dataSeed())), task.labels(), task.metrics());
    }

    /** The same without test rows, which {@link CellTraining} looks at once and not twice. */
    static DataSpec.Loaded toTrain(DataSpec.Loaded data) {
        Split split = data.split();
        return new DataSpec.Loaded(
                new Split(split.train(), split.dev(), Optional.empty(), split.said()), data.labels(), data.metrics());
    }

    /** Where the rows of a cell come from, as the tuned model's card tells it. */
    DataSpec source(Cell cell) {
        return new DataSpec(
                Optional.of(cell.task()),
                folder,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                LabelKind.AUTO,
                cell.samples(),
                cell.dataSeed());
    }
}

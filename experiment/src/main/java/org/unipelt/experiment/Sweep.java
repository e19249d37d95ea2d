package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.unipelt.InputException;
import org.unipelt.files.FolderLock;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.task.ParameterCounts;
import org.unipelt.tensor.Precision;
import org.unipelt.training.LearningRate;

/**
 * A spec on a base model, checked as far as possible without running anything.
 *
 * @param spec what to run
 * @param scale the scale of the spec; none for its full size
 * @param base the base model; the caller closes it
 * @param data the rows of all cells
 * @param cells the runs, in this order
 */
public record Sweep(SweepSpec spec, Optional<String> scale, BaseModel base, SweepData data, List<Cell> cells) {
    /**
     * Reads the data and checks everything.
     *
     * @throws InputException if the spec does not fit the data or the model, with the line
     */
    public static Sweep of(SweepSpec spec, Optional<String> scale, BaseModel base) {
        Path name = Path.of(base.name()).getFileName();
        SweepData data = SweepData.load(spec);
        List<Cell> cells = spec.cells(
                name == null ? base.name() : name.toString(),
                identity(base),
                data::fingerprint,
                (method, drawn) -> spec.recipe().settings(method, base, data.of(drawn)));
        int positions = base.backbone().positions();
        for (Cell cell : cells) {
            if (cell.training().maxLength() > positions) {
                throw spec.lines()
                        .in(
                                "training",
                                new InputException(
                                        "max length " + cell.training().maxLength() + " is more than the " + positions
                                                + " positions of " + base.name()));
            }
        }
        for (String text : cells.stream().map(Cell::text).distinct().toList()) {
            try {
                ParameterCounts.of(base.backbone(), Methods.parse(text), base.head(), 2);
            } catch (InputException e) {
                throw spec.lines().in("methods", e);
            }
        }
        return new Sweep(spec, scale, base, data, cells);
    }

    /** The fingerprint of the weights; with the precision if that is not f32. */
    private static String identity(BaseModel base) {
        return base.fingerprint()
                + (base.precision() == Precision.F32
                        ? ""
                        : " " + base.precision().text());
    }

    /** The learning rate of each method that has steps, with its origin, by the method's name in the spec. */
    public Map<String, LearningRate> learningRates() {
        Map<String, LearningRate> rates = new LinkedHashMap<>();
        for (Cell cell : cells) {
            Method method = Methods.parse(cell.text());
            if (method.trainsBySteps()) {
                LearningRate usual = spec.recipe().learningRate(method, base, data.of(cell));
                double value = cell.training().learningRate();
                rates.putIfAbsent(cell.method(), value == usual.value() ? usual : LearningRate.given(value));
            }
        }
        return rates;
    }

    /** The cells that are not done in a store. */
    public List<Cell> left(Store store) {
        return cells.stream().filter(cell -> !store.isDone(cell.hash())).toList();
    }

    /**
     * Runs what is left, and writes the spec and its grid into the store before.
     *
     * @param kept whose tuned models are kept
     * @return whether all is done; if not, it was asked to stop
     * @throws InputException if the store is in use, or belongs to another scale of a spec, or the base model's files
     *     are not as they were
     */
    public boolean run(
            Store store, Executor executor, Predicate<Cell> kept, SweepEvent.Listener listener, BooleanSupplier stop) {
        if (store.isThere() && !store.grid().scale().equals(scale)) {
            throw new InputException(store.folder() + ": was begun "
                    + store.grid().scale().map(name -> "with --scale " + name).orElse("without --scale")
                    + "; go on so, or choose another folder with --out");
        }
        demandSameReading(store);
        try (FolderLock lock = store.lock()) {
            store.begin(spec.lines().file(), new Grid(scale, Optional.of(base.reading()), cells));
            for (Cell cell : cells) {
                if (store.isDone(cell.hash())) {
                    store.tidy(cell.hash(), kept.test(cell));
                }
            }
            return executor.execute(
                    left(store),
                    cell -> store.work(cell.hash()),
                    outcome -> store.finish(outcome, kept.test(outcome.result().run())),
                    listener,
                    stop);
        }
    }

    /** A cell's hash covers the base model's weights; this checks the rest that its result depends on. */
    private void demandSameReading(Store store) {
        if (!store.isThere()) {
            return;
        }
        Grid grid = store.grid();
        boolean same = grid.cells().stream()
                .anyMatch(planned -> cells.stream().anyMatch(cell -> cell.base().equals(planned.base())));
        grid.reading()
                .filter(then -> same)
                .flatMap(then -> base.reading().changedAtAllSince(then, base.name()))
                .ifPresent(changed -> {
                    throw new InputException(store.folder() + ": " + changed
                            + "; restore the base model, or choose another folder with --out");
                });
    }
}

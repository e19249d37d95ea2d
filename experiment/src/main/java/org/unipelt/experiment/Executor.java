package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/** Computes the runs of a sweep. Results do not depend on the executor. */
public interface Executor {
    /**
     * Runs cells.
     *
     * @param left cells to run, in this order
     * @param work the folder of a cell's run, perhaps with files of an earlier process
     * @param done called with each outcome before {@link SweepEvent.Ended}, perhaps from several threads at once
     * @param stop asked often; if true, runs stop in a state that can be resumed
     * @return whether all cells are done; otherwise it was asked to stop
     * @throws org.unipelt.InputException if a run fails for another reason than divergence
     */
    boolean execute(
            List<Cell> left,
            Function<Cell, Path> work,
            Consumer<Outcome> done,
            SweepEvent.Listener listener,
            BooleanSupplier stop);
}

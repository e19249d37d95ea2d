package org.unipelt.experiment;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/** Where the runs of a sweep are computed. What they give does not depend on it. */
public interface Executor {
    /**
     * Runs cells.
     *
     * @param left cells that are not done, the first one first
     * @param work the folder of a cell's run, in which an earlier process may have left some of it
     * @param done called with what a cell gave, before {@link SweepEvent.Ended}; for several cells at once
     * @param stop asked often; then runs are left so that they can be gone on with
     * @return whether all are done; if not, it was asked to stop
     * @throws org.unipelt.InputException if a run cannot be done, and not because its training diverged
     */
    boolean execute(
            List<Cell> left,
            Function<Cell, Path> work,
            Consumer<Outcome> done,
            SweepEvent.Listener listener,
            BooleanSupplier stop);
}

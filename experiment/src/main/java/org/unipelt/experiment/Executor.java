package org.unipelt.experiment;

import java.util.List;
import java.util.function.BooleanSupplier;

/** Where the runs of a sweep are computed. What they give does not depend on it. */
public interface Executor {
    /**
     * Runs cells and puts their results into the store.
     *
     * @param left cells that are not done, the first one first
     * @param stop asked often; then runs are left so that they can be gone on with
     * @return whether all are done; if not, it was asked to stop
     * @throws org.unipelt.InputException if a run cannot be done, and not because its training diverged
     */
    boolean execute(List<Cell> left, Store store, SweepEvent.Listener listener, BooleanSupplier stop);
}

package org.unipelt.experiment;

import org.unipelt.training.TrainingEvent;

/** What happens while a sweep runs. */
public sealed interface SweepEvent {
    /** A cell is begun, or gone on with. */
    record Began(Cell cell) implements SweepEvent {}

    /** A cell is trained. */
    record Trained(Cell cell, TrainingEvent event) implements SweepEvent {}

    /** A cell is done. */
    record Ended(Result result, Timing timing) implements SweepEvent {}

    /** A cell is left unfinished, to be gone on with later. */
    record Left(Cell cell) implements SweepEvent {}

    /** Looks on. */
    @FunctionalInterface
    interface Listener {
        /** Is told of an event, on whichever thread it happens; never of two at once. */
        void on(SweepEvent event);
    }
}

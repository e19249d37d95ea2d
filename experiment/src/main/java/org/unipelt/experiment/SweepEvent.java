package org.unipelt.experiment;

import org.unipelt.training.TrainingEvent;

/** What happens while a sweep runs. */
public sealed interface SweepEvent {
    /** A cell starts, or continues. */
    record Began(Cell cell) implements SweepEvent {}

    /** An event in the training of a cell. */
    record Trained(Cell cell, TrainingEvent event) implements SweepEvent {}

    /** A cell is done. */
    record Ended(Result result, Timing timing) implements SweepEvent {}

    /** A cell was stopped and can continue later. */
    record Left(Cell cell) implements SweepEvent {}

    /** Receives events. */
    @FunctionalInterface
    interface Listener {
        /** Called for each event, from any thread, but never from two at once. */
        void on(SweepEvent event);
    }
}

package org.unipelt.training;

/** Who ended a training. */
public enum Ending {
    /** The training itself, after its epochs or its patience. */
    BY_ITSELF,
    /** A listener, early ({@link TrainingEvent.Listener#endsTraining}). */
    BY_LISTENER
}

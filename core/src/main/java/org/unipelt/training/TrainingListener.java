package org.unipelt.training;

/**
 * Follows a training by its main events, each with a method that does nothing unless it is overridden. A listener may end
 * the training, e.g. when a score is good enough:
 *
 * <pre>{@code
 * class GoodEnough implements TrainingListener {
 *     private double score;
 *
 *     public void evaluate(TrainingEvent.Evaluated event) {
 *         score = event.value();
 *     }
 *
 *     public boolean endsTraining() {
 *         return score > 0.95;
 *     }
 * }
 * }</pre>
 *
 * <p>The training calls it on its own thread only. What it throws ends the training with that exception.
 */
public interface TrainingListener extends TrainingEvent.Listener {
    /** The training starts or resumes. */
    default void begin(TrainingEvent.Started event) {}

    /** A step was made. */
    default void step(TrainingEvent.Stepped event) {}

    /** The development rows were evaluated. */
    default void evaluate(TrainingEvent.Evaluated event) {}

    /**
     * After {@link #evaluate}, if this state is the best so far and is kept; never if the training keeps the last state
     * ({@link TrainingConfig.Keep#LAST}).
     */
    default void best(TrainingEvent.Evaluated event) {}

    /** The training ended, by itself or by a listener, and restored the state to keep. */
    default void end(TrainingEvent.Finished event) {}

    /** Calls the method of an event. Override it for all other events, such as {@link TrainingEvent.Saved}. */
    @Override
    default void on(TrainingEvent event) {
        if (event instanceof TrainingEvent.Started started) {
            begin(started);
        } else if (event instanceof TrainingEvent.Stepped stepped) {
            step(stepped);
        } else if (event instanceof TrainingEvent.Evaluated evaluated) {
            evaluate(evaluated);
            if (evaluated.best()) {
                best(evaluated);
            }
        } else if (event instanceof TrainingEvent.Finished finished) {
            end(finished);
        }
    }
}

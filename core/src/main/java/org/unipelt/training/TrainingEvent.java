package org.unipelt.training;

/** What happens while a run trains. Progress bars, logs and the like listen to it. */
public sealed interface TrainingEvent {
    /**
     * Training begins, or goes on after a resume.
     *
     * @param step steps made before
     * @param steps steps in all epochs
     * @param trained how many numbers are trained
     * @param metric name of the metric that is watched
     * @param compute device, precision and number of workers
     */
    record Started(long step, long steps, int epochs, int examples, long trained, String metric, String compute)
            implements TrainingEvent {}

    /**
     * A saved state was read.
     *
     * @param step steps made before
     * @param checked whether the state was held against its checksum; earlier versions wrote none, so damage goes unseen
     */
    record Resumed(long step, boolean checked) implements TrainingEvent {}

    /**
     * A linear probe was fitted for the head to begin at.
     *
     * @param explained the share of the loss that it takes away on rows that were left out
     * @param atProbe whether the head begins there; if the probe explains too little, it begins at its random first values
     */
    record Begun(double explained, boolean atProbe) implements TrainingEvent {}

    /**
     * One step was made.
     *
     * @param epoch from 1
     * @param step from 1
     * @param loss mean over the batch, before the step
     * @param examples in the batch
     * @param tokens in the batch, padding included
     */
    record Stepped(int epoch, long step, double loss, double learningRate, int examples, long tokens)
            implements TrainingEvent {}

    /**
     * An epoch ended with an evaluation on the development data; or, as epoch 0, what training begins with was evaluated.
     *
     * @param meanLoss mean training loss of the epoch; NaN for epoch 0
     * @param value of the metric; NaN where it is undefined
     * @param best whether this state would be kept if training ended now because it is the best; never where the value is
     *     undefined
     */
    record Evaluated(int epoch, long step, double meanLoss, String metric, double value, boolean best)
            implements TrainingEvent {}

    /** The state of the run was saved, so that it can go on from here. */
    record Saved(int epoch, long step) implements TrainingEvent {}

    /**
     * Training ended by itself; the state to keep is in place.
     *
     * @param reason {@code epochs} or {@code patience}
     * @param bestEpoch the one whose state is kept; 0 is what training began with
     * @param best its metric; NaN without development data
     */
    record Finished(int epoch, long step, String reason, int bestEpoch, String metric, double best)
            implements TrainingEvent {}

    /**
     * Training ends in an error, as a number is no longer finite.
     *
     * @param step that could not be made, from 1
     * @param what is not finite, e.g. {@code loss}
     * @param learningRate that training began with
     */
    record Diverged(long step, String what, double value, double learningRate) implements TrainingEvent {
        /** What happened and what to do. Before the first step nothing was learned that could be at fault. */
        public String describe() {
            return "the " + what + " became " + value + " at step " + step
                    + (step == 1
                            ? ", before anything was learned; check the base model's weights, and the scores in the data"
                                    + " if it has some"
                            : "; try a smaller learning rate than " + learningRate);
        }
    }

    /** Looks on. */
    @FunctionalInterface
    interface Listener {
        /** Is told of an event, on the training thread. */
        void on(TrainingEvent event);
    }
}

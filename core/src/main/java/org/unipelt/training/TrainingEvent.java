package org.unipelt.training;

import java.util.List;
import java.util.Map;
import org.unipelt.InputException;

/** An event of a training, for progress bars and logs. */
public sealed interface TrainingEvent {
    /**
     * Training starts or resumes.
     *
     * @param step steps made before
     * @param steps steps of all epochs
     * @param trained number of trained parameters
     * @param metric name of the development metric
     * @param compute device, precision and number of workers
     */
    record Started(long step, long steps, int epochs, int examples, long trained, String metric, String compute)
            implements TrainingEvent {}

    /**
     * Something about the training is worth knowing.
     *
     * @param sentence says it, without a full stop
     */
    record Remarked(String sentence) implements TrainingEvent {}

    /**
     * A saved state was read.
     *
     * @param step steps made before
     * @param checked whether the state had a checksum; earlier versions wrote none, so damage is not detected
     */
    record Resumed(long step, boolean checked) implements TrainingEvent {}

    /**
     * A linear probe was fitted for the head.
     *
     * @param explained share of the loss that it removes on held-out rows
     * @param atProbe whether the head starts from the probe; otherwise from its random initial values
     */
    record Begun(double explained, boolean atProbe) implements TrainingEvent {}

    /**
     * A step was made.
     *
     * @param epoch from 1
     * @param step from 1
     * @param loss mean loss of the batch before the step
     * @param examples number of examples in the batch
     * @param tokens number of tokens in the batch, padding included
     */
    record Stepped(int epoch, long step, double loss, double learningRate, int examples, long tokens)
            implements TrainingEvent {}

    /**
     * The development data were evaluated: after an epoch, or before the first step as epoch 0.
     *
     * @param meanLoss mean training loss of the epoch; NaN for epoch 0
     * @param devLoss mean loss on the development data; NaN in logs of earlier versions
     * @param value of the metric; NaN if undefined
     * @param best whether this is the best state so far, which is kept; false if the last state is kept whatever its
     *     metric ({@link TrainingConfig.Keep#LAST}), or if the value is undefined
     */
    record Evaluated(int epoch, long step, double meanLoss, double devLoss, String metric, double value, boolean best)
            implements TrainingEvent {}

    /** The state was saved; a run can resume from here. */
    record Saved(int epoch, long step) implements TrainingEvent {}

    /**
     * Training ended by itself and restored the state to keep.
     *
     * @param reason {@code epochs}, {@code patience}, or {@code listener} if a listener ended it early
     * @param bestEpoch the epoch whose state is kept; 0 for the state before the first step
     * @param best its metric; NaN without development data
     */
    record Finished(int epoch, long step, String reason, int bestEpoch, String metric, double best)
            implements TrainingEvent {}

    /**
     * Training failed because a number is not finite.
     *
     * @param step the step that failed, from 1
     * @param what is not finite, e.g. {@code loss}
     * @param learningRate at the start of training
     */
    record Diverged(long step, String what, double value, double learningRate) implements TrainingEvent {
        /** What happened, and what to do. At the first step the learning rate cannot be the cause. */
        public String describe() {
            return "the " + what + " became " + value + " at step " + step
                    + (step == 1
                            ? ", before anything was learned; check the base model's weights, and the scores in the data"
                                    + " if it has some"
                            : "; try a smaller learning rate than " + learningRate);
        }
    }

    /** Receives events. */
    @FunctionalInterface
    interface Listener {
        /** Called for each event, on the training thread. */
        void on(TrainingEvent event);

        /**
         * Returns whether to end the training early. What was trained since the last evaluation is then evaluated, and the
         * state to keep is kept and saved like that of any finished training. Asked after every step and every evaluation
         * that others would follow, on the training thread.
         */
        default boolean endsTraining() {
            return false;
        }

        /**
         * Called once before the training begins or resumes, when its input is checked.
         *
         * @param byName the settings, by the names of the options of {@code unipelt train}
         * @throws InputException if the listener cannot follow; then nothing is trained
         */
        default void settings(Map<String, String> byName) {}

        /**
         * Called when the state to keep was evaluated.
         *
         * @param byPart the scores by part of the data ({@code dev}, {@code test}), then by metric; empty if all rows
         *     trained
         */
        default void scores(Map<String, Map<String, Double>> byPart) {}

        /** Called last, once, if {@link #settings} was, however the training ended. */
        default void over(End end) {}

        /** Returns a listener that tells several, in this order. Any of them may end the training. */
        static Listener all(List<? extends Listener> listeners) {
            return new ListenerChain(List.copyOf(listeners));
        }
    }
}

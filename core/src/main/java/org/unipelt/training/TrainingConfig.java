package org.unipelt.training;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.unipelt.InputException;
import org.unipelt.data.ClassWeights;
import org.unipelt.method.Method;
import org.unipelt.metric.Metric;

/**
 * How to train. The defaults are those of the UniPELT paper's Appendix B; {@link #builder} starts from them.
 * Immutable, so any number of threads may share it; a builder is for one thread.
 *
 * @param batchSize examples per step
 * @param maxLength tokens per example, the special ones included; longer texts are cut
 * @param epochs most passes over the training data; the learning rate falls linearly to 0 over them
 * @param patience number of epochs without improvement after which training stops
 * @param learningRate at the start, or after warm-up
 * @param warmUp share of steps in which the learning rate rises from 0, in [0, 1)
 * @param weightDecay weight decay of AdamW
 * @param clip largest norm of the gradient; larger gradients are scaled down
 * @param dropout in hidden states and attention, of frozen layers too, from the first that the method changes, and before
 *     the head, in [0, 1)
 * @param seed seed of initial values, order of examples and dropout
 * @param metric development metric that stops training and chooses the state to keep
 * @param adamw variant of AdamW
 * @param padding length that batches are padded to
 * @param head how much of the head is trained
 * @param headStart how the head is initialised
 * @param keep which state to keep
 * @param classWeights the weight of each class in the loss
 * @param labelSmoothing the share of the right class's probability that the loss spreads over all classes, in [0, 1)
 */
public record TrainingConfig(
        int batchSize,
        int maxLength,
        int epochs,
        int patience,
        double learningRate,
        double warmUp,
        double weightDecay,
        double clip,
        double dropout,
        long seed,
        Metric metric,
        AdamW.Formula adamw,
        Padding padding,
        TrainedHead head,
        HeadStart headStart,
        Keep keep,
        ClassWeights classWeights,
        double labelSmoothing) {
    /** The length that batches are padded to. */
    public enum Padding {
        /** The longest text of the batch. */
        LONGEST,
        /** {@link TrainingConfig#maxLength}, as the UniPELT release does. */
        MAX
    }

    /** How much of the head is trained. */
    public enum TrainedHead {
        /** All of it, with every method. */
        TRAINED,
        /** As in the UniPELT release: nothing with prefix-tuning or LoRA alone, only the bias with BitFit. */
        RELEASE
    }

    /** How the head is initialised. */
    public enum HeadStart {
        /** With random values from the seed, as in both papers. */
        RANDOM,
        /**
         * With a linear probe of the frozen base's vectors, so that the method does not first adapt to a random head
         * (Kumar et al. 2022).
         */
        PROBE,
        /**
         * With the probe if it explains at least a tenth of the loss on held-out rows, otherwise random: a probe that
         * explains nothing has a random direction that training hardly leaves (docs/results.md).
         */
        AUTO
    }

    /** Which state to keep. */
    public enum Keep {
        /** The state with the best development metric, as in the papers. */
        BEST,
        /**
         * The last state, after the learning rate has fallen to 0. A choice by few development rows is mostly chance,
         * and without it these rows can train. If there are development rows and the last state is worse than the
         * first, the first is kept.
         */
        LAST
    }

    /** Checks every value. */
    public TrainingConfig {
        Setting.BATCH_SIZE.check(batchSize);
        Setting.MAX_LENGTH.check(maxLength);
        // The probe alone takes no steps.
        if (epochs != 0 || headStart != HeadStart.PROBE) {
            Setting.EPOCHS.check(epochs);
        }
        Setting.PATIENCE.check(patience);
        Setting.LEARNING_RATE.check(learningRate);
        Setting.WARM_UP.check(warmUp);
        Setting.WEIGHT_DECAY.check(weightDecay);
        Setting.CLIP.check(clip);
        Setting.DROPOUT.check(dropout);
        Setting.LABEL_SMOOTHING.check(labelSmoothing);
    }

    /** The length that all batches are padded to; none for the batch's longest text. */
    public OptionalInt paddedLength() {
        return padding == Padding.MAX ? OptionalInt.of(maxLength) : OptionalInt.empty();
    }

    /** These settings with another metric. */
    public TrainingConfig with(Metric other) {
        return new TrainingConfig(
                batchSize,
                maxLength,
                epochs,
                patience,
                learningRate,
                warmUp,
                weightDecay,
                clip,
                dropout,
                seed,
                Objects.requireNonNull(other, "other is null"),
                adamw,
                padding,
                head,
                headStart,
                keep,
                classWeights,
                labelSmoothing);
    }

    /** How {@link #head} trains the head of a method. */
    public Method.HeadTraining headTraining(Method method) {
        return head == TrainedHead.TRAINED ? Method.HeadTraining.ALL : method.releaseHead();
    }

    /** A builder with the paper's settings for a method. */
    public static Builder builder(Method method, Metric metric) {
        return new Builder(method, metric);
    }

    /** Sets values; the others stay at the paper's. */
    public static final class Builder {
        private final Map<Setting<?>, Object> values = new HashMap<>();
        private final boolean steps;

        private Builder(Method method, Metric metric) {
            set(Setting.LEARNING_RATE, method.learningRate());
            set(Setting.METRIC, metric);
            this.steps = method.trainsBySteps();
        }

        /** Sets a value. */
        public <T> Builder set(Setting<T> setting, T value) {
            values.put(
                    Objects.requireNonNull(setting, "setting is null"), Objects.requireNonNull(value, "value is null"));
            return this;
        }

        private <T> T get(Setting<T> setting) {
            return values.containsKey(setting)
                    ? setting.cast(values.get(setting))
                    : setting.usual().orElseThrow();
        }

        /** Sets {@link Setting#BATCH_SIZE}. */
        public Builder batchSize(int value) {
            return set(Setting.BATCH_SIZE, value);
        }

        /** Sets {@link Setting#MAX_LENGTH}. */
        public Builder maxLength(int value) {
            return set(Setting.MAX_LENGTH, value);
        }

        /** Sets {@link Setting#EPOCHS}. */
        public Builder epochs(int value) {
            return set(Setting.EPOCHS, value);
        }

        /** Sets {@link Setting#PATIENCE}. */
        public Builder patience(int value) {
            return set(Setting.PATIENCE, value);
        }

        /** Sets {@link Setting#LEARNING_RATE}. */
        public Builder learningRate(double value) {
            return set(Setting.LEARNING_RATE, value);
        }

        /** Sets {@link Setting#WARM_UP}. */
        public Builder warmUp(double value) {
            return set(Setting.WARM_UP, value);
        }

        /** Sets {@link Setting#WEIGHT_DECAY}. */
        public Builder weightDecay(double value) {
            return set(Setting.WEIGHT_DECAY, value);
        }

        /** Sets {@link Setting#CLIP}. */
        public Builder clip(double value) {
            return set(Setting.CLIP, value);
        }

        /** Sets {@link Setting#DROPOUT}. */
        public Builder dropout(double value) {
            return set(Setting.DROPOUT, value);
        }

        /** Sets {@link Setting#SEED}. */
        public Builder seed(long value) {
            return set(Setting.SEED, value);
        }

        /** Sets {@link Setting#METRIC}. */
        public Builder metric(Metric value) {
            return set(Setting.METRIC, value);
        }

        /** Sets {@link Setting#ADAMW}. */
        public Builder adamw(AdamW.Formula value) {
            return set(Setting.ADAMW, value);
        }

        /** Sets {@link Setting#PADDING}. */
        public Builder padding(Padding value) {
            return set(Setting.PADDING, value);
        }

        /** Sets {@link Setting#HEAD}. */
        public Builder head(TrainedHead value) {
            return set(Setting.HEAD, value);
        }

        /** Sets {@link Setting#HEAD_START}. */
        public Builder headStart(HeadStart value) {
            return set(Setting.HEAD_START, value);
        }

        /** Sets {@link Setting#KEEP}. */
        public Builder keep(Keep value) {
            return set(Setting.KEEP, value);
        }

        /** Sets {@link Setting#CLASS_WEIGHTS}. */
        public Builder classWeights(ClassWeights value) {
            return set(Setting.CLASS_WEIGHTS, value);
        }

        /** Sets {@link Setting#LABEL_SMOOTHING}, for classes; {@link org.unipelt.task.Seq2Seq} has that of texts. */
        public Builder labelSmoothing(double value) {
            return set(Setting.LABEL_SMOOTHING, value);
        }

        /**
         * The settings. A method without steps has no epochs and uses the probe alone.
         *
         * @throws InputException if a value is out of bounds
         */
        public TrainingConfig build() {
            return new TrainingConfig(
                    get(Setting.BATCH_SIZE),
                    get(Setting.MAX_LENGTH),
                    steps ? get(Setting.EPOCHS) : 0,
                    get(Setting.PATIENCE),
                    get(Setting.LEARNING_RATE),
                    get(Setting.WARM_UP),
                    get(Setting.WEIGHT_DECAY),
                    get(Setting.CLIP),
                    get(Setting.DROPOUT),
                    get(Setting.SEED),
                    get(Setting.METRIC),
                    get(Setting.ADAMW),
                    get(Setting.PADDING),
                    get(Setting.HEAD),
                    steps ? get(Setting.HEAD_START) : HeadStart.PROBE,
                    get(Setting.KEEP),
                    get(Setting.CLASS_WEIGHTS),
                    get(Setting.LABEL_SMOOTHING));
        }
    }
}

package org.unipelt.training;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import org.unipelt.InputException;
import org.unipelt.method.Method;
import org.unipelt.task.Metric;
import org.unipelt.text.Tokenizer;

/**
 * How to train. The defaults are those of the UniPELT paper's Appendix B; {@link #builder} starts from them.
 *
 * @param batchSize examples per step
 * @param maxLength tokens per example, the special ones included; longer texts are cut
 * @param epochs passes over the training data at most; the learning rate falls linearly to 0 over all of them
 * @param patience evaluations without a gain after which training stops; one evaluation per epoch
 * @param learningRate at the start, or after warm-up
 * @param warmUp share of all steps over which the learning rate rises from 0, in [0, 1)
 * @param weightDecay of AdamW
 * @param clip largest norm of the gradient; larger ones are scaled down to it
 * @param dropout in the hidden states and attention of the frozen layers too, and before the head, in [0, 1)
 * @param seed of first values, order of examples, and dropout
 * @param metric on the development data that stops the training and chooses the state that is kept
 * @param adamw which AdamW
 * @param padding to what length batches are padded
 * @param head how much of the head is trained
 * @param headStart where the head begins
 * @param keep which state is kept in the end
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
        AdamW.Variant adamw,
        Padding padding,
        Head head,
        HeadStart headStart,
        Keep keep) {
    /** To what length the texts of a batch are padded. */
    public enum Padding {
        /** The longest text of the batch. */
        LONGEST,
        /** {@link TrainingConfig#maxLength}, as the UniPELT release does. */
        MAX
    }

    /** How much of the head is trained. */
    public enum Head {
        /** All of it, with every method. */
        TRAINED,
        /** What the UniPELT release trains of it: nothing with prefix and LoRA alone, the bias with BitFit. */
        RELEASE
    }

    /** Where the head begins. */
    public enum HeadStart {
        /** At values drawn from the seed, as in both papers. */
        RANDOM,
        /**
         * At a linear probe of the frozen base's vectors: the head knows its task before anything else moves, so that what
         * is put into the base is not first spent on a head that knows nothing (Kumar et al. 2022).
         */
        PROBE,
        /**
         * At the probe if it explains at least a tenth of the loss on rows that were left out, else at random: the direction
         * of a probe that explains nothing is chance, and hard to leave (docs/results.md).
         */
        AUTO
    }

    /** Which state is kept in the end. */
    public enum Keep {
        /** The one with the best metric on the development rows, as in the papers. */
        BEST,
        /**
         * The last one, in which the learning rate has fallen to 0. A choice by few rows is mostly chance; it also costs
         * these rows, which otherwise train. Where there are development rows they have one say: a model that ends worse
         * than it began goes back to how it began.
         */
        LAST
    }

    /** Checks every value. */
    public TrainingConfig {
        atLeast("batch size", batchSize, 1);
        atLeast("max length", maxLength, Tokenizer.MIN_LENGTH);
        atLeast("epochs", epochs, headStart == HeadStart.PROBE ? 0 : 1);
        atLeast("patience", patience, 1);
        within("learning rate", learningRate, Double.MIN_NORMAL, 1);
        within("warm-up", warmUp, 0, Math.nextDown(1.0));
        within("weight decay", weightDecay, 0, 1);
        within("clip", clip, Double.MIN_NORMAL, Double.MAX_VALUE);
        within("dropout", dropout, 0, 0.99);
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new InputException(name + " must be at least " + least + ", got " + value);
        }
    }

    private static void within(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new InputException(String.format(
                    Locale.ROOT,
                    "%s must be %s, got %s",
                    name,
                    most == Double.MAX_VALUE
                            ? "above 0"
                            : least == Double.MIN_NORMAL
                                    ? "above 0 and at most 1"
                                    : "from 0 to " + Math.rint(most * 100) / 100,
                    value));
        }
    }

    /** The length that every batch is padded to; none if it is that of the batch's longest text. */
    public OptionalInt paddedLength() {
        return padding == Padding.MAX ? OptionalInt.of(maxLength) : OptionalInt.empty();
    }

    /** What {@link #head} means for a method. */
    public Method.HeadTraining headTraining(Method method) {
        return head == Head.TRAINED ? Method.HeadTraining.ALL : method.releaseHead();
    }

    /** The paper's settings for a method, to be changed one by one. */
    public static Builder builder(Method method, Metric metric) {
        return new Builder(method, metric);
    }

    /** Sets some values and leaves the others at the paper's. */
    public static final class Builder {
        private int batchSize = 16;
        private int maxLength = 128;
        private int epochs = 50;
        private int patience = 10;
        private double learningRate;
        private double warmUp;
        private double weightDecay;
        private double clip = 1.0;
        private double dropout = 0.1;
        private long seed = 42;
        private Metric metric;
        private AdamW.Variant adamw = AdamW.Variant.TORCH;
        private Padding padding = Padding.LONGEST;
        private Head head = Head.TRAINED;
        private HeadStart headStart = HeadStart.RANDOM;
        private Keep keep = Keep.BEST;
        private final boolean steps;

        private Builder(Method method, Metric metric) {
            this.learningRate = method.learningRate();
            this.metric = metric;
            this.steps = method.trainsBySteps();
        }

        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        public Builder maxLength(int value) {
            maxLength = value;
            return this;
        }

        public Builder epochs(int value) {
            epochs = value;
            return this;
        }

        public Builder patience(int value) {
            patience = value;
            return this;
        }

        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        public Builder warmUp(double value) {
            warmUp = value;
            return this;
        }

        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        public Builder clip(double value) {
            clip = value;
            return this;
        }

        public Builder dropout(double value) {
            dropout = value;
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        public Builder metric(Metric value) {
            metric = Objects.requireNonNull(value, "value is null");
            return this;
        }

        public Builder adamw(AdamW.Variant value) {
            adamw = Objects.requireNonNull(value, "value is null");
            return this;
        }

        public Builder padding(Padding value) {
            padding = Objects.requireNonNull(value, "value is null");
            return this;
        }

        public Builder head(Head value) {
            head = Objects.requireNonNull(value, "value is null");
            return this;
        }

        public Builder headStart(HeadStart value) {
            headStart = Objects.requireNonNull(value, "value is null");
            return this;
        }

        public Builder keep(Keep value) {
            keep = Objects.requireNonNull(value, "value is null");
            return this;
        }

        /**
         * The settings. A method without steps has no epochs and always begins, and ends, with the probe.
         *
         * @throws InputException if a value is out of bounds
         */
        public TrainingConfig build() {
            return new TrainingConfig(
                    batchSize,
                    maxLength,
                    steps ? epochs : 0,
                    patience,
                    learningRate,
                    warmUp,
                    weightDecay,
                    clip,
                    dropout,
                    seed,
                    metric,
                    adamw,
                    padding,
                    head,
                    steps ? headStart : HeadStart.PROBE,
                    keep);
        }
    }
}

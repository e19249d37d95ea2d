package org.unipelt.cli;

import java.util.function.Consumer;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.task.Metric;
import org.unipelt.training.AdamW;
import org.unipelt.training.LearningRate;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.Recipe;
import picocli.CommandLine.Option;

/** How to train; what is not given has the recipe's value. */
final class TrainingOptions {
    @Option(
            names = "--recipe",
            paramLabel = "best|paper",
            description =
                    "Settings to begin from: the best that is known for a base model and so many rows, or those of"
                            + " the UniPELT paper's Appendix B. Default: best.")
    private Recipe recipe = Recipe.BEST;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the training rows at most. Default: by the recipe and the number of rows.")
    private Integer epochs;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Stops after so many epochs without a gain. Default: 10.")
    private Integer patience;

    @Option(names = "--batch-size", paramLabel = "N", description = "Rows per step. Default: 16.")
    private Integer batchSize;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens per text; the rest is cut. Default: 128.")
    private Integer maxLength;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "At the start; falls to 0. Default: by recipe, method and base model; 'train' shows it.")
    private Double learningRate;

    @Option(
            names = "--warm-up",
            paramLabel = "X",
            description = "Share of all steps in which the rate rises from 0. Default: 0.")
    private Double warmUp;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Of AdamW. Default: 0.")
    private Double weightDecay;

    @Option(names = "--clip", paramLabel = "X", description = "Largest norm of the gradient. Default: 1.")
    private Double clip;

    @Option(names = "--dropout", paramLabel = "X", description = "Also in the frozen layers. Default: 0.1.")
    private Double dropout;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of first values, order and dropout; the same seed gives the same bytes. Default: 42.")
    private Long seed;

    @Option(
            names = "--metric",
            paramLabel = "NAME",
            description = "Stops training and chooses the state that is kept: accuracy, f1, macro-f1, matthews,"
                    + " pearson, spearman; rouge-1, -2, -l, -lsum or bleu. Default: by task and labels.")
    private Metric metric;

    @Option(names = "--adamw", paramLabel = "torch|release", description = "Which AdamW. Default: torch.")
    private AdamW.Variant adamw;

    @Option(
            names = "--padding",
            paramLabel = "longest|max",
            description = "Pads to the batch's longest text, or to the maximum as the authors' program does. Default:"
                    + " longest.")
    private TrainingConfig.Padding padding;

    @Option(
            names = "--head",
            paramLabel = "trained|release",
            description = "Trains the head with every method, or as little as the authors' program does. Default:"
                    + " trained.")
    private TrainingConfig.Head head;

    @Option(
            names = "--head-start",
            paramLabel = "auto|probe|random",
            description =
                    "Where the head begins: at a linear probe of the frozen model; at random values, as in the papers;"
                            + " or at the probe if it explains at least a tenth of the loss. Default: by the recipe; best begins"
                            + " with auto.")
    private TrainingConfig.HeadStart headStart;

    @Option(
            names = "--keep",
            paramLabel = "last|best",
            description =
                    "Keeps the last state, and without --dev trains on all rows; or the one with the best metric on"
                            + " the development rows, for which a tenth is set aside without --dev. Default: by the recipe; best"
                            + " keeps the last.")
    private TrainingConfig.Keep keep;

    /** Which settings to begin from. */
    Recipe recipe() {
        return recipe;
    }

    /** The learning rate that was chosen: that of the recipe, or the one given. */
    LearningRate learningRate(Method method, BaseModel base, DataSpec.Loaded data) {
        return learningRate == null ? recipe.learningRate(method, base, data) : LearningRate.given(learningRate);
    }

    /** Sets what was given. */
    void apply(TrainingConfig.Builder builder) {
        set(epochs, builder::epochs);
        set(patience, builder::patience);
        set(batchSize, builder::batchSize);
        set(maxLength, builder::maxLength);
        set(learningRate, builder::learningRate);
        set(warmUp, builder::warmUp);
        set(weightDecay, builder::weightDecay);
        set(clip, builder::clip);
        set(dropout, builder::dropout);
        set(seed, builder::seed);
        set(metric, builder::metric);
        set(adamw, builder::adamw);
        set(padding, builder::padding);
        set(head, builder::head);
        set(headStart, builder::headStart);
        set(keep, builder::keep);
    }

    private static <T> void set(T given, Consumer<T> setting) {
        if (given != null) {
            setting.accept(given);
        }
    }
}

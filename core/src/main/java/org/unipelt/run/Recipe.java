package org.unipelt.run;

import java.util.Objects;
import org.unipelt.Words;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.training.LearningRate;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;

/** The settings that a training begins from, before any of them is changed. */
public enum Recipe {
    /** What came out best with few rows (docs/results.md): the default. */
    BEST,
    /** The UniPELT paper's Appendix B: its rates, 50 epochs at most, a head at random values. */
    PAPER;

    /** Epochs for one row; fewer in proportion to the root of the number of rows. */
    private static final double EPOCHS_OF_ONE_ROW = 250;

    private static final int FEWEST_EPOCHS = 3;

    /** {@code best} or {@code paper}. */
    public String text() {
        return Words.of(this);
    }

    /**
     * The recipe of that name.
     *
     * @throws org.unipelt.InputException if there is none
     */
    public static Recipe named(String name) {
        return Words.constant(Recipe.class, "recipe", Objects.requireNonNull(name, "name is null"));
    }

    /** The learning rate that it gives a method on a base model for some data. */
    public LearningRate learningRate(Method method, BaseModel base, DataSpec.Loaded data) {
        return isPapers(data)
                ? LearningRate.paper(method)
                : LearningRate.of(method, base.name(), base.backbone().anatomy().hidden());
    }

    /** What was found holds for classes and scores; models that write keep the paper's settings. */
    private boolean isPapers(DataSpec.Loaded data) {
        return this == PAPER || data.labels().kind().isText();
    }

    /**
     * Its settings for a method, a base model, and data.
     *
     * @param data to learn from
     */
    public TrainingConfig.Builder settings(Method method, BaseModel base, DataSpec.Loaded data) {
        TrainingConfig.Builder builder =
                TrainingConfig.builder(method, data.metrics().get(0));
        if (isPapers(data)) {
            return builder;
        }
        // Rows that would be set aside for development train as well.
        int rows = data.split().train().size()
                + (data.split().aside() ? data.split().dev().size() : 0);
        double epochs = EPOCHS_OF_ONE_ROW / Math.sqrt(rows);
        return builder.learningRate(learningRate(method, base, data).value())
                .headStart(TrainingConfig.HeadStart.AUTO)
                .keep(TrainingConfig.Keep.LAST)
                .epochs((int) Math.max(FEWEST_EPOCHS, Math.round(epochs)));
    }
}

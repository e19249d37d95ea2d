package org.unipelt.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.unipelt.Words;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Queries;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.training.LearningRate;
import org.unipelt.training.Setting;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;

/** A training's default settings. */
public enum Recipe {
    /** What worked best with few rows (docs/results.md): the default. */
    BEST,
    /** The UniPELT paper's Appendix B: its rates, at most 50 epochs, a randomly initialized head. */
    PAPER;

    /** The number of epochs for one row; it falls with the root of the number of rows. */
    private static final double EPOCHS_OF_ONE_ROW = 250;

    private static final int FEWEST_EPOCHS = 3;

    /** Returns {@code best} or {@code paper}. */
    public String text() {
        return Words.of(this);
    }

    /**
     * Returns the recipe of that name.
     *
     * @throws org.unipelt.InputException if there is none
     */
    public static Recipe named(String name) {
        return Words.constant(Recipe.class, "recipe", Objects.requireNonNull(name, "name is null"));
    }

    /** Returns the learning rate for a method on a base model and some data. */
    public LearningRate learningRate(Method method, BaseModel base, DataSpec.Loaded data) {
        return isPapers(data)
                ? LearningRate.paper(method)
                : LearningRate.of(method, base.name(), base.backbone().anatomy().hidden());
    }

    /** The best settings are known for classes and scores; models that generate text keep the paper's. */
    private boolean isPapers(DataSpec.Loaded data) {
        return this == PAPER || data.labels().kind().isText();
    }

    /**
     * Returns the settings for a method, a base model, and data.
     *
     * @param data the data to learn from
     */
    public TrainingConfig.Builder settings(Method method, BaseModel base, DataSpec.Loaded data) {
        return settings(method, base, data, rows(data));
    }

    /**
     * Returns the settings for tasks that train together, by the task's name; they differ in the metric only. A row is seen
     * as often as if there were one task with the mean number of rows.
     *
     * @param data the data of each task
     */
    public Map<String, TrainingConfig.Builder> settings(
            Method method, BaseModel base, Map<String, DataSpec.Loaded> data) {
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(data, "data is null");
        double rows = data.values().stream().mapToInt(Recipe::rows).average().orElse(1);
        Map<String, TrainingConfig.Builder> settings = new LinkedHashMap<>();
        data.forEach((name, each) -> settings.put(name, settings(method, base, each, rows)));
        if (this == BEST
                && data.values().stream().anyMatch(each -> each.labels().kind() == LabelKind.TOKENS)) {
            // All heads start alike.
            settings.values().forEach(each -> each.headStart(TrainingConfig.HeadStart.RANDOM));
        }
        return settings;
    }

    /** All rows train, including those otherwise set aside for development. */
    private static int rows(DataSpec.Loaded data) {
        return data.split().train().size()
                + (data.split().aside() ? data.split().dev().size() : 0);
    }

    private TrainingConfig.Builder settings(Method method, BaseModel base, DataSpec.Loaded data, double rows) {
        TrainingConfig.Builder builder =
                TrainingConfig.builder(method, data.metrics().get(0));
        if (data.labels().kind() == LabelKind.RELEVANCE) {
            builder.batchSize(Queries.of(data.split().train())
                    .ofRows(Setting.BATCH_SIZE.usual().orElseThrow()));
        }
        if (isPapers(data)) {
            return builder;
        }
        double epochs = EPOCHS_OF_ONE_ROW / Math.sqrt(rows);
        return builder.learningRate(learningRate(method, base, data).value())
                // A probe of single tokens' states starts names worse than random values do (docs/guide/names.md).
                .headStart(
                        data.labels().kind() == LabelKind.TOKENS
                                ? TrainingConfig.HeadStart.RANDOM
                                : TrainingConfig.HeadStart.AUTO)
                .keep(TrainingConfig.Keep.LAST)
                .epochs((int) Math.max(FEWEST_EPOCHS, Math.round(epochs)));
    }
}

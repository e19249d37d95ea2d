package org.unipelt.tuned;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Precision;

/**
 * What a precision costs a tuned model: its score on rows that it did not learn from, after its training and now.
 *
 * @param metric the one that guided the training
 * @param part the part of the training's data: {@code dev}, or {@code test} if no development rows judged the model
 * @param rows how many they are
 * @param trained the score after the training
 * @param now the score with {@code precision}
 * @param precision of the base model now
 */
public record PrecisionLoss(Metric metric, String part, int rows, double trained, double now, Precision precision) {
    /** The most points that a model may lose, unless its user says otherwise. */
    public static final double USUAL_TOLERANCE = 0.5;

    /**
     * Reads the rows and scores them.
     *
     * @throws InputException if the card names no such rows, or they cannot be read or have changed
     */
    public static PrecisionLoss of(TunedModel model) {
        Objects.requireNonNull(model, "model is null");
        AdapterCard.Provenance how = model.card()
                .provenance()
                .orElseThrow(() -> new InputException("another program trained it, and its score is not known"));
        Metric metric = how.training().metric();
        Map<String, Map<String, Double>> metrics = how.metrics();
        String part = metrics.containsKey("dev") ? "dev" : "test";
        Double trained = metrics.getOrDefault(part, Map.of()).get(metric.text());
        if (trained == null) {
            throw new InputException("no development rows judged it");
        }
        DataSpec spec = how.data()
                .spec()
                .orElseThrow(() -> new InputException("a program gave its development rows, so that no file has them"));
        Dataset rows = part.equals("dev")
                ? spec.load().split().dev()
                : spec.load().split().test().orElseThrow();
        if (!AdapterCard.DataPart.of(rows).equals(how.data().parts().get(part))) {
            throw new InputException(
                    spec.train() + (part.equals("dev") ? " or its development rows have" : " or its test rows have")
                            + " changed since its training");
        }
        double now = Objects.requireNonNull(model.evaluate(rows).metrics().get(metric.text()));
        return new PrecisionLoss(
                metric, part, rows.size(), trained, now, model.base().precision());
    }

    /** The loss in points, hundredths of the metric's range; negative if the score is now higher. */
    public double points() {
        // BLEU is given in points already.
        return (metric == Metric.BLEU ? 1 : 100) * (trained - now);
    }

    /** One line, e.g. {@code accuracy on 100 development rows: 0.873 after training, 0.871 with int8}. */
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%s on %d %s rows: %.3f after training, %.3f with %s",
                metric.text(),
                rows,
                part.equals("dev") ? "development" : "test",
                trained,
                now,
                precision.text());
    }

    /**
     * Checks the loss.
     *
     * @param tolerance the most points that it may be
     * @throws InputException if it is more; names the figures
     */
    public void demandWithin(double tolerance) {
        if (points() > tolerance) {
            throw InputException.about(
                    "tolerate",
                    String.format(
                            Locale.ROOT,
                            "%s: it loses %.1f points, more than the %s that --tolerate allows; use f32 or bf16",
                            describe(),
                            points(),
                            tolerance));
        }
    }
}

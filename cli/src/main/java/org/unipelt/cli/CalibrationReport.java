package org.unipelt.cli;

import java.util.Locale;
import java.util.Optional;
import org.unipelt.data.LabelKind;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.Calibration;
import org.unipelt.metric.FoldScores;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Temperature;
import org.unipelt.run.Run;
import org.unipelt.tuned.TunedModel;

/** The sentence about a model's temperature at the end of a training. */
final class CalibrationReport {
    private CalibrationReport() {}

    /** Returns it; empty for a model that is not of classes, or if nobody wants a temperature. */
    static Optional<String> of(Run run, TunedModel model) {
        if (run.spec().calibrate() == Calibrate.NONE || model.labels().kind() != LabelKind.CLASSES) {
            return Optional.empty();
        }
        HeldOut heldOut = model.card().heldOut();
        int rows = heldOut.folds()
                .map(CalibrationReport::rows)
                .or(() -> Optional.ofNullable(run.evaluations().get("dev")).map(dev -> dev.examples()))
                .orElse(0);
        if (rows == 0) {
            return Optional.of(
                    "Not calibrated: no row was left to fit a temperature to; give --dev FILE or --folds 5.");
        }
        return Optional.of(heldOut.temperature()
                .map(CalibrationReport::said)
                .orElse(
                        rows < Temperature.FEWEST_ROWS
                                ? "Not calibrated: " + rows + " rows that did not train are too few for a temperature; "
                                        + Temperature.FEWEST_ROWS + " or more are enough."
                                : "Not calibrated: the " + rows
                                        + " rows that did not train do not show that a temperature helps."));
    }

    private static int rows(FoldScores folds) {
        return folds.rows().stream().mapToInt(Integer::intValue).sum();
    }

    private static String said(Temperature found) {
        return String.format(
                Locale.ROOT,
                "Calibrated: %d rows that did not train give the temperature %.2f. Their expected calibration error (%d"
                        + " bins) was %.3f, and is %.3f if each fifth of them has the temperature of the others.",
                found.rows(),
                found.value(),
                Calibration.BINS,
                found.errorBefore(),
                found.errorAfter());
    }
}

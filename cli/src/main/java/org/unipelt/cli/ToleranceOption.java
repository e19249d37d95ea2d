package org.unipelt.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.PrecisionLoss;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Option;

/** How much of its score a model may lose to 8 bits. */
final class ToleranceOption {
    private static final String NAME = "--tolerate";

    @Option(
            names = NAME,
            paramLabel = "POINTS",
            description =
                    "With --precision int8: the most points that a model's score on its development rows may lose."
                            + " 100 skips the check. Default: " + PrecisionLoss.USUAL_TOLERANCE + ".")
    private @Nullable Double most;

    /**
     * Measures what a model loses, shows it, and refuses a model that loses more than allowed.
     *
     * @param folder the model's, for messages
     */
    void check(Path folder, TunedModel model, Precision precision, Console console) {
        requireFits(precision);
        double tolerance = most == null ? PrecisionLoss.USUAL_TOLERANCE : most;
        if (precision != Precision.INT8 || tolerance >= 100) {
            return;
        }
        try {
            PrecisionLoss loss = PrecisionLoss.of(model);
            loss.demandWithin(tolerance);
            console.say(folder + ": " + loss.describe());
        } catch (InputException e) {
            throw new InputException(
                    folder + ": " + e.getMessage()
                            + (e.field().isPresent()
                                    ? ""
                                    : "; what int8 costs it is unknown: see it with 'unipelt evaluate"
                                            + " --precision int8 --data FILE', then add " + NAME + " 100"),
                    e);
        }
    }

    /** Refuses the option with another precision, before anything is opened. */
    void requireFits(Precision precision) {
        if (most == null) {
            return;
        }
        if (precision != Precision.INT8) {
            throw new InputException(NAME + " goes with --precision int8; leave it out");
        }
        if (!(most >= 0)) {
            throw new InputException(NAME + " must be 0 or more, got " + most);
        }
    }
}

package org.unipelt.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.metric.Calibrate;
import org.unipelt.run.CrossValidation;
import org.unipelt.run.RunSpec;
import picocli.CommandLine.Option;

/** What a training finds out about its own model. */
final class JudgingOptions {
    @Option(
            names = "--folds",
            paramLabel = "K",
            description =
                    "Cross-validation before the training: K models, each scored on a fold of the rows that it did"
                            + " not learn from. The model to keep learns from all rows.")
    private @Nullable Integer folds;

    /** Refuses folds for a training of several tasks. */
    void requireNoFolds() {
        if (folds != null) {
            throw InputException.about(
                    "folds", "--folds is for one task, and --tasks trains several; train each alone with --folds");
        }
    }

    /** Refuses folds for a training of several processes. */
    void requireOneProcess(GroupOptions several) {
        if (folds != null) {
            several.requireNone("a cross-validation");
        }
    }

    @Option(
            names = "--calibrate",
            paramLabel = "auto|none",
            description =
                    "Fits a temperature to development rows, or to the held-out rows of the folds, so that a class of"
                            + " probability 0.8 is right in 8 of 10 cases. auto does it for classes, if 50 rows or more show that it"
                            + " helps. Default: auto.")
    private Calibrate calibrate = Calibrate.AUTO;

    Calibrate calibrate() {
        return calibrate;
    }

    /** Begins a cross-validation, if one is wanted. */
    Optional<CrossValidation> begin(Path folder, RunSpec spec) {
        return Optional.ofNullable(folds).map(count -> CrossValidation.begin(folder, spec, count));
    }
}

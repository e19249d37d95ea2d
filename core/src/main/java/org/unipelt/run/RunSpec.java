package org.unipelt.run;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.data.Split;
import org.unipelt.method.Method;
import org.unipelt.metric.Calibrate;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.Task;
import org.unipelt.tensor.Precision;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;

/**
 * Everything that determines a run: two runs with equal specs on equal files give equal bytes.
 *
 * @param model the base model, a name or a folder
 * @param method the method to train
 * @param pooling how a text's states become the vector that the head reads; empty for the base model's own
 * @param data the files with the examples; empty if a program gives its own rows ({@link org.unipelt.tuned.DataRows})
 * @param writing the settings of generation, if the labels are texts
 * @param training the settings of training
 * @param precision the precision of the base model's products
 * @param calibrate whether it ends by fitting a temperature to rows that did not train
 */
public record RunSpec(
        String model,
        Method method,
        Optional<Pooling> pooling,
        Optional<DataSpec> data,
        Optional<Seq2Seq> writing,
        TrainingConfig training,
        Precision precision,
        Calibrate calibrate) {
    /** A run on files that fits no temperature. */
    public RunSpec(
            String model,
            Method method,
            Optional<Pooling> pooling,
            DataSpec data,
            Optional<Seq2Seq> writing,
            TrainingConfig training,
            Precision precision) {
        this(
                model,
                method,
                pooling,
                Optional.of(Objects.requireNonNull(data, "data is null")),
                writing,
                training,
                precision,
                Calibrate.NONE);
    }

    /** Returns the task for some labels. */
    Task task(Labels labels) {
        return writing.<Task>map(how -> how).orElseGet(() -> Task.of(labels));
    }

    /** Checks that the settings of generation are there for texts only. */
    private static void demandWriting(LabelKind labels, Optional<Seq2Seq> writing) {
        if (labels.isText() != writing.isPresent()) {
            throw new InputException(
                    labels.isText()
                            ? "the labels are texts to generate; give the settings of generation"
                            : "settings of generation are given, but the labels are not texts");
        }
    }

    /**
     * Checks that the settings fit the kind of some labels.
     *
     * @throws InputException if they are for texts and the labels are none, or the other way round
     */
    void requireFits(Labels labels) {
        demandWriting(labels.kind(), writing);
        if (labels.kind() == LabelKind.TOKENS && pooling.isPresent()) {
            throw InputException.about(
                    "pooling",
                    "pooling is for a model that reads one vector a text; leave it out with names found in texts");
        }
    }

    /** Returns whether all rows train: if nobody gives development rows and the last state is kept anyway. */
    boolean learnsFromAll(Split split) {
        return split.aside() && writing.isEmpty() && training.keep() == TrainingConfig.Keep.LAST;
    }

    /** Checks that labels and settings fit each other. */
    public RunSpec {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(writing, "writing is null");
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(precision, "precision is null");
        Objects.requireNonNull(calibrate, "calibrate is null");
        data.ifPresent(files -> demandWriting(files.labels(), writing));
        boolean texts = writing.isPresent();
        if (training.epochs() == 0 && method.trainsBySteps()) {
            throw InputException.about("epochs", "epochs must be at least 1, got 0");
        }
        if (texts && training.labelSmoothing() != 0) {
            throw InputException.about(
                    "label-smoothing",
                    "label smoothing here is for classes; a model that generates text has its own (Seq2Seq.labelSmoothing)");
        }
        if (texts && pooling.isPresent()) {
            throw InputException.about("pooling", "pooling is for a model with a head; leave it out");
        }
        if (texts && training.head() == TrainingConfig.TrainedHead.RELEASE) {
            throw InputException.about("head", "head release is for a model with a head; leave it out");
        }
        if (texts && training.padding() == TrainingConfig.Padding.MAX) {
            throw InputException.about("padding", "padding max is for a model with a head; leave it out");
        }
    }
}

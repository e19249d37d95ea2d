package org.unipelt.run;

import java.util.Objects;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Labels;
import org.unipelt.data.Split;
import org.unipelt.method.Method;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.Task;
import org.unipelt.tensor.Precision;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.DataSpec;

/**
 * All that determines a run: two runs of equal specs on equal files leave equal bytes.
 *
 * @param model the base model, a name or a folder
 * @param method what is trained
 * @param pooling which vector the head reads; the base model's own if empty
 * @param data where the examples come from
 * @param writing how to write, if the labels are texts
 * @param training how to train
 * @param precision of the base model's products
 */
public record RunSpec(
        String model,
        Method method,
        Optional<Pooling> pooling,
        DataSpec data,
        Optional<Seq2Seq> writing,
        TrainingConfig training,
        Precision precision) {
    /** What is learned of such labels. */
    Task task(Labels labels) {
        return writing.<Task>map(how -> how).orElseGet(() -> Task.of(labels));
    }

    /**
     * Whether all rows train and none are set aside: where nobody gave development rows and the last state is kept, whatever
     * they would say.
     */
    boolean learnsFromAll(Split split) {
        return split.aside() && writing.isEmpty() && training.keep() == TrainingConfig.Keep.LAST;
    }

    /** Checks that what is to be learned and how it is written fit. */
    public RunSpec {
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(method, "method is null");
        Objects.requireNonNull(pooling, "pooling is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(writing, "writing is null");
        Objects.requireNonNull(training, "training is null");
        Objects.requireNonNull(precision, "precision is null");
        boolean texts = data.labels().isText();
        if (texts != writing.isPresent()) {
            throw new InputException(
                    texts
                            ? "the labels are texts to write; say how they are written"
                            : "how to write is given, but the labels are not texts");
        }
        if (training.epochs() == 0 && method.trainsBySteps()) {
            throw InputException.about("epochs", "epochs must be at least 1, got 0");
        }
        if (texts && pooling.isPresent()) {
            throw InputException.about("pooling", "pooling is for a model with a head; one that writes has none");
        }
        if (texts && training.head() == TrainingConfig.TrainedHead.RELEASE) {
            throw InputException.about("head", "head release is for a model with a head; one that writes has none");
        }
        if (texts && training.padding() == TrainingConfig.Padding.MAX) {
            throw InputException.about("padding", "padding max is for a model with a head; leave it out");
        }
    }
}

package org.unipelt.tracking;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.unipelt.training.TrainingEvent;

/**
 * A number of a training at a step, under the name that all trackers use:
 *
 * <pre>
 *   train/loss, train/learning_rate     of every step
 *   train/epoch_loss                    the mean of an epoch
 *   dev/loss, dev/METRIC                of every evaluation
 *   final/dev/METRIC, final/test/METRIC of the state that is kept, at the last step
 * </pre>
 *
 * @param name its name
 * @param step number of steps made
 * @param value its value; a metric may be undefined, NaN
 */
record Scalar(String name, long step, double value) {
    /** What the trackers allow in a name. */
    private static final Pattern OTHER = Pattern.compile("[^\\w/.-]");

    /** The numbers of an event; most events have none. */
    static List<Scalar> of(TrainingEvent event) {
        List<Scalar> scalars = new ArrayList<>();
        if (event instanceof TrainingEvent.Stepped made) {
            scalars.add(new Scalar("train/loss", made.step(), made.loss()));
            scalars.add(new Scalar("train/learning_rate", made.step(), made.learningRate()));
        } else if (event instanceof TrainingEvent.Evaluated judged) {
            if (judged.epoch() > 0) {
                scalars.add(new Scalar("train/epoch_loss", judged.step(), judged.meanLoss()));
            }
            scalars.add(new Scalar("dev/loss", judged.step(), judged.devLoss()));
            scalars.add(new Scalar("dev/" + plain(judged.metric()), judged.step(), judged.value()));
        }
        return scalars;
    }

    /** The scores of the state that is kept. */
    static List<Scalar> of(Map<String, Map<String, Double>> scores, long step) {
        List<Scalar> scalars = new ArrayList<>();
        scores.forEach((part, values) -> values.forEach(
                (metric, value) -> scalars.add(new Scalar("final/" + part + "/" + plain(metric), step, value))));
        return scalars;
    }

    private static String plain(String metric) {
        return OTHER.matcher(metric).replaceAll("_");
    }
}

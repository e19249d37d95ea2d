package org.unipelt.run;

import java.util.List;
import java.util.stream.IntStream;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.metric.GateMeans;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/** How far the gates of a trained model open on its data. */
final class MeanGates {
    /** More rows cost more and change a mean little. */
    private static final int ROWS = 200;

    private MeanGates() {}

    /**
     * Returns the means over development rows; without them over test rows, else over training rows. Of many rows it takes
     * {@value #ROWS}, evenly spaced.
     *
     * @param judged whether there are development rows
     * @param observer called before each piece of the rows, from several threads; what it throws ends the call
     */
    static GateMeans of(
            TunedModel model, DataSpec.Loaded data, boolean judged, SequenceClassifier.BatchObserver observer) {
        if (!model.card().method().isGated()) {
            return GateMeans.NONE;
        }
        if (judged) {
            return of(model, "dev", data.split().dev(), observer);
        }
        return data.split()
                .test()
                .map(test -> of(model, "test", test, observer))
                .orElseGet(() -> of(model, "train", data.split().train(), observer));
    }

    private static GateMeans of(
            TunedModel model, String part, Dataset data, SequenceClassifier.BatchObserver observer) {
        List<Example> all = data.examples();
        int count = Math.min(ROWS, all.size());
        List<Example> rows = IntStream.range(0, count)
                .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                .toList();
        return new GateMeans(
                part,
                count,
                model.gates(rows, observer).stream().map(GateValues::summary).toList());
    }
}

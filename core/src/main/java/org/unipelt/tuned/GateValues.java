package org.unipelt.tuned;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Site;
import org.unipelt.method.MethodObserver;
import org.unipelt.metric.GateMean;
import org.unipelt.task.SequenceClassifier;

/**
 * The values of one gate on a data set.
 *
 * @param submodule the method behind the gate, e.g. {@code lora}
 * @param site the site of the gated change
 * @param values one value per example, in the data set's order, between 0 and 1
 */
public record GateValues(String submodule, Site site, double[] values) {
    /** Returns the mean over examples. */
    public double mean() {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** Returns the population standard deviation over examples. */
    public double sd() {
        double mean = mean();
        return Math.sqrt(Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(Double.NaN));
    }

    /** Returns what the card of a model stores. */
    public GateMean summary() {
        return new GateMean(submodule, site.layer(), site.place().text(), mean(), sd());
    }

    /**
     * Collects the values of every gate, by layer, then by place.
     *
     * @param examples the number of examples
     * @param run runs the examples in batches, each with an observer for its rows
     */
    static List<GateValues> collect(int examples, Consumer<SequenceClassifier.BatchObserver> run) {
        record Gate(String submodule, Site site) {}
        // Several threads compute batches, so the order is restored below.
        Map<Gate, double[]> values = new ConcurrentHashMap<>();
        run.accept(rows -> new MethodObserver() {
            @Override
            public void gate(String submodule, Site site, Tensor batch) {
                float[] read = new float[rows.length];
                batch.cpu().contiguous().data_ptr_float().get(read);
                double[] all = values.computeIfAbsent(new Gate(submodule, site), g -> new double[examples]);
                for (int i = 0; i < rows.length; i++) {
                    all[rows[i]] = read[i];
                }
            }
        });
        return values.entrySet().stream()
                .map(gate ->
                        new GateValues(gate.getKey().submodule(), gate.getKey().site(), gate.getValue()))
                .sorted(Comparator.comparing((GateValues gate) -> gate.site().layer())
                        .thenComparing(gate -> gate.site().place())
                        .thenComparing(GateValues::submodule))
                .toList();
    }
}

package org.unipelt.experiment;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;

/**
 * What one run of a sweep gave. It holds no times and no paths: the same cell on the same files gives the same result.
 *
 * @param run the cell
 * @param metric name of the metric that steered training
 * @param scores by part of the data ({@code dev}, {@code test}), then by metric; empty if the run failed. An undefined
 *     metric is NaN, in JSON the string {@code "NaN"}
 * @param failed why the run failed, in one line; none if it succeeded
 * @param epochs number of epochs that ended
 * @param bestEpoch the epoch whose state was kept, from 1; 0 for the state before the first step
 * @param stoppedBy {@code epochs}, {@code patience}, or {@code divergence} if it failed
 * @param trainedParameters all trained parameters, with the head and a prefix's network
 * @param paperParameters counted as in the UniPELT paper: without the head, a prefix as it is saved
 * @param backboneParameters of the base model
 * @param curve the epochs that ended
 * @param gates over the first {@value #GATE_ROWS} test rows; empty without gates
 * @param test right answers and predictions, row by row; empty if the run failed
 */
public record Result(
        Cell run,
        String metric,
        Map<String, Map<String, Double>> scores,
        Optional<String> failed,
        int epochs,
        int bestEpoch,
        String stoppedBy,
        long trainedParameters,
        long paperParameters,
        long backboneParameters,
        List<Epoch> curve,
        List<Gate> gates,
        Answers test) {
    /** Gates are measured on at most this many test rows. */
    public static final int GATE_ROWS = 500;

    /** Copies the lists. Checks that the run either failed or has scores. */
    public Result {
        curve = List.copyOf(curve);
        gates = List.copyOf(gates);
        if (failed.isPresent() != scores.isEmpty()) {
            throw new InputException("a result has either scores or the reason for a failure");
        }
    }

    /**
     * The end of an epoch.
     *
     * @param epoch from 1
     * @param loss mean training loss
     * @param dev the metric on the development rows
     */
    public record Epoch(int epoch, double loss, double dev) {}

    /**
     * A gate over test rows.
     *
     * @param submodule the method behind it, e.g. {@code lora}
     * @param part {@code encoder}, {@code decoder} or {@code cross}
     * @param layer from 0
     * @param place where in the layer, e.g. {@code query}
     * @param mean over rows
     * @param sd population standard deviation over rows
     */
    public record Gate(String submodule, String part, int layer, String place, double mean, double sd) {}

    /**
     * Right answers and predictions in the order of the rows: indices of classes, scores, or label sets as whole numbers
     * in which bit i is label i.
     *
     * @param gold right answers
     * @param predicted predictions
     */
    public record Answers(List<Number> gold, List<Number> predicted) {
        /** Copies the lists. Checks that they have the same length. */
        public Answers {
            gold = List.copyOf(gold);
            predicted = List.copyOf(predicted);
            if (gold.size() != predicted.size()) {
                throw new InputException(gold.size() + " right answers, but " + predicted.size() + " predictions");
            }
        }

        /** No rows. */
        public static Answers none() {
            return new Answers(List.of(), List.of());
        }
    }
}

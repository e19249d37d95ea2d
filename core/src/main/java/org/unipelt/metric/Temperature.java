package org.unipelt.metric;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The temperature T of a model of classes: softmax(z / T) in place of softmax(z) makes it less sure of the same classes if
 * T is above 1, and more sure below (Guo et al. 2017, Section 4.2). T has the least mean −ln p on rows that did not train.
 *
 * <p>A temperature does too well on the rows that chose it. Therefore the numbers after it are by cross-validation: each
 * fifth of the rows gets the temperature of the other four.
 *
 * @param value T
 * @param rows the number of rows that chose it
 * @param errorBefore the expected calibration error on these rows before, see {@link Calibration#error}
 * @param errorAfter the same after it, by cross-validation
 * @param lossBefore the mean −ln p of the right class on these rows before
 * @param lossAfter the same after it, by cross-validation
 */
public record Temperature(
        double value, int rows, double errorBefore, double errorAfter, double lossBefore, double lossAfter) {
    /** The temperature of fewer rows is mostly chance (docs/results.md). */
    public static final int FEWEST_ROWS = 50;

    private static final int PARTS = 5;

    /** The search looks at ln T between these; beyond, a model is either never or always sure. */
    private static final double WIDEST = Math.log(20);

    private static final double PRECISION = 1e-9;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    /** Returns the temperature that fits some rows. */
    public static Temperature of(ClassProbabilities rows) {
        Objects.requireNonNull(rows, "rows is null");
        List<ClassProbabilities> parts = IntStream.range(0, PARTS)
                .filter(part -> part < rows.rows())
                .mapToObj(
                        part -> part(rows, row -> row % PARTS == part).at(best(part(rows, row -> row % PARTS != part))))
                .toList();
        ClassProbabilities after = ClassProbabilities.together(parts);
        return new Temperature(
                best(rows),
                rows.rows(),
                rows.calibration().error(),
                after.calibration().error(),
                rows.loss(),
                after.loss());
    }

    /**
     * Returns the temperature that fits some rows if they are enough to trust it, if one of them is answered wrongly, and if it
     * lowers their loss. Without a wrong answer the loss falls as long as the model becomes surer.
     */
    public static Optional<Temperature> trusted(ClassProbabilities rows) {
        return Optional.of(rows)
                .filter(enough -> enough.rows() >= FEWEST_ROWS)
                .filter(some -> some.coverage(0).hits() < some.rows())
                .map(Temperature::of)
                .filter(Temperature::helps);
    }

    /** Returns whether it lowers the loss of rows that did not choose it. */
    public boolean helps() {
        return lossAfter < lossBefore;
    }

    private static ClassProbabilities part(ClassProbabilities rows, IntPredicate chosen) {
        return rows.of(IntStream.range(0, rows.rows()).filter(chosen).toArray());
    }

    /**
     * Returns the T of the least loss. The loss is convex in 1/T, so it falls and then rises in ln T too, and a golden-section
     * search finds its minimum.
     */
    private static double best(ClassProbabilities rows) {
        double low = -WIDEST;
        double high = WIDEST;
        double left = high - GOLDEN * (high - low);
        double right = low + GOLDEN * (high - low);
        double lossLeft = rows.loss(Math.exp(left));
        double lossRight = rows.loss(Math.exp(right));
        while (high - low > PRECISION) {
            if (lossLeft <= lossRight) {
                high = right;
                right = left;
                lossRight = lossLeft;
                left = high - GOLDEN * (high - low);
                lossLeft = rows.loss(Math.exp(left));
            } else {
                low = left;
                left = right;
                lossLeft = lossRight;
                right = low + GOLDEN * (high - low);
                lossRight = rows.loss(Math.exp(right));
            }
        }
        return Math.exp((low + high) / 2);
    }
}

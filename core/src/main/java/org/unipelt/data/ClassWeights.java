package org.unipelt.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.unipelt.InputException;

/**
 * How much the rows of each class count in the loss. The loss of a batch is a weighted mean: each row's weight times
 * its loss, summed and divided by the sum of the weights, as in PyTorch's {@code CrossEntropyLoss(weight=…)}.
 *
 * @param balanced whether rare classes count more: with N rows and C classes, a class of n rows has the weight
 *     N / (C n), as in scikit-learn
 * @param byClass the weights by class; empty if all classes have the same weight, or if they are balanced
 */
public record ClassWeights(boolean balanced, Map<String, Double> byClass) {
    /** All rows count the same. */
    public static final ClassWeights NONE = new ClassWeights(false, Map.of());

    /** Rows of rare classes count more. */
    public static final ClassWeights BALANCED = new ClassWeights(true, Map.of());

    private static final String FIELD = "class-weights";
    private static final String WEIGHT = "weight";

    /**
     * Checks every weight.
     *
     * @throws InputException if a weight is not above 0
     */
    public ClassWeights {
        byClass = Map.copyOf(Objects.requireNonNull(byClass, "byClass is null"));
        byClass.forEach((label, weight) -> {
            if (!(weight > 0 && weight <= Float.MAX_VALUE)) {
                throw InputException.about(
                        FIELD, "the weight of class '" + label + "' is " + weight + "; give a number above 0");
            }
        });
    }

    /**
     * Reads class weights from text: {@code none}, {@code balanced}, or a table with the columns {@code label} and
     * {@code weight}.
     *
     * @throws InputException if the text is neither of the words nor the path of such a table
     */
    public static ClassWeights of(String text) {
        return switch (text) {
            case "none" -> NONE;
            case "balanced" -> BALANCED;
            default -> read(Path.of(text));
        };
    }

    private static ClassWeights read(Path file) {
        if (!file.toString().contains(".")) {
            throw InputException.about(
                    FIELD, "must be none, balanced, or a table with the columns label and weight, got '" + file + "'");
        }
        Dataset rows = Table.read(file)
                .dataset(ColumnNames.textsAndLabels().withText("label").withLabel(WEIGHT));
        Labels.Score numbers = new Labels.Score();
        double[] weights = numbers.scores(rows);
        Map<String, Double> byClass = new HashMap<>();
        for (int i = 0; i < weights.length; i++) {
            if (byClass.put(rows.get(i).text().strip(), weights[i]) != null) {
                throw InputException.about(
                        FIELD,
                        file + ":" + rows.get(i).line()
                                + ": this class has a weight already; remove one of the two rows");
            }
        }
        return new ClassWeights(false, byClass);
    }

    /** Returns whether all rows count the same. */
    public boolean areEqual() {
        return equals(NONE);
    }

    /**
     * Returns the weight of each class.
     *
     * @param classes the classes in the order of their indices
     * @param rows the class index of each training row
     * @throws InputException if a class has no weight, or if a weight is for an unknown class
     */
    public double[] of(List<String> classes, int... rows) {
        if (balanced) {
            double[] counts = new double[classes.size()];
            Arrays.stream(rows).forEach(row -> counts[row]++);
            // A class without rows never contributes to a loss, so any finite weight will do.
            return Arrays.stream(counts)
                    .map(count -> rows.length / (classes.size() * Math.max(1, count)))
                    .toArray();
        }
        byClass.keySet().stream()
                .filter(label -> !classes.contains(label))
                .findFirst()
                .ifPresent(label -> {
                    throw InputException.about(
                            FIELD,
                            InputException.unknown("class", label, classes).getMessage());
                });
        return classes.stream()
                .mapToDouble(label -> {
                    if (!byClass.containsKey(label)) {
                        throw InputException.about(
                                FIELD, "class '" + label + "' has no weight; give one for every class");
                    }
                    return byClass.get(label);
                })
                .toArray();
    }
}

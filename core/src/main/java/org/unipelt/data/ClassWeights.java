package org.unipelt.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.unipelt.InputException;

/**
 * How much the rows of each class count in the loss. The mean over a batch is weighted: the sum of each row's weight times
 * its loss, divided by the sum of the weights, as PyTorch's {@code CrossEntropyLoss(weight=…)} has it.
 *
 * @param balanced whether a class of n of all N rows in C classes weighs N / (C n), as in scikit-learn
 * @param byClass the weights by class; empty if all classes weigh the same, or are balanced
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
     * {@code none}, {@code balanced}, or a table with the columns {@code label} and {@code weight}.
     *
     * @throws InputException if it is no such word, and no such table
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
                        FIELD, file + ":" + rows.get(i).line() + ": the class stands here for the second time");
            }
        }
        return new ClassWeights(false, byClass);
    }

    /** Whether all rows count the same. */
    public boolean areEqual() {
        return equals(NONE);
    }

    /**
     * The weight of each class.
     *
     * @param classes in the order of their indices
     * @param rows the class of each training row, as an index
     * @throws InputException if a class has no weight, or a weight no class
     */
    public double[] of(List<String> classes, int... rows) {
        if (balanced) {
            double[] counts = new double[classes.size()];
            Arrays.stream(rows).forEach(row -> counts[row]++);
            // A class without rows has no part in any loss.
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

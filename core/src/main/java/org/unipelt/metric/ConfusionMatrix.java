package org.unipelt.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The number of examples for each right class and each predicted class.
 *
 * @param labels the classes' names in the order of their indices
 * @param counts {@code counts[right class][predicted class]}
 */
public record ConfusionMatrix(List<String> labels, List<List<Integer>> counts) {
    private static final int WIDTH = 80;
    private static final int LONGEST_NAME = 24;
    private static final int LISTED = 20;

    /** Checks that the counts are square with one side per label, and copies them. */
    public ConfusionMatrix {
        labels = List.copyOf(labels);
        counts = counts.stream().map(List::copyOf).toList();
        int size = labels.size();
        if (counts.size() != size || counts.stream().anyMatch(row -> row.size() != size)) {
            throw new IllegalArgumentException("counts are not " + size + " x " + size);
        }
    }

    /**
     * Counts predictions.
     *
     * @param classes the classes' names in the order of their indices
     * @param predicted the predicted class of each example, as an index
     * @param gold the right class of each example, as an index
     * @throws IllegalArgumentException if the lengths differ
     * @throws IndexOutOfBoundsException if an index does not belong to a class
     */
    public static ConfusionMatrix of(List<String> classes, int[] predicted, int[] gold) {
        if (predicted.length != gold.length) {
            throw new IllegalArgumentException(predicted.length + " predictions for " + gold.length + " examples");
        }
        int size = classes.size();
        int[][] counts = new int[size][size];
        for (int i = 0; i < gold.length; i++) {
            counts[gold[i]][predicted[i]]++;
        }
        List<List<Integer>> rows = new ArrayList<>();
        for (int[] row : counts) {
            rows.add(Arrays.stream(row).boxed().toList());
        }
        return new ConfusionMatrix(classes, rows);
    }

    /**
     * Rows of one class that were taken for another.
     *
     * @param right the index of their class
     * @param predicted the index of the other
     * @param count how many there are
     */
    public record Confusion(int right, int predicted, int count) {}

    /** Returns precision, recall and F1 of every class that occurs or is predicted, the lowest F1 first. */
    public List<ClassScore> classScores() {
        List<ClassScore> scores = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            int at = i;
            int right = counts.get(i).get(i);
            int support = counts.get(i).stream().mapToInt(count -> count).sum();
            int predicted = counts.stream().mapToInt(row -> row.get(at)).sum();
            if (support + predicted > 0) {
                scores.add(new ClassScore(
                        labels.get(i),
                        share(right, predicted),
                        share(right, support),
                        share(2 * right, support + predicted),
                        support));
            }
        }
        scores.sort(Comparator.comparingDouble(ClassScore::f1));
        return List.copyOf(scores);
    }

    private static double share(int part, int whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /** Returns the confusions, the most frequent first. */
    public List<Confusion> mistakes() {
        List<Confusion> all = new ArrayList<>();
        for (int right = 0; right < labels.size(); right++) {
            for (int predicted = 0; predicted < labels.size(); predicted++) {
                int count = counts.get(right).get(predicted);
                if (right != predicted && count > 0) {
                    all.add(new Confusion(right, predicted, count));
                }
            }
        }
        all.sort(Comparator.comparingInt(Confusion::count).reversed());
        return List.copyOf(all);
    }

    /**
     * Formats a table of at most 80 columns: right classes as rows, predicted ones as columns, and each class's recall.
     * Columns have names if these fit, and numbers otherwise. If numbers do not fit either, lists the {@value #LISTED}
     * most frequent confusions instead. Ends with a line break.
     */
    public String toText() {
        return table().orElseGet(this::confusions);
    }

    /** Formats the same table; empty if it does not fit. */
    public Optional<String> table() {
        int nameWidth = Math.max(
                "right".length(),
                labels.stream().mapToInt(l -> shortened(l).length()).max().orElse(0));
        List<Integer> named =
                columnWidths(labels.stream().map(ConfusionMatrix::shortened).toList());
        if (fits(nameWidth, named)) {
            return Optional.of(
                    table(labels.stream().map(ConfusionMatrix::shortened).toList(), named, nameWidth, false));
        }
        List<String> numbers = new ArrayList<>();
        for (int i = 1; i <= labels.size(); i++) {
            numbers.add(Integer.toString(i));
        }
        int numberedWidth = nameWidth + numbers.get(numbers.size() - 1).length() + 1;
        List<Integer> numbered = columnWidths(numbers);
        return fits(numberedWidth, numbered)
                ? Optional.of(table(numbers, numbered, numberedWidth, true))
                : Optional.empty();
    }

    private static boolean fits(int nameWidth, List<Integer> widths) {
        return nameWidth + widths.stream().mapToInt(width -> width + 2).sum() + "   found".length() <= WIDTH;
    }

    private List<Integer> columnWidths(List<String> heads) {
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < labels.size(); column++) {
            int width = heads.get(column).length();
            for (List<Integer> row : counts) {
                width = Math.max(width, row.get(column).toString().length());
            }
            widths.add(width);
        }
        return widths;
    }

    private String table(List<String> heads, List<Integer> widths, int nameWidth, boolean numbered) {
        StringBuilder text = new StringBuilder();
        text.append(" ".repeat(nameWidth + 2)).append("predicted\n");
        text.append(padded("right", nameWidth));
        for (int i = 0; i < heads.size(); i++) {
            text.append("  ")
                    .append(" ".repeat(widths.get(i) - heads.get(i).length()))
                    .append(heads.get(i));
        }
        text.append("   found\n");
        int digits = heads.get(heads.size() - 1).length();
        for (int right = 0; right < labels.size(); right++) {
            String name = shortened(labels.get(right));
            if (numbered) {
                String number = heads.get(right);
                name = " ".repeat(digits - number.length()) + number + " " + name;
            }
            text.append(padded(name, nameWidth));
            for (int column = 0; column < labels.size(); column++) {
                String count = counts.get(right).get(column).toString();
                text.append("  ")
                        .append(" ".repeat(widths.get(column) - count.length()))
                        .append(count);
            }
            text.append("   ").append(found(right)).append('\n');
        }
        return text.toString();
    }

    /** Formats the recall of a class in five characters; a dash if the class does not occur. */
    private String found(int right) {
        long occurs = counts.get(right).stream().mapToLong(count -> count).sum();
        return occurs == 0
                ? "    –"
                : String.format(
                        Locale.ROOT, "%4.0f%%", 100.0 * counts.get(right).get(right) / occurs);
    }

    private String confusions() {
        List<Confusion> all = mistakes();
        if (all.isEmpty()) {
            return "no example has a wrong class\n";
        }
        String head = "most frequent confusions (" + labels.size() + " classes are too many for a table)\n";
        return all.stream()
                .limit(LISTED)
                .map(one -> String.format(Locale.ROOT, "%7d  ", one.count())
                        + shortened(labels.get(one.right())) + " taken for "
                        + shortened(labels.get(one.predicted())) + "\n")
                .collect(Collectors.joining("", head, ""));
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String shortened(String label) {
        return label.length() <= LONGEST_NAME ? label : label.substring(0, LONGEST_NAME - 1) + "…";
    }
}

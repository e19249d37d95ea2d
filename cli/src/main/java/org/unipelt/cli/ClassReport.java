package org.unipelt.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Evaluation;

/**
 * How well a model does on each class, and which classes it confuses.
 *
 * @param classes the scores of the classes, the weakest class first
 * @param confusions the confused pairs of classes, the most frequent first
 */
record ClassReport(List<ClassScore> classes, List<Mistake> confusions) {
    private static final int MOST_CONFUSIONS = 10;

    /**
     * Rows of one class that the model took for another.
     *
     * @param right their class
     * @param predicted the class that the model predicted
     * @param count the number of rows
     * @param text the text of one of them
     */
    record Mistake(String right, String predicted, int count, String text) {}

    /** Returns the report on evaluated rows; empty if their labels are not classes. */
    static Optional<ClassReport> of(Evaluation evaluation, Dataset rows) {
        return evaluation
                .confusion()
                .map(confusion -> new ClassReport(
                        confusion.classScores(),
                        confusion.mistakes().stream()
                                .limit(MOST_CONFUSIONS)
                                .map(one -> mistake(one, confusion.labels(), evaluation, rows))
                                .toList()));
    }

    private static Mistake mistake(
            ConfusionMatrix.Confusion one, List<String> labels, Evaluation evaluation, Dataset rows) {
        int place = IntStream.range(0, rows.size())
                .filter(i -> evaluation.right().get(i).intValue() == one.right()
                        && evaluation.predicted().get(i).intValue() == one.predicted())
                .findFirst()
                .orElseThrow();
        Example row = rows.get(place);
        return new Mistake(
                labels.get(one.right()),
                labels.get(one.predicted()),
                one.count(),
                row.text() + row.pair().map(second -> " | " + second).orElse(""));
    }

    /**
     * Prints classes and confusions.
     *
     * @param most the most classes to print, the weakest first
     */
    void print(Console console, int most) {
        int width = console.columns();
        TextTable table = new TextTable(List.of(Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.LEFT))
                .add("precision", "recall", "f1", "rows", "class, the weakest first");
        classes.forEach(each -> table.add(
                Metrics.two(each.precision()),
                Metrics.two(each.recall()),
                Metrics.two(each.f1()),
                Integer.toString(each.support()),
                each.label()));
        table.print(console, most);
        if (!confusions.isEmpty()) {
            console.print("");
            console.print("Taken for another class, the most frequent first:");
            confusions.forEach(each -> {
                console.print(cut("  " + each.count() + "  " + each.right() + " for " + each.predicted(), width));
                console.print(cut("     \"" + each.text() + "\"", width));
            });
        }
    }

    private static String cut(String line, int width) {
        return line.length() <= width ? line : line.substring(0, width - 1) + "…";
    }
}

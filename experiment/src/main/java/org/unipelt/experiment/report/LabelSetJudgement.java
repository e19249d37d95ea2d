package org.unipelt.experiment.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jsoup.nodes.Element;
import org.unipelt.data.Dataset;
import org.unipelt.data.LabelSet;
import org.unipelt.data.Labels;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.LabelScore;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.task.MultiLabel;
import org.unipelt.tuned.TunedModel;

/**
 * How a model does on rows of label sets: every label at its threshold, and the hardest rows.
 *
 * @param values metrics by name
 * @param labels the scores of every label, the weakest first
 * @param rows the number of rows
 * @param hardest the rows with the largest loss
 */
record LabelSetJudgement(Map<String, Double> values, List<LabelScore> labels, int rows, ReportTable hardest)
        implements Judgement {
    /** Keeps the loss of a row finite. */
    private static final double LEAST = 1e-12;

    static LabelSetJudgement of(TunedModel model, Dataset rows) {
        MultiLabel task = (MultiLabel) model.card().task();
        boolean[][] gold = ((Labels.Multi) model.labels()).indicators(rows);
        List<Answer.Labels> answers = model.predict(rows.examples()).stream()
                .map(Answer.Labels.class::cast)
                .toList();
        double[][] probabilities = answers.stream()
                .map(answer -> answer.probabilities().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray())
                .toArray(double[][]::new);
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            values.put(metric.text(), metric.of(probabilities, task.thresholds(), gold));
        }
        List<LabelScore> labels = LabelScore.of(task.names(), task.thresholds(), probabilities, gold).stream()
                .sorted(Comparator.comparingDouble(LabelScore::f1))
                .toList();
        double[] losses = IntStream.range(0, gold.length)
                .mapToDouble(row -> loss(probabilities[row], gold[row]))
                .toArray();
        ReportTable hardest = Judgement.hardest(
                model,
                rows,
                Judgement.first(Judgement.descending(losses), HARDEST),
                "The rows with the largest loss: the mean over labels of the negative logarithm of the right decision's"
                        + " probability. Some of them may be labelled wrongly.",
                List.of("Right", "Predicted", "Loss"),
                place -> List.of(
                        Entry.words(said(LabelSet.parse(rows.get(place).label().orElseThrow())
                                .names())),
                        Entry.words(said(answers.get(place).labels())),
                        Entry.number(losses[place], 2)));
        return new LabelSetJudgement(values, labels, gold.length, hardest);
    }

    private static String said(List<String> labels) {
        return labels.isEmpty() ? "none" : String.join(", ", labels);
    }

    private static double loss(double[] probabilities, boolean[] gold) {
        return IntStream.range(0, gold.length)
                .mapToDouble(label ->
                        -Math.log(Math.max(LEAST, gold[label] ? probabilities[label] : 1 - probabilities[label])))
                .average()
                .orElseThrow();
    }

    private ReportTable scores() {
        return Judgement.scores(values, "Every metric that fits, the one that guided the training first.");
    }

    private ReportTable everyLabel() {
        return new ReportTable(
                "labels",
                "Every label",
                "A text gets a label whose probability is at least the threshold. Of the rows that got a label, precision is"
                        + " the share that have it; of the rows that have it, recall is the share that got it; F1 is their"
                        + " harmonic mean. The average precision does not depend on the threshold. The weakest label comes"
                        + " first.",
                "Label",
                List.of("F1", "Precision", "Recall", "Average precision", "Threshold", "Rows"),
                List.of(new Block(
                        "",
                        labels.stream()
                                .map(each -> new Row(
                                        each.label(),
                                        List.of(
                                                Entry.number(each.f1(), 2),
                                                Entry.number(each.precision(), 2),
                                                Entry.number(each.recall(), 2),
                                                Entry.number(each.averagePrecision(), 2),
                                                Entry.number(each.threshold(), 2),
                                                Entry.number(each.support(), 0))))
                                .toList())));
    }

    @Override
    public List<String> found() {
        LabelScore weakest = labels.get(0);
        return List.of(
                String.format(
                        Locale.ROOT,
                        "All labels right in %.1f %% of %,d rows; F1 over all decisions %.3f.",
                        100 * Objects.requireNonNull(values.get(Metric.EXACT_MATCH.text())),
                        rows,
                        values.get(Metric.MICRO_F1.text())),
                String.format(
                        Locale.ROOT,
                        "Weakest label: %s, F1 %.2f on %,d rows.",
                        weakest.label(),
                        weakest.f1(),
                        weakest.support()));
    }

    @Override
    public List<ReportTable> tables() {
        return List.of(scores(), everyLabel(), hardest);
    }

    @Override
    public void draw(Page page) {
        Element quality = page.section("quality", "Scores").element();
        Page.table(quality, scores());
        Page.table(page.section("labels-section", "Every label").element(), everyLabel());
        Page.table(page.section("hardest-section", "Hardest rows").element(), hardest);
    }
}

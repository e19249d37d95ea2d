package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jsoup.nodes.Element;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/**
 * How a model does on rows of scores: predicted against right scores, and the hardest rows.
 *
 * @param right the right scores, in the order of the rows
 * @param predicted the predicted ones
 * @param values metrics and mean absolute error, by name
 * @param hardest the rows with the largest errors
 */
record ScoreJudgement(double[] right, double[] predicted, Map<String, Double> values, ReportTable hardest)
        implements Judgement {
    private static final double SIDE = 320;
    private static final String ERROR = "mean absolute error";

    static ScoreJudgement of(TunedModel model, Dataset rows) {
        double[] right = ((Labels.Score) model.labels()).scores(rows);
        double[] predicted = model.predict(rows.examples()).stream()
                .mapToDouble(answer -> ((Answer.Score) answer).value())
                .toArray();
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            values.put(metric.text(), metric.of(predicted, right));
        }
        double[] errors = IntStream.range(0, right.length)
                .mapToDouble(i -> Math.abs(predicted[i] - right[i]))
                .toArray();
        values.put(ERROR, Arrays.stream(errors).average().orElse(Double.NaN));
        ReportTable hardest = Judgement.hardest(
                model,
                rows,
                Judgement.first(Judgement.descending(errors), HARDEST),
                "The rows whose predicted score is farthest from the right one. Some of them may be labelled wrongly.",
                List.of("Right", "Predicted", "Error"),
                place -> List.of(
                        Entry.number(right[place], 2),
                        Entry.number(predicted[place], 2),
                        Entry.signed(predicted[place] - right[place], 2)));
        return new ScoreJudgement(right, predicted, values, hardest);
    }

    private ReportTable scores() {
        return Judgement.scores(
                values, "Correlations of predicted and right scores, and the mean distance between the two.");
    }

    @Override
    public List<String> found() {
        String main = values.keySet().iterator().next();
        return List.of(String.format(
                Locale.ROOT,
                "Scores: %s %s on %,d rows, off by %.3f on average.",
                main,
                Double.isNaN(Objects.requireNonNull(values.get(main)))
                        ? "undefined"
                        : ReportTable.digits(Objects.requireNonNull(values.get(main)), 3),
                right.length,
                values.get(ERROR)));
    }

    @Override
    public List<ReportTable> tables() {
        return List.of(scores(), hardest);
    }

    @Override
    public void draw(Page page) {
        Element quality = page.section("quality", "Scores").element();
        Element beside = quality.appendElement("div").addClass("beside");
        scatter(beside);
        Page.table(beside, scores());
        Page.table(page.section("hardest-section", "Hardest rows").element(), hardest);
    }

    private void scatter(Element parent) {
        Drawing drawing = new Drawing(
                Charts.panel(parent, "Predicted by right score"),
                Charts.WIDTH,
                SIDE,
                "Predicted score of each row by its right score");
        List<Double> all = new ArrayList<>(DoubleStream.concat(Arrays.stream(right), Arrays.stream(predicted))
                .boxed()
                .toList());
        // One range for both sides, so that the diagonal is where both are equal.
        Axis across = Axis.around(Charts.min(all), Charts.max(all), 44, Charts.WIDTH - 12);
        Axis up = new Axis(across.low(), across.high(), SIDE - 34, 8);
        Charts.vertical(drawing, up, 44, Charts.WIDTH - 12);
        for (double tick : across.ticks()) {
            drawing.text("tick middle", across.at(tick), SIDE - 20, across.label(tick));
        }
        drawing.text("tick middle", (44 + Charts.WIDTH - 12) / 2, SIDE - 5, "right score");
        drawing.line(
                "zero dashed", across.at(across.low()), up.at(up.low()), across.at(across.high()), up.at(up.high()));
        for (int i = 0; i < right.length; i++) {
            drawing.dot("seed c2", across.at(right[i]), up.at(predicted[i]), 2.6, "");
        }
    }
}

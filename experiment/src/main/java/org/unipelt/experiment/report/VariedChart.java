package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.Study.VariedMethod;
import org.unipelt.experiment.report.VariedTable.Series;

/** The test score by a varied value, one panel per condition. */
record VariedChart(Charts charts) {
    void draw(Element parent) {
        VariedTable.series(charts.study()).forEach((series, variants) -> {
            parent.appendElement("h3").text(series.title());
            Element grid = parent.appendElement("div").addClass("panels");
            for (Slice slice : charts.study().slices()) {
                for (String task : charts.study().tasks()) {
                    varied(grid, slice.condition(task), series, variants);
                }
            }
        });
    }

    private void varied(Element grid, Condition condition, Series series, Map<String, VariedMethod> variants) {
        TreeMap<Integer, Sample> scores = new TreeMap<>();
        List<String> values = List.copyOf(variants.keySet());
        for (int i = 0; i < values.size(); i++) {
            Sample sample = Study.scores(
                    charts.study()
                            .runs(condition, Objects.requireNonNull(variants.get(values.get(i))))
                            .values(),
                    "test");
            if (sample.size() > 0) {
                scores.put(i, sample);
            }
        }
        if (scores.isEmpty()) {
            return;
        }
        String title = PaperNames.task(condition.task()) + ", " + charts.study().title(condition.slice());
        Drawing drawing = new Drawing(
                Charts.panel(grid, title),
                Charts.WIDTH,
                176,
                title + ": test score by " + series.name() + "; the numbers stand in the table below");
        List<Double> all =
                scores.values().stream().flatMap(s -> s.values().stream()).toList();
        Axis up = Axis.around(Charts.min(all), Charts.max(all), 148, 8);
        Axis across = new Axis(-0.4, values.size() - 0.6, 36, Charts.WIDTH - 8);
        Charts.vertical(drawing, up, 36, Charts.WIDTH - 8);
        List<double[]> line = new ArrayList<>();
        String colour = charts.colour(series.method());
        for (int i = 0; i < values.size(); i++) {
            drawing.text("tick middle", across.at(i), 165, values.get(i));
        }
        scores.forEach((i, sample) -> line.add(new double[] {across.at(i), up.at(sample.mean())}));
        drawing.path("series " + colour, line, "");
        scores.forEach((i, sample) -> {
            sample.values().forEach(value -> drawing.dot("seed " + colour, across.at(i), up.at(value), 2.2, ""));
            drawing.diamond(
                    "mark " + colour,
                    across.at(i),
                    up.at(sample.mean()),
                    5,
                    series.name() + " = " + values.get(i) + ": " + ReportTable.digits(sample.mean(), 2));
        });
    }
}

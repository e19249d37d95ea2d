package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.Drawing.Axis;

/** Development score by epoch, mean over seeds. */
record CurveChart(Charts charts) {
    void draw(Element parent) {
        charts.legend(parent, charts.methods().stream().filter(this::hasCurves).toList());
        for (Slice slice : charts.study().slices()) {
            String title = charts.study().title(slice);
            parent.appendElement("h3").text(title);
            Element grid = parent.appendElement("div").addClass("panels");
            for (String task : charts.study().tasks()) {
                curve(grid, slice.condition(task), title);
            }
        }
    }

    private boolean hasCurves(String method) {
        return charts.study().results().stream()
                .anyMatch(result -> result.run().method().equals(method)
                        && result.run().vary().isEmpty()
                        && result.failed().isEmpty()
                        && !result.curve().isEmpty());
    }

    private void curve(Element grid, Condition condition, String title) {
        Map<String, List<Double>> lines = new LinkedHashMap<>();
        for (String method : charts.study().methods(condition.slice())) {
            List<Double> line = course(charts.study().runs(condition, method).values());
            if (!line.stream().allMatch(score -> score.isNaN())) {
                lines.put(method, line);
            }
        }
        if (lines.isEmpty()) {
            return;
        }
        List<Double> all = lines.values().stream()
                .flatMap(List::stream)
                .filter(score -> !score.isNaN())
                .toList();
        int epochs = lines.values().stream().mapToInt(List::size).max().orElse(1);
        String task = PaperNames.task(condition.task());
        Drawing drawing = new Drawing(
                Charts.panel(grid, task),
                Charts.WIDTH,
                170,
                task + ", " + title + ": development score by epoch of "
                        + PaperNames.listed(
                                lines.keySet().stream().map(PaperNames::method).toList()));
        Axis up = Axis.around(Charts.min(all), Charts.max(all), 148, 8);
        Axis across = new Axis(1, Math.max(2, epochs), 32, Charts.WIDTH - 8);
        Charts.vertical(drawing, up, 32, Charts.WIDTH - 8);
        for (double tick : across.ticks()) {
            drawing.text("tick middle", across.at(tick), 164, across.label(tick));
        }
        lines.forEach((method, line) -> {
            List<double[]> points = new ArrayList<>();
            for (int i = 0; i < line.size(); i++) {
                if (!line.get(i).isNaN()) {
                    points.add(new double[] {across.at(i + 1), up.at(line.get(i))});
                }
            }
            String name = PaperNames.method(method);
            if (points.size() == 1) {
                drawing.dot("mark " + charts.colour(method), points.get(0)[0], points.get(0)[1], 3, name);
            } else {
                drawing.path(
                        "series " + charts.colour(method) + (charts.study().isCombination(method) ? " strong" : ""),
                        points,
                        name);
            }
        });
    }

    /**
     * Mean over runs of the development score after each epoch. A run that has stopped counts with the score of its
     * best epoch. NaN if the score of every run is undefined.
     */
    static List<Double> course(Collection<Result> runs) {
        int epochs = runs.stream().mapToInt(run -> run.curve().size()).max().orElse(0);
        List<Double> course = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            int at = epoch;
            course.add(runs.stream()
                    .filter(run -> !run.curve().isEmpty())
                    .mapToDouble(run -> {
                        int best = Math.max(
                                0, Math.min(run.bestEpoch() - 1, run.curve().size() - 1));
                        return 100
                                * run.curve()
                                        .get(at < run.curve().size() ? at : best)
                                        .dev();
                    })
                    .filter(dev -> !Double.isNaN(dev))
                    .average()
                    .orElse(Double.NaN));
        }
        return course;
    }
}

package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.Drawing.Axis;

/** Development score by epoch, mean over seeds. */
record CurveChart(Charts charts) {
    /** So many lines can be told apart. */
    private static final int FEW = 5;

    private static final double BOTTOM = 188;

    void draw(Page page, Element parent) {
        List<String> shown = charts.methods().stream().filter(this::hasCurves).toList();
        List<Slice> slices = charts.study().slices();
        boolean lone = slices.size() == 1 && charts.study().tasks().size() == 1;
        Element curves = parent.appendElement("div").addClass("curves");
        Element place = lone ? curves.appendElement("div").addClass("beside") : curves;
        Element panels = lone ? place.appendElement("div") : place;
        if (shown.size() > FEW) {
            choice(page, place, shown);
        } else {
            charts.legend(place, shown);
        }
        for (Slice slice : slices) {
            String title = charts.study().title(slice);
            panels.appendElement("h3").text(title);
            Element grid = panels.appendElement("div").addClass("panels");
            for (String task : charts.study().tasks()) {
                curve(grid, slice.condition(task), title);
            }
        }
    }

    /** Lets readers choose the line to see among many; at first it is the best method's. */
    private void choice(Page page, Element parent, List<String> shown) {
        Element choice = parent.appendElement("fieldset");
        choice.appendElement("legend").text("Highlight");
        String first = best(shown);
        for (String method : shown) {
            String id = "curve-" + charts.methods().indexOf(method);
            Element label = choice.appendElement("label");
            Element radio = label.appendElement("input")
                    .attr("type", "radio")
                    .attr("name", "curve")
                    .attr("id", id);
            if (method.equals(first)) {
                radio.attr("checked", "");
            }
            Charts.sample(label, charts.line(method)).appendText(PaperNames.method(method));
            String mark = mark(method);
            page.style("@media screen { .curves:has(#" + id + ":checked) figure :is(.series, .mark):not(." + mark
                    + ") { opacity: 0.22; } .curves:has(#" + id + ":checked) figure .series." + mark
                    + " { stroke-width: 2.8; } }");
        }
        Element all = choice.appendElement("label");
        all.appendElement("input").attr("type", "radio").attr("name", "curve");
        all.appendText(" all");
    }

    /** The method with the highest average in most slices, the earlier one of equals. */
    private String best(List<String> shown) {
        Map<String, Integer> won = new LinkedHashMap<>();
        for (Slice slice : charts.study().slices()) {
            shown.stream()
                    .filter(method -> ScoreTables.average(charts.study(), slice, method, "test")
                                    .value()
                            != null)
                    .max(Comparator.comparing(method -> ScoreTables.average(charts.study(), slice, method, "test")
                            .value()))
                    .ifPresent(method -> won.merge(method, 1, Integer::sum));
        }
        return shown.stream()
                .max(Comparator.comparing(method -> won.getOrDefault(method, 0)))
                .orElseThrow();
    }

    /** The style class of a method's lines. */
    private String mark(String method) {
        return "m" + charts.methods().indexOf(method);
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
                BOTTOM + 22,
                task + ", " + title + ": development score by epoch of "
                        + PaperNames.listed(
                                lines.keySet().stream().map(PaperNames::method).toList()));
        Axis up = Axis.around(Charts.min(all), Charts.max(all), BOTTOM, 8);
        Axis across = new Axis(1, Math.max(2, epochs), 32, Charts.WIDTH - 8);
        Charts.vertical(drawing, up, 32, Charts.WIDTH - 8);
        Charts.epochs(drawing, across, BOTTOM);
        lines.forEach((method, line) -> {
            List<double[]> points = new ArrayList<>();
            for (int i = 0; i < line.size(); i++) {
                if (!line.get(i).isNaN()) {
                    points.add(new double[] {across.at(i + 1), up.at(line.get(i))});
                }
            }
            String name = PaperNames.method(method);
            if (points.size() == 1) {
                drawing.dot(
                        "mark " + mark(method) + " " + charts.colour(method),
                        points.get(0)[0],
                        points.get(0)[1],
                        3,
                        name);
            } else {
                drawing.path("series " + mark(method) + " " + charts.line(method), points, name);
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

package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.ComparisonTables.Group;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.PairedBootstrap.Interval;

/** Differences to the best single method with intervals, one row per task. */
record DifferenceChart(Charts charts) {
    void draw(Element parent, List<Comparison> comparisons) {
        Element grid = parent.appendElement("div").addClass("panels wide");
        Map<Group, List<Comparison>> groups = ComparisonTables.groups(charts.study(), comparisons);
        List<Double> ends = new ArrayList<>(List.of(0.0));
        comparisons.forEach(comparison -> {
            ends.add(comparison.interval().low());
            ends.add(comparison.interval().high());
        });
        // A row of panels for each combination, the sizes side by side.
        List<Group> ordered = groups.keySet().stream()
                .sorted(Comparator.comparing((Group group) -> group.slice().model())
                        .thenComparing(group ->
                                charts.methods().indexOf(group.combination().method())))
                .toList();
        ordered.forEach(group -> {
            List<Comparison> tasks = groups.get(group);
            double bottom = 6 + (tasks.size() + 1.4) * Charts.ROW;
            Drawing drawing = new Drawing(
                    Charts.panel(grid, group.title()),
                    Charts.WIDTH + 40,
                    bottom + 20,
                    group.title()
                            + ": difference to the best single method by task, with intervals; the numbers stand in"
                            + " the table below");
            Axis axis = Axis.around(Charts.min(ends), Charts.max(ends), 62, Charts.WIDTH + 28);
            Charts.horizontal(drawing, axis, 4, bottom);
            drawing.line("zero", axis.at(0), 4, axis.at(0), bottom);
            double y = 6 + 0.5 * Charts.ROW;
            for (Comparison task : tasks) {
                String name = PaperNames.task(task.condition().task());
                interval(drawing, axis, y, name, task.interval());
                drawing.dot(
                        "mark " + charts.colour(task.best()),
                        axis.at(task.mean()),
                        y,
                        4.2,
                        name + ": " + ReportTable.signed(task.mean(), 2) + ", "
                                + ComparisonTables.text(task.interval()) + ", to "
                                + PaperNames.method(task.best()));
                y += Charts.ROW;
            }
            y += 0.4 * Charts.ROW;
            Interval interval = ComparisonTables.interval(tasks);
            interval(drawing, axis, y, "Average", interval);
            drawing.diamond(
                    "mark total",
                    axis.at(ComparisonTables.mean(tasks)),
                    y,
                    5.5,
                    "Average: " + ReportTable.signed(ComparisonTables.mean(tasks), 2) + ", "
                            + ComparisonTables.text(interval));
        });
        Set<String> best = new LinkedHashSet<>();
        charts.methods().stream()
                .filter(method -> comparisons.stream()
                        .anyMatch(comparison -> comparison.best().equals(method)))
                .forEach(best::add);
        charts.legend(parent, best);
    }

    private static void interval(Drawing drawing, Axis axis, double y, String name, Interval interval) {
        drawing.text("name end", 54, y + 3.5, name);
        drawing.line("interval", axis.at(interval.low()), y, axis.at(interval.high()), y);
    }
}

package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.ComparisonTables.Group;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.PairedBootstrap.Interval;

/** Differences to the best single method with intervals, one row per task. */
record DifferenceChart(Charts charts) {
    private static final double WIDTH = Charts.WIDTH + 40;

    void draw(Element parent, List<Comparison> comparisons) {
        Element grid = parent.appendElement("div").addClass("panels");
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
            List<Comparison> tasks = Objects.requireNonNull(groups.get(group));
            List<String> titles = new ArrayList<>(tasks.stream()
                    .map(task -> PaperNames.task(task.condition().task()))
                    .toList());
            titles.add("Average");
            RowNames names = new RowNames(titles, WIDTH);
            double bottom = 6 + names.heights(titles.size()) + 0.4 * Charts.ROW;
            Drawing drawing = new Drawing(
                    Charts.panel(grid, group.title()),
                    WIDTH,
                    bottom + 20,
                    group.title()
                            + ": difference to the best single method by task, with intervals; the numbers stand in"
                            + " the table below");
            Axis axis = Axis.around(Charts.min(ends), Charts.max(ends), names.left(), WIDTH - 12);
            Charts.horizontal(drawing, axis, 4, bottom);
            drawing.line("zero", axis.at(0), 4, axis.at(0), bottom);
            for (int i = 0; i < tasks.size(); i++) {
                Comparison task = tasks.get(i);
                double y = names.draw(drawing, i, 6 + names.heights(i));
                interval(drawing, axis, y, task.interval());
                drawing.dot(
                        "mark " + charts.colour(task.best()),
                        axis.at(task.mean()),
                        y,
                        4.2,
                        titles.get(i) + ": " + ReportTable.signed(task.mean(), 2) + ", "
                                + ComparisonTables.text(task.interval()) + ", to "
                                + PaperNames.method(task.best()));
            }
            double y = names.draw(drawing, tasks.size(), 6 + names.heights(tasks.size()) + 0.4 * Charts.ROW);
            Interval interval = ComparisonTables.interval(tasks);
            interval(drawing, axis, y, interval);
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

    private static void interval(Drawing drawing, Axis axis, double y, Interval interval) {
        drawing.line("interval", axis.at(interval.low()), y, axis.at(interval.high()), y);
    }
}

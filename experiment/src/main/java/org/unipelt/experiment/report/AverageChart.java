package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.Drawing.Axis;

/** Average test score by method: each seed, the mean, and the paper's number. */
record AverageChart(Charts charts) {
    private static final double WIDTH = Charts.WIDTH + 40;

    void draw(Element parent, Optional<Published> published) {
        Element grid = parent.appendElement("div").addClass("panels");
        for (String model : charts.study().models()) {
            List<Double> all = new ArrayList<>();
            for (Slice slice : charts.study().slices(model)) {
                for (String method : charts.study().methods(slice)) {
                    all.addAll(ScoreTables.averages(charts.study(), slice, method, "test")
                            .values());
                    printed(published, slice, method).ifPresent(all::add);
                }
            }
            if (all.isEmpty()) {
                continue;
            }
            for (Slice slice : charts.study().slices(model)) {
                List<String> shown = charts.study().methods(slice);
                RowNames names =
                        new RowNames(shown.stream().map(PaperNames::method).toList(), WIDTH);
                double bottom = 6 + names.heights(shown.size());
                String title = charts.study().title(slice);
                Drawing drawing = new Drawing(
                        Charts.panel(grid, title),
                        WIDTH,
                        bottom + 20,
                        "Average test score of each method, " + title
                                + "; the numbers stand in the table of test scores");
                Axis axis = Axis.around(Charts.min(all), Charts.max(all), names.left(), WIDTH - 12);
                Charts.horizontal(drawing, axis, 4, bottom);
                for (int i = 0; i < shown.size(); i++) {
                    String method = shown.get(i);
                    double y = names.draw(drawing, i, 6 + names.heights(i));
                    printed(published, slice, method)
                            .ifPresent(value -> drawing.dot(
                                    "paper", axis.at(value), y, 4, "paper: " + ReportTable.digits(value, 2)));
                    Sample seeds = ScoreTables.averages(charts.study(), slice, method, "test");
                    seeds.values()
                            .forEach(value -> drawing.dot("seed " + charts.colour(method), axis.at(value), y, 2.2, ""));
                    if (seeds.size() > 0) {
                        drawing.diamond(
                                "mark " + charts.colour(method),
                                axis.at(seeds.mean()),
                                y,
                                5,
                                PaperNames.method(method) + ": " + ReportTable.digits(seeds.mean(), 2));
                    }
                }
            }
        }
    }

    /** The paper's average, if the study has the same tasks. */
    private Optional<Double> printed(Optional<Published> published, Slice slice, String method) {
        List<String> tasks = charts.study().tasks(slice);
        boolean same = tasks.size() == 8 && tasks.stream().allMatch(PaperNames::isTask);
        return published.filter(paper -> same).flatMap(paper -> {
            OptionalDouble value = paper.score("test", slice.samples(), method, "average");
            return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
        });
    }
}

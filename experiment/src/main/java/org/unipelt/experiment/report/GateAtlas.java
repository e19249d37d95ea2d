package org.unipelt.experiment.report;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.GateStatistics.GateColumn;

/** Maps of gates, one per task: layers as rows, sub-modules as columns. */
record GateAtlas(Charts charts) {
    void draw(Element parent, String method) {
        Set<GateColumn> kinds = GateStatistics.kinds(charts.study(), method);
        double reach = reach(method);
        double widest = widest(method);
        for (Slice slice : charts.study().slices()) {
            List<Condition> conditions = charts.study().tasks().stream()
                    .map(task -> slice.condition(task))
                    .filter(condition -> !GateStatistics.of(charts.study(), condition, method)
                            .isEmpty())
                    .toList();
            if (conditions.isEmpty()) {
                continue;
            }
            String title = PaperNames.method(method) + ", " + charts.study().title(slice);
            parent.appendElement("h3").text(title);
            Element grid = parent.appendElement("div").addClass("maps");
            for (Condition condition : conditions) {
                map(grid, condition, method, kinds, title, reach, widest);
            }
        }
    }

    /** Largest distance of a mean gate from 0.5, rounded up to 0.05. */
    double reach(String method) {
        return GateMap.reach(openings(method));
    }

    /** Largest spread over rows, rounded up to 0.05. */
    double widest(String method) {
        return GateMap.widest(openings(method));
    }

    private Stream<GateStatistics.Openness> openings(String method) {
        return charts.study().slices().stream()
                .flatMap(slice -> charts.study().tasks().stream().map(slice::condition))
                .flatMap(condition -> GateStatistics.of(charts.study(), condition, method).values().stream())
                .flatMap(layers -> layers.values().stream());
    }

    private void map(
            Element grid,
            Condition condition,
            String method,
            Set<GateColumn> kinds,
            String title,
            double reach,
            double widest) {
        new GateMap(GateStatistics.of(charts.study(), condition, method), kinds, reach, widest)
                .draw(grid, PaperNames.task(condition.task()), ", gates, " + title);
    }
}

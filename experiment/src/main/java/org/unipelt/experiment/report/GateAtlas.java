package org.unipelt.experiment.report;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
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
        return roundedUp(
                openings(method).mapToDouble(opening -> Math.abs(opening.means().mean() - 0.5)));
    }

    /** Largest spread over rows, rounded up to 0.05. */
    double widest(String method) {
        return roundedUp(
                openings(method).mapToDouble(opening -> opening.spreads().mean()));
    }

    private static double roundedUp(DoubleStream values) {
        return Math.max(0.05, Math.ceil(values.max().orElse(0) * 20 - 1e-9) / 20);
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
        Map<GateColumn, TreeMap<Integer, GateStatistics.Openness>> gates =
                GateStatistics.of(charts.study(), condition, method);
        Set<Integer> layers = new TreeSet<>();
        gates.values().forEach(byLayer -> layers.addAll(byLayer.keySet()));
        Element table = grid.appendElement("div").addClass("map").appendElement("table");
        Element caption = table.appendElement("caption").text(PaperNames.task(condition.task()));
        caption.appendElement("span").addClass("unseen").text(", gates, " + title);
        Element head = table.appendElement("thead").appendElement("tr");
        head.appendElement("th").attr("scope", "col").text("layer");
        kinds.forEach(kind -> head.appendElement("th").attr("scope", "col").text(kind.title(kinds)));
        Element body = table.appendElement("tbody");
        for (int layer : layers) {
            Element row = body.appendElement("tr");
            row.appendElement("th").attr("scope", "row").text(Integer.toString(layer));
            for (GateColumn kind : kinds) {
                GateStatistics.Openness opening =
                        gates.getOrDefault(kind, new TreeMap<>()).get(layer);
                Element cell = row.appendElement("td");
                if (opening != null) {
                    double mean = opening.means().mean();
                    double spread = opening.spreads().mean();
                    cell.addClass("g" + Math.round(4 + 4 * (mean - 0.5) / reach))
                            .addClass("s" + Math.round(4 * spread / widest))
                            .attr(
                                    "title",
                                    "rows \u00b1" + ReportTable.digits(spread, 3)
                                            + (opening.means().size() < 2
                                                    ? ""
                                                    : ", seeds \u00b1"
                                                            + ReportTable.digits(
                                                                    opening.means()
                                                                            .sd(),
                                                                    3)));
                    cell.appendElement("b").text(ReportTable.digits(mean, 2));
                    cell.appendElement("i").text(ReportTable.digits(spread, 2));
                }
            }
        }
    }
}

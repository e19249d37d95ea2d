package org.unipelt.experiment.report;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.GateMeans.Kind;

/** Maps of gates: layers down, sub-modules across, a map for each task. */
record GateAtlas(Charts charts) {
    /** Draws it. */
    void draw(Element parent, String method) {
        Set<Kind> kinds = GateMeans.kinds(charts.study(), method);
        double reach = reach(method);
        double widest = widest(method);
        for (Slice slice : charts.study().slices()) {
            List<Setup> setups = charts.study().tasks().stream()
                    .map(task -> slice.setup(task))
                    .filter(setup ->
                            !GateMeans.of(charts.study(), setup, method).isEmpty())
                    .toList();
            if (setups.isEmpty()) {
                continue;
            }
            String title = PaperNames.method(method) + ", " + charts.study().title(slice);
            parent.appendElement("h3").text(title);
            Element grid = parent.appendElement("div").addClass("maps");
            for (Setup setup : setups) {
                map(grid, setup, method, kinds, title, reach, widest);
            }
        }
    }

    /** The farthest that a mean gate of the method is from one half, rounded up to a twentieth. */
    double reach(String method) {
        return roundedUp(
                openings(method).mapToDouble(opening -> Math.abs(opening.means().mean() - 0.5)));
    }

    /** The widest spread over rows, rounded up to a twentieth. */
    double widest(String method) {
        return roundedUp(
                openings(method).mapToDouble(opening -> opening.spreads().mean()));
    }

    private static double roundedUp(DoubleStream values) {
        return Math.max(0.05, Math.ceil(values.max().orElse(0) * 20 - 1e-9) / 20);
    }

    private Stream<GateMeans.Openness> openings(String method) {
        return charts.study().slices().stream()
                .flatMap(slice -> charts.study().tasks().stream().map(slice::setup))
                .flatMap(setup -> GateMeans.of(charts.study(), setup, method).values().stream())
                .flatMap(layers -> layers.values().stream());
    }

    private void map(
            Element grid, Setup setup, String method, Set<Kind> kinds, String title, double reach, double widest) {
        Map<Kind, TreeMap<Integer, GateMeans.Openness>> gates = GateMeans.of(charts.study(), setup, method);
        Set<Integer> layers = new TreeSet<>();
        gates.values().forEach(byLayer -> layers.addAll(byLayer.keySet()));
        Element table = grid.appendElement("div").addClass("map").appendElement("table");
        Element caption = table.appendElement("caption").text(PaperNames.task(setup.task()));
        caption.appendElement("span").addClass("unseen").text(", gates, " + title);
        Element head = table.appendElement("thead").appendElement("tr");
        head.appendElement("th").attr("scope", "col").text("layer");
        kinds.forEach(kind -> head.appendElement("th").attr("scope", "col").text(kind.title(kinds)));
        Element body = table.appendElement("tbody");
        for (int layer : layers) {
            Element row = body.appendElement("tr");
            row.appendElement("th").attr("scope", "row").text(Integer.toString(layer));
            for (Kind kind : kinds) {
                GateMeans.Openness opening =
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

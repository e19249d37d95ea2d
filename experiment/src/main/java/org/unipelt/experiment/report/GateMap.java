package org.unipelt.experiment.report;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;
import org.unipelt.experiment.report.GateStatistics.GateColumn;
import org.unipelt.experiment.report.GateStatistics.Openness;

/**
 * A map of gates: layers as rows, sub-modules as columns, the mean as colour.
 *
 * @param gates the gates, by kind and then by layer
 * @param kinds the columns; a gate may be missing
 * @param reach the largest distance of a mean from 0.5, where a colour is full
 * @param widest the largest spread over rows, where its colour is full
 */
record GateMap(
        Map<GateColumn, NavigableMap<Integer, Openness>> gates, Set<GateColumn> kinds, double reach, double widest) {
    /** Largest distance of a mean gate from 0.5, rounded up to 0.05. */
    static double reach(Stream<Openness> openings) {
        return roundedUp(
                openings.mapToDouble(opening -> Math.abs(opening.means().mean() - 0.5)));
    }

    /** Largest spread over rows, rounded up to 0.05. */
    static double widest(Stream<Openness> openings) {
        return roundedUp(openings.mapToDouble(opening -> opening.spreads().mean()));
    }

    private static double roundedUp(DoubleStream values) {
        return Math.max(0.05, Math.ceil(values.max().orElse(0) * 20 - 1e-9) / 20);
    }

    /**
     * Adds the map.
     *
     * @param caption what is seen above it
     * @param more what a screen reader says after that
     */
    void draw(Element parent, String caption, String more) {
        Set<Integer> layers = new TreeSet<>();
        gates.values().forEach(byLayer -> layers.addAll(byLayer.keySet()));
        Element table = parent.appendElement("div").addClass("map").appendElement("table");
        Element title = table.appendElement("caption").text(caption);
        title.appendElement("span").addClass("unseen").text(more);
        Element head = table.appendElement("thead").appendElement("tr");
        head.appendElement("th").attr("scope", "col").text("layer");
        kinds.forEach(kind -> head.appendElement("th").attr("scope", "col").text(kind.title(kinds)));
        Element body = table.appendElement("tbody");
        for (int layer : layers) {
            Element row = body.appendElement("tr");
            row.appendElement("th").attr("scope", "row").text(Integer.toString(layer));
            for (GateColumn kind : kinds) {
                cell(
                        row.appendElement("td"),
                        gates.getOrDefault(kind, new TreeMap<>()).get(layer));
            }
        }
    }

    private void cell(Element cell, @Nullable Openness opening) {
        if (opening == null) {
            return;
        }
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
                                                        opening.means().sd(), 3)));
        cell.appendElement("b").text(ReportTable.digits(mean, 2));
        cell.appendElement("i").text(ReportTable.digits(spread, 2));
    }
}

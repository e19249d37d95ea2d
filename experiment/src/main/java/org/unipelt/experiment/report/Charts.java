package org.unipelt.experiment.report;

import java.util.Collection;
import java.util.List;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.Drawing.Axis;

/** What all charts share: colours, sizes and axes, so that readers can compare them. */
final class Charts {
    static final double WIDTH = 380;
    static final double ROW = 19;
    private final Study study;
    private final List<String> methods;

    Charts(Study study) {
        this.study = study;
        this.methods = study.methods();
    }

    Study study() {
        return study;
    }

    /** The methods, in the order of their colours. */
    List<String> methods() {
        return methods;
    }

    /** The classes of a method's marks. */
    String colour(String method) {
        return Drawing.series(methods.indexOf(method));
    }

    void legend(Element parent, Collection<String> shown) {
        Element list = parent.appendElement("ul").addClass("legend");
        for (String method : shown) {
            Element item = list.appendElement("li");
            sample(item, line(method)).appendText(PaperNames.method(method));
        }
    }

    /** The classes of a method's line. */
    String line(String method) {
        return colour(method) + (study.isCombination(method) ? " strong" : "");
    }

    /** A piece of a line of some classes; returns the parent. */
    static Element sample(Element parent, String classes) {
        parent.appendElement("svg")
                .attr("viewBox", "0 0 24 8")
                .attr("aria-hidden", "true")
                .appendElement("line")
                .attr("class", "series " + classes)
                .attr("x1", "0")
                .attr("y1", "4")
                .attr("x2", "24")
                .attr("y2", "4");
        return parent;
    }

    static Element panel(Element grid, String title) {
        Element figure = grid.appendElement("figure");
        figure.appendElement("figcaption").text(title);
        return figure;
    }

    static void horizontal(Drawing drawing, Axis axis, double top, double bottom) {
        for (double tick : axis.ticks()) {
            drawing.line("grid", axis.at(tick), top, axis.at(tick), bottom);
            drawing.text("tick middle", axis.at(tick), bottom + 13, axis.label(tick));
        }
    }

    /** Whole numbers below a chart, as there is no half epoch. */
    static void epochs(Drawing drawing, Axis axis, double bottom) {
        for (double tick : axis.wholeTicks()) {
            drawing.text("tick middle", axis.at(tick), bottom + 16, ReportTable.digits(tick, 0));
        }
    }

    static void vertical(Drawing drawing, Axis axis, double left, double right) {
        for (double tick : axis.ticks()) {
            drawing.line("grid", left, axis.at(tick), right, axis.at(tick));
            drawing.text("tick end", left - 5, axis.at(tick) + 3.5, axis.label(tick));
        }
    }

    static double min(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    static double max(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
    }
}

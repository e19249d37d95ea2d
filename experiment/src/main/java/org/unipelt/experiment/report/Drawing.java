package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jsoup.nodes.Element;

/**
 * A chart as SVG in the page. Without a script it loads at once, prints, has a text for each mark, and is the same to
 * the byte for the same numbers. The style sheet sets the colours.
 */
final class Drawing {
    /** Number of series colours in the style sheet. */
    static final int COLOURS = 10;

    private final Element svg;

    /**
     * An empty chart in {@code parent}.
     *
     * @param label what it shows, for screen readers
     */
    Drawing(Element parent, double width, double height, String label) {
        svg = parent.appendElement("svg")
                .attr("viewBox", "0 0 " + number(width) + " " + number(height))
                .attr("role", "img")
                .attr("aria-label", label);
    }

    /** The style classes of a series: its colour; dashed once all colours are in use. */
    static String series(int index) {
        return "c" + index % COLOURS + (index < COLOURS ? "" : " dash");
    }

    void line(String classes, double x1, double y1, double x2, double y2) {
        svg.appendElement("line")
                .attr("class", classes)
                .attr("x1", number(x1))
                .attr("y1", number(y1))
                .attr("x2", number(x2))
                .attr("y2", number(y2));
    }

    void path(String classes, List<double[]> points, String title) {
        Element path = svg.appendElement("polyline")
                .attr("class", classes)
                .attr(
                        "points",
                        points.stream()
                                .map(point -> number(point[0]) + "," + number(point[1]))
                                .collect(Collectors.joining(" ")));
        title(path, title);
    }

    void dot(String classes, double x, double y, double radius, String title) {
        title(
                svg.appendElement("circle")
                        .attr("class", classes)
                        .attr("cx", number(x))
                        .attr("cy", number(y))
                        .attr("r", number(radius)),
                title);
    }

    void diamond(String classes, double x, double y, double radius, String title) {
        title(
                svg.appendElement("path")
                        .attr("class", classes)
                        .attr(
                                "d",
                                "M" + number(x - radius) + " " + number(y) + "L" + number(x) + " " + number(y - radius)
                                        + "L" + number(x + radius) + " " + number(y) + "L" + number(x) + " "
                                        + number(y + radius) + "z"),
                title);
    }

    void bar(String classes, double x, double y, double width, double height, String title) {
        title(
                svg.appendElement("rect")
                        .attr("class", classes)
                        .attr("x", number(x))
                        .attr("y", number(y))
                        .attr("width", number(width))
                        .attr("height", number(height)),
                title);
    }

    /**
     * A text; {@code start}, {@code middle} or {@code end} in {@code classes} says which part of it is at {@code x}.
     */
    void text(String classes, double x, double y, String words) {
        svg.appendElement("text")
                .attr("class", classes)
                .attr("x", number(x))
                .attr("y", number(y))
                .text(words);
    }

    private static void title(Element mark, String words) {
        if (!words.isEmpty()) {
            mark.appendElement("title").text(words);
        }
    }

    /** A coordinate with one decimal. */
    static String number(double value) {
        String text = ReportTable.digits(value, 1);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** An axis: maps numbers from {@code low} to {@code high} to coordinates. */
    record Axis(double low, double high, double from, double to) {
        /** An axis between round numbers that contains the values; a single value is in its middle. */
        static Axis around(double low, double high, double from, double to) {
            if (high - low <= Math.abs(low) * 1e-9) {
                double tenth = low == 0 ? 1 : Math.pow(10, Math.floor(Math.log10(Math.abs(low)))) / 10;
                return around(low - tenth, high + tenth, from, to);
            }
            double step = step(high - low);
            double bottom = Math.floor(low / step) * step;
            double top = Math.ceil(high / step) * step;
            return new Axis(bottom, top > bottom ? top : bottom + step, from, to);
        }

        double at(double value) {
            return from + (value - low) / (high - low) * (to - from);
        }

        /** Round numbers, three to six of them. */
        List<Double> ticks() {
            return ticks(step(high - low));
        }

        /** The same, but whole. */
        List<Double> wholeTicks() {
            return ticks(Math.max(1, step(high - low)));
        }

        private List<Double> ticks(double step) {
            List<Double> ticks = new ArrayList<>();
            for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }

        /** A tick's number with as many decimals as the steps need. */
        String label(double tick) {
            double step = step(high - low);
            int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
            return ReportTable.digits(tick, decimals).replace('-', '\u2212');
        }

        private static double step(double range) {
            double rough = Math.max(range, 1e-6) / 4;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double lead = rough / power;
            return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
        }
    }
}

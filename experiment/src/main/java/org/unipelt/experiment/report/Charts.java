package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.ComparisonTables.Group;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.GateMeans.Kind;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.Study.Variant;
import org.unipelt.experiment.report.VariedTable.Series;

/** The charts of the page: many small ones with the same axes, so that they can be compared. */
final class Charts {
    private static final double WIDTH = 280;
    private static final double ROW = 19;
    /** Room for the methods' names, at least. */
    private static final double NAMES = 112;
    /** The width of a letter of them, on average. */
    private static final double LETTER = 6.2;

    private final Study study;
    private final List<String> methods;

    Charts(Study study) {
        this.study = study;
        this.methods = study.methods();
    }

    private String colour(String method) {
        return Drawing.series(methods.indexOf(method));
    }

    /** What the colours mean, as a list. */
    private void legend(Element parent, Collection<String> shown) {
        Element list = parent.appendElement("ul").addClass("legend");
        for (String method : shown) {
            Element item = list.appendElement("li");
            Element sample =
                    item.appendElement("svg").attr("viewBox", "0 0 24 8").attr("aria-hidden", "true");
            sample.appendElement("line")
                    .attr("class", "series " + colour(method) + (study.isCombination(method) ? " strong" : ""))
                    .attr("x1", "0")
                    .attr("y1", "4")
                    .attr("x2", "24")
                    .attr("y2", "4");
            item.appendText(PaperNames.method(method));
        }
    }

    private static Element panel(Element grid, String title) {
        Element figure = grid.appendElement("figure");
        figure.appendElement("figcaption").text(title);
        return figure;
    }

    private static void horizontal(Drawing drawing, Axis axis, double top, double bottom) {
        for (double tick : axis.ticks()) {
            drawing.line("grid", axis.at(tick), top, axis.at(tick), bottom);
            drawing.text("tick middle", axis.at(tick), bottom + 13, axis.label(tick));
        }
    }

    private static void vertical(Drawing drawing, Axis axis, double left, double right) {
        for (double tick : axis.ticks()) {
            drawing.line("grid", left, axis.at(tick), right, axis.at(tick));
            drawing.text("tick end", left - 5, axis.at(tick) + 3.5, axis.label(tick));
        }
    }

    /** Average test score by method: seeds, their mean, and what the paper printed. */
    void averages(Element parent, Optional<Published> published) {
        Element grid = parent.appendElement("div").addClass("panels wide");
        for (String model : study.models()) {
            List<Double> all = new ArrayList<>();
            for (Slice slice : study.slices(model)) {
                for (String method : study.methods(slice)) {
                    all.addAll(
                            ScoreTables.averages(study, slice, method, "test").values());
                    printed(published, slice, method).ifPresent(all::add);
                }
            }
            if (all.isEmpty()) {
                continue;
            }
            double names = Math.max(
                    NAMES,
                    8
                            + LETTER
                                    * methods.stream()
                                            .mapToInt(method ->
                                                    PaperNames.method(method).length())
                                            .max()
                                            .orElse(0));
            for (Slice slice : study.slices(model)) {
                List<String> shown = study.methods(slice);
                double bottom = 6 + shown.size() * ROW;
                String title = study.title(slice);
                Drawing drawing = new Drawing(
                        panel(grid, title),
                        WIDTH + 40,
                        bottom + 20,
                        "Average test score of each method, " + title
                                + "; the numbers stand in the table of test scores");
                Axis axis = Axis.around(min(all), max(all), names, WIDTH + 28);
                horizontal(drawing, axis, 4, bottom);
                for (int i = 0; i < shown.size(); i++) {
                    String method = shown.get(i);
                    double y = 6 + (i + 0.5) * ROW;
                    drawing.text("name end", names - 8, y + 3.5, PaperNames.method(method));
                    printed(published, slice, method)
                            .ifPresent(value -> drawing.dot(
                                    "paper", axis.at(value), y, 4, "paper: " + ReportTable.digits(value, 2)));
                    Sample seeds = ScoreTables.averages(study, slice, method, "test");
                    seeds.values().forEach(value -> drawing.dot("seed " + colour(method), axis.at(value), y, 2.2, ""));
                    if (seeds.size() > 0) {
                        drawing.diamond(
                                "mark " + colour(method),
                                axis.at(seeds.mean()),
                                y,
                                5,
                                PaperNames.method(method) + ": " + ReportTable.digits(seeds.mean(), 2));
                    }
                }
            }
        }
    }

    /** The paper's average, if this study has the same tasks. */
    private Optional<Double> printed(Optional<Published> published, Slice slice, String method) {
        List<String> tasks = study.tasks(slice);
        boolean same = tasks.size() == 8 && tasks.stream().allMatch(PaperNames::isTask);
        return published.filter(paper -> same).flatMap(paper -> {
            OptionalDouble value = paper.score("test", slice.samples(), method, "average");
            return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
        });
    }

    /** Differences with their intervals, a row for each task. */
    void differences(Element parent, List<Comparison> comparisons) {
        Element grid = parent.appendElement("div").addClass("panels wide");
        Map<Group, List<Comparison>> groups = ComparisonTables.groups(study, comparisons);
        List<Double> ends = new ArrayList<>(List.of(0.0));
        comparisons.forEach(comparison -> {
            ends.add(comparison.interval().low());
            ends.add(comparison.interval().high());
        });
        // A row of panels for each combination, the sizes side by side.
        List<Group> ordered = groups.keySet().stream()
                .sorted(java.util.Comparator.comparing(
                                (Group group) -> group.slice().model())
                        .thenComparing(
                                group -> methods.indexOf(group.combination().method())))
                .toList();
        ordered.forEach(group -> {
            List<Comparison> tasks = groups.get(group);
            double bottom = 6 + (tasks.size() + 1.4) * ROW;
            Drawing drawing = new Drawing(
                    panel(grid, group.title()),
                    WIDTH + 40,
                    bottom + 20,
                    group.title()
                            + ": difference to the best single method by task, with intervals; the numbers stand in"
                            + " the table below");
            Axis axis = Axis.around(min(ends), max(ends), 62, WIDTH + 28);
            horizontal(drawing, axis, 4, bottom);
            drawing.line("zero", axis.at(0), 4, axis.at(0), bottom);
            double y = 6 + 0.5 * ROW;
            for (Comparison task : tasks) {
                String name = PaperNames.task(task.setup().task());
                interval(drawing, axis, y, name, task.interval());
                drawing.dot(
                        "mark " + colour(task.best()),
                        axis.at(task.mean()),
                        y,
                        4.2,
                        name + ": " + ReportTable.signed(task.mean(), 2) + ", "
                                + ComparisonTables.text(task.interval()) + ", to "
                                + PaperNames.method(task.best()));
                y += ROW;
            }
            y += 0.4 * ROW;
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
        methods.stream()
                .filter(method -> comparisons.stream()
                        .anyMatch(comparison -> comparison.best().equals(method)))
                .forEach(best::add);
        legend(parent, best);
    }

    private static void interval(Drawing drawing, Axis axis, double y, String name, Interval interval) {
        drawing.text("name end", 54, y + 3.5, name);
        drawing.line("interval", axis.at(interval.low()), y, axis.at(interval.high()), y);
    }

    /** The development score by epoch, mean over seeds. */
    void curves(Element parent) {
        legend(parent, methods.stream().filter(this::hasCurves).toList());
        for (Slice slice : study.slices()) {
            String title = study.title(slice);
            parent.appendElement("h3").text(title);
            Element grid = parent.appendElement("div").addClass("panels");
            for (String task : study.tasks()) {
                curve(grid, slice.setup(task), title);
            }
        }
    }

    private boolean hasCurves(String method) {
        return study.results().stream()
                .anyMatch(result -> result.run().method().equals(method)
                        && result.run().vary().isEmpty()
                        && result.failed().isEmpty()
                        && !result.curve().isEmpty());
    }

    private void curve(Element grid, Setup setup, String title) {
        Map<String, List<Double>> lines = new java.util.LinkedHashMap<>();
        for (String method : study.methods(setup.slice())) {
            List<Double> line = course(study.runs(setup, method).values());
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
        String task = PaperNames.task(setup.task());
        Drawing drawing = new Drawing(
                panel(grid, task),
                WIDTH,
                170,
                task + ", " + title + ": development score by epoch of "
                        + PaperNames.listed(
                                lines.keySet().stream().map(PaperNames::method).toList()));
        Axis up = Axis.around(min(all), max(all), 148, 8);
        Axis across = new Axis(1, Math.max(2, epochs), 32, WIDTH - 8);
        vertical(drawing, up, 32, WIDTH - 8);
        for (double tick : across.ticks()) {
            drawing.text("tick middle", across.at(tick), 164, across.label(tick));
        }
        lines.forEach((method, line) -> {
            List<double[]> points = new ArrayList<>();
            for (int i = 0; i < line.size(); i++) {
                if (!line.get(i).isNaN()) {
                    points.add(new double[] {across.at(i + 1), up.at(line.get(i))});
                }
            }
            String name = PaperNames.method(method);
            if (points.size() == 1) {
                drawing.dot("mark " + colour(method), points.get(0)[0], points.get(0)[1], 3, name);
            } else {
                drawing.path("series " + colour(method) + (study.isCombination(method) ? " strong" : ""), points, name);
            }
        });
    }

    /**
     * Mean over runs of the development score after each epoch; a run that has stopped keeps that of its best one. NaN where
     * the score of every run is undefined.
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

    /** The test score by a varied value, a panel for each setup. */
    void varied(Element parent) {
        VariedTable.series(study).forEach((series, variants) -> {
            parent.appendElement("h3").text(series.title());
            Element grid = parent.appendElement("div").addClass("panels");
            for (Slice slice : study.slices()) {
                for (String task : study.tasks()) {
                    varied(grid, slice.setup(task), series, variants);
                }
            }
        });
    }

    private void varied(Element grid, Setup setup, Series series, Map<String, Variant> variants) {
        TreeMap<Integer, Sample> scores = new TreeMap<>();
        List<String> values = List.copyOf(variants.keySet());
        for (int i = 0; i < values.size(); i++) {
            Sample sample =
                    Study.scores(study.runs(setup, variants.get(values.get(i))).values(), "test");
            if (sample.size() > 0) {
                scores.put(i, sample);
            }
        }
        if (scores.isEmpty()) {
            return;
        }
        String title = PaperNames.task(setup.task()) + ", " + study.title(setup.slice());
        Drawing drawing = new Drawing(
                panel(grid, title),
                WIDTH,
                176,
                title + ": test score by " + series.name() + "; the numbers stand in the table below");
        List<Double> all =
                scores.values().stream().flatMap(s -> s.values().stream()).toList();
        Axis up = Axis.around(min(all), max(all), 148, 8);
        Axis across = new Axis(-0.4, values.size() - 0.6, 36, WIDTH - 8);
        vertical(drawing, up, 36, WIDTH - 8);
        List<double[]> line = new ArrayList<>();
        String colour = colour(series.method());
        for (int i = 0; i < values.size(); i++) {
            drawing.text("tick middle", across.at(i), 165, values.get(i));
        }
        scores.forEach((i, sample) -> line.add(new double[] {across.at(i), up.at(sample.mean())}));
        drawing.path("series " + colour, line, "");
        scores.forEach((i, sample) -> {
            sample.values().forEach(value -> drawing.dot("seed " + colour, across.at(i), up.at(value), 2.2, ""));
            drawing.diamond(
                    "mark " + colour,
                    across.at(i),
                    up.at(sample.mean()),
                    5,
                    series.name() + " = " + values.get(i) + ": " + ReportTable.digits(sample.mean(), 2));
        });
    }

    /** Maps of gates: layers down, sub-modules across, a map for each task. */
    void atlas(Element parent, String method) {
        Set<Kind> kinds = GateMeans.kinds(study, method);
        double reach = reach(method);
        double widest = widest(method);
        for (Slice slice : study.slices()) {
            List<Setup> setups = study.tasks().stream()
                    .map(task -> slice.setup(task))
                    .filter(setup -> !GateMeans.of(study, setup, method).isEmpty())
                    .toList();
            if (setups.isEmpty()) {
                continue;
            }
            String title = PaperNames.method(method) + ", " + study.title(slice);
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

    private static double roundedUp(java.util.stream.DoubleStream values) {
        return Math.max(0.05, Math.ceil(values.max().orElse(0) * 20 - 1e-9) / 20);
    }

    private Stream<GateMeans.Openness> openings(String method) {
        return study.slices().stream()
                .flatMap(slice -> study.tasks().stream().map(slice::setup))
                .flatMap(setup -> GateMeans.of(study, setup, method).values().stream())
                .flatMap(layers -> layers.values().stream());
    }

    private void map(
            Element grid, Setup setup, String method, Set<Kind> kinds, String title, double reach, double widest) {
        Map<Kind, TreeMap<Integer, GateMeans.Openness>> gates = GateMeans.of(study, setup, method);
        Set<Integer> layers = new java.util.TreeSet<>();
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

    private static double min(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    private static double max(Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(1);
    }
}

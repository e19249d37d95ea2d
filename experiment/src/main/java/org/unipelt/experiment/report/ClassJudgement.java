package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jsoup.nodes.Element;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.Calibration;
import org.unipelt.metric.ClassScore;
import org.unipelt.metric.ConfusionMatrix;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/**
 * How a model does on rows of classes: every class, the confusions, calibration, the hardest rows.
 *
 * @param scores by metric
 * @param confusion right and predicted classes
 * @param calibration of the predicted classes' probabilities
 * @param tables all tables
 */
record ClassJudgement(
        Map<String, Double> scores, ConfusionMatrix confusion, Calibration calibration, List<ReportTable> tables)
        implements Judgement {
    /** A matrix of more classes is not readable; the worst pairs say more. */
    private static final int MOST_IN_MATRIX = 12;

    private static final int MOST_PAIRS = 30;
    private static final int MOST_OPEN = 25;
    private static final double SIDE = 300;

    static ClassJudgement of(TunedModel model, Dataset rows) {
        Labels.Classes classes = (Labels.Classes) model.labels();
        int[] gold = classes.indices(rows);
        List<Answer.Label> answers = model.predict(rows.examples()).stream()
                .map(Answer.Label.class::cast)
                .toList();
        int[] predicted = answers.stream()
                .mapToInt(answer -> classes.names().indexOf(answer.text()))
                .toArray();
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            scores.put(metric.text(), metric.of(predicted, gold));
        }
        ConfusionMatrix confusion = ConfusionMatrix.of(classes.names(), predicted, gold);
        boolean[] right = new boolean[gold.length];
        double[] unsure = new double[gold.length];
        for (int i = 0; i < gold.length; i++) {
            right[i] = gold[i] == predicted[i];
            unsure[i] = 1 - probability(answers.get(i), classes.names().get(gold[i]));
        }
        Calibration calibration = Calibration.of(
                answers.stream().mapToDouble(Answer.Label::probability).toArray(), right);
        int[] hardest = Judgement.first(Judgement.descending(unsure), HARDEST);
        List<ReportTable> tables = new ArrayList<>();
        tables.add(Judgement.scores(scores, "Every metric that fits, the one that guided the training first."));
        tables.add(classes(confusion));
        tables.add(pairs(confusion, predicted, gold, rows));
        tables.add(bins(calibration));
        tables.add(mistakes(model, rows, answers, right));
        tables.add(Judgement.hardest(
                model,
                rows,
                hardest,
                "The rows whose right class has the least probability. Some of them may be labelled wrongly.",
                List.of("Right", "Predicted", "Probability of the right"),
                place -> List.of(
                        Entry.words(classes.names().get(gold[place])),
                        Entry.words(answers.get(place).text()),
                        Entry.number(1 - unsure[place], 3))));
        return new ClassJudgement(scores, confusion, calibration, List.copyOf(tables));
    }

    /** The wrong predictions of the highest probability: where the model errs, or a label does. */
    private static ReportTable mistakes(TunedModel model, Dataset rows, List<Answer.Label> answers, boolean... right) {
        Labels.Classes classes = (Labels.Classes) model.labels();
        int[] gold = classes.indices(rows);
        int[] wrong = IntStream.range(0, right.length)
                .filter(place -> !right[place])
                .boxed()
                .sorted(Comparator.comparingDouble(
                                (Integer place) -> answers.get(place).probability())
                        .reversed())
                .limit(HARDEST)
                .mapToInt(Integer::intValue)
                .toArray();
        return Judgement.quoted(
                "mistakes",
                "The most confident mistakes",
                model,
                rows,
                wrong,
                "The rows with a wrong class to which the model gives the highest probability. Some of them may be labelled"
                        + " wrongly.",
                List.of("Right", "Predicted", "Probability"),
                place -> List.of(
                        Entry.words(classes.names().get(gold[place])),
                        Entry.words(answers.get(place).text()),
                        Entry.number(answers.get(place).probability(), 3)));
    }

    private static double probability(Answer.Label answer, String label) {
        return Objects.requireNonNull(answer.probabilities().get(label));
    }

    private static ReportTable classes(ConfusionMatrix confusion) {
        return new ReportTable(
                "classes",
                "Every class",
                "Of the rows taken for a class, precision is the share that are of it; of the rows of a class, recall is the"
                        + " share that were found; F1 is their harmonic mean. The weakest class comes first.",
                "Class",
                List.of("F1", "Precision", "Recall", "Rows"),
                List.of(new Block(
                        "",
                        confusion.classScores().stream()
                                .map(each -> new Row(
                                        each.label(),
                                        List.of(
                                                Entry.number(each.f1(), 2),
                                                Entry.number(each.precision(), 2),
                                                Entry.number(each.recall(), 2),
                                                Entry.number(each.support(), 0))))
                                .toList())));
    }

    private static ReportTable pairs(ConfusionMatrix confusion, int[] predicted, int[] gold, Dataset rows) {
        return new ReportTable(
                "confusions",
                "Confusions",
                "Rows of one class that were taken for another, the most frequent pairs first, with the text of one such"
                        + " row.",
                "Right class",
                List.of("Predicted", "Rows", "Of the class", "For example"),
                List.of(new Block(
                        "",
                        confusion.mistakes().stream()
                                .limit(MOST_PAIRS)
                                .map(pair -> new Row(
                                        confusion.labels().get(pair.right()),
                                        List.of(
                                                Entry.words(confusion.labels().get(pair.predicted())),
                                                Entry.number(pair.count(), 0),
                                                Entry.number(
                                                        100.0 * pair.count() / support(confusion, pair.right()),
                                                        0,
                                                        " %"),
                                                Entry.words(Judgement.text(rows.get(IntStream.range(0, gold.length)
                                                        .filter(
                                                                i -> gold[i] == pair.right()
                                                                        && predicted[i] == pair.predicted())
                                                        .findFirst()
                                                        .orElseThrow()))))))
                                .toList())));
    }

    private static int support(ConfusionMatrix confusion, int right) {
        return confusion.counts().get(right).stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    private static ReportTable bins(Calibration calibration) {
        List<Row> lines = new ArrayList<>();
        for (Calibration.Bin bin : calibration.bins()) {
            if (bin.count() > 0) {
                lines.add(new Row(
                        String.format(Locale.ROOT, "%.2f to %.2f", bin.from(), bin.to()),
                        List.of(
                                Entry.number(bin.count(), 0),
                                Entry.number(bin.probability(), 3),
                                Entry.number(bin.accuracy(), 3))));
            }
        }
        return new ReportTable(
                "calibration",
                "Calibration",
                "Predictions by the probability of the predicted class. A calibrated model is right as often as it says."
                        + " The expected calibration error (ECE), the mean over rows of the gap between the two, is "
                        + ReportTable.digits(calibration.error(), 3) + ".",
                "Probability",
                List.of("Rows", "Mean probability", "Share right"),
                List.of(new Block("", lines)));
    }

    @Override
    public List<String> found() {
        List<String> found = new ArrayList<>();
        int rows = IntStream.range(0, confusion.labels().size())
                .map(i -> support(confusion, i))
                .sum();
        int right = IntStream.range(0, confusion.labels().size())
                .map(i -> confusion.counts().get(i).get(i))
                .sum();
        int most = IntStream.range(0, confusion.labels().size())
                .map(i -> support(confusion, i))
                .max()
                .orElse(0);
        found.add(String.format(
                Locale.ROOT,
                "Right: %,d of %,d rows, %.1f %%; always the most frequent class would be right in %.1f %%.",
                right,
                rows,
                100.0 * right / rows,
                100.0 * most / rows));
        ClassScore weakest = confusion.classScores().get(0);
        found.add(String.format(
                Locale.ROOT,
                "Weakest class: %s, F1 %.2f on %,d rows.",
                weakest.label(),
                weakest.f1(),
                weakest.support()));
        confusion.mistakes().stream()
                .findFirst()
                .ifPresent(pair -> found.add(String.format(
                        Locale.ROOT,
                        "Most frequent confusion: %s taken for %s, %,d of %,d rows.",
                        confusion.labels().get(pair.right()),
                        confusion.labels().get(pair.predicted()),
                        pair.count(),
                        support(confusion, pair.right()))));
        found.add(String.format(
                Locale.ROOT,
                "Calibration: its probabilities are off by %.3f on average (ECE), %s.",
                calibration.error(),
                Math.abs(calibration.excess()) < 0.01
                        ? "neither too sure nor too unsure"
                        : calibration.excess() > 0 ? "mostly too sure" : "mostly too unsure"));
        return found;
    }

    private ReportTable table(String id) {
        return tables.stream()
                .filter(table -> table.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void draw(Page page) {
        Element quality = page.section("quality", "Scores").element();
        Page.table(quality, table("scores"));
        bars(page.section("classes-section", "Every class").element());
        Element confused = page.section("confusions-section", "Confusions").element();
        boolean small = confusion.labels().size() <= MOST_IN_MATRIX;
        if (small) {
            matrix(confused);
        }
        if (confusion.mistakes().isEmpty()) {
            Page.note(confused, "No row has a wrong class.");
        } else {
            Page.table(
                    small ? Page.collapsed(confused, "The confusions with an example each") : confused,
                    table("confusions"));
        }
        Element calibrated = page.section("calibration-section", "Calibration").element();
        Element beside = calibrated.appendElement("div").addClass("beside");
        reliability(beside);
        Page.table(beside, table("calibration"));
        Element sure =
                page.section("mistakes-section", "The most confident mistakes").element();
        if (confusion.mistakes().isEmpty()) {
            Page.note(sure, "No row has a wrong class.");
        } else {
            Page.table(sure, table("mistakes"));
        }
        Page.table(page.section("hardest-section", "Hardest rows").element(), table("hardest"));
    }

    /** The table of classes with a bar for each F1; many classes are folded. */
    private void bars(Element parent) {
        ReportTable all = table("classes");
        List<Row> rows = all.blocks().get(0).rows();
        withBars(Page.table(parent, part(all, "classes", rows.subList(0, Math.min(MOST_OPEN, rows.size())))));
        if (rows.size() > MOST_OPEN) {
            Element more = Page.collapsed(parent, "The other " + (rows.size() - MOST_OPEN) + " classes");
            withBars(Page.table(more, part(all, "classes-more", rows.subList(MOST_OPEN, rows.size()))));
        }
    }

    private static ReportTable part(ReportTable all, String id, List<Row> rows) {
        return new ReportTable(
                id, all.title(), all.caption(), all.rowsAre(), all.columns(), List.of(new Block("", rows)));
    }

    private static void withBars(Element table) {
        for (Element line : table.select("tbody tr")) {
            Element value = Objects.requireNonNull(line.selectFirst("td"));
            double f1 = Double.parseDouble(value.text());
            Element svg = value.prependElement("svg")
                    .addClass("bar")
                    .attr("viewBox", "0 0 100 10")
                    .attr("preserveAspectRatio", "none")
                    .attr("aria-hidden", "true");
            svg.appendElement("rect").addClass("rest").attr("width", "100").attr("height", "10");
            svg.appendElement("rect").attr("width", Drawing.number(100 * f1)).attr("height", "10");
        }
    }

    private void matrix(Element parent) {
        Element scroll = parent.appendElement("div")
                .addClass("scroll")
                .attr("role", "region")
                .attr("tabindex", "0")
                .attr("aria-label", "Confusion matrix");
        Element table = scroll.appendElement("table").addClass("matrix").attr("id", "matrix");
        Element caption = table.appendElement("caption").appendElement("span");
        caption.appendElement("b").text("Confusion matrix. ");
        caption.appendText(
                "A row for each right class, a column for each predicted one; the darker, the larger the share"
                        + " of the row's class.");
        Element head = table.appendElement("thead").appendElement("tr");
        head.appendElement("th").attr("scope", "col").text("Right");
        confusion
                .labels()
                .forEach(label -> head.appendElement("th").attr("scope", "col").text(label));
        Element body = table.appendElement("tbody");
        for (int right = 0; right < confusion.labels().size(); right++) {
            Element line = body.appendElement("tr");
            line.appendElement("th")
                    .attr("scope", "row")
                    .text(confusion.labels().get(right));
            int support = support(confusion, right);
            for (int found = 0; found < confusion.labels().size(); found++) {
                int count = confusion.counts().get(right).get(found);
                Element cell = line.appendElement("td").text(Integer.toString(count));
                if (count > 0) {
                    cell.addClass("s" + Math.min(4, (int) (5.0 * count / support)));
                }
                if (right == found) {
                    cell.addClass("right");
                }
            }
        }
    }

    private void reliability(Element parent) {
        Element panel = Charts.panel(parent, "Share right by probability");
        Drawing drawing = new Drawing(
                panel,
                Charts.WIDTH,
                SIDE,
                "Share of right predictions by their probability; the numbers stand in the table");
        Axis across = new Axis(0, 1, 40, Charts.WIDTH - 12);
        Axis up = new Axis(0, 1, SIDE - 34, 8);
        Charts.vertical(drawing, up, 40, Charts.WIDTH - 12);
        for (double tick : across.ticks()) {
            drawing.text("tick middle", across.at(tick), SIDE - 20, across.label(tick));
        }
        drawing.text("tick middle", across.at(0.5), SIDE - 5, "probability of the predicted class");
        int most = calibration.bins().stream()
                .mapToInt(Calibration.Bin::count)
                .max()
                .orElse(1);
        for (Calibration.Bin bin : calibration.bins()) {
            if (bin.count() > 0) {
                double from = across.at(bin.from());
                double to = across.at(bin.to());
                drawing.bar(
                        "share",
                        from + 1,
                        up.at(bin.accuracy()),
                        to - from - 2,
                        up.at(0) - up.at(bin.accuracy()),
                        String.format(
                                Locale.ROOT,
                                "%d rows with probability %.2f: %.2f right",
                                bin.count(),
                                bin.probability(),
                                bin.accuracy()));
                drawing.dot(
                        "mark c6",
                        across.at(bin.probability()),
                        up.at(bin.accuracy()),
                        2.5 + 4 * Math.sqrt((double) bin.count() / most),
                        "");
            }
        }
        drawing.line("zero dashed", across.at(0), up.at(0), across.at(1), up.at(1));
        Page.note(
                panel,
                "On the dashed line a model is right as often as it says; below it, it is too sure. A dot's size is the"
                        + " number of rows.");
    }
}

package org.unipelt.experiment.report;

import java.util.List;
import org.jsoup.nodes.Element;

/** The page of a study: tables and charts of all its runs. */
final class StudyPage {
    private StudyPage() {}

    static String of(Report report) {
        Study study = report.study();
        Page page = new Page(report.opening().title());
        Charts charts = new Charts(study);
        page.opening(report.opening().run(), report.opening().found());

        Page.Section scores = page.section("scores", "Scores");
        Page.note(
                scores.element(),
                "Average over tasks: a small dot for each seed, "
                        + (report.published().isPresent()
                                ? "a diamond for their mean, and a ring for the paper's number (of BERT-base)"
                                        + " where the tasks are the same."
                                : "and a diamond for their mean."));
        // A single chart leaves room for its numbers.
        Element first = study.slices().size() > 1
                ? scores.element()
                : scores.element().appendElement("div").addClass("beside");
        new AverageChart(charts).draw(first, report.published());
        report.table("scores-test").ifPresent(table -> Page.table(first, table));
        report.table("scores-dev")
                .ifPresent(table -> Page.table(Page.collapsed(scores.element(), "Development scores"), table));
        report.table("ranks").ifPresent(table -> Page.table(scores.element(), table));

        if (!report.comparisons().isEmpty()) {
            Page.Section several = page.section("combinations", "Several methods in one, and the best of them alone");
            report.table("upper-bound").ifPresent(table -> Page.table(several.element(), table));
            Page.note(
                    several.element(),
                    "Right of 0 the combination is ahead. A dot's colour names the best single method on that task; the"
                            + " line is the " + PairedBootstrap.PERCENT + " % interval of the difference.");
            new DifferenceChart(charts).draw(several.element(), report.comparisons());
            report.table("differences")
                    .ifPresent(table ->
                            Page.table(Page.collapsed(several.element(), "The differences in numbers"), table));
            report.table("tests")
                    .ifPresent(table -> Page.table(Page.collapsed(several.element(), table.title()), table));
        }

        Page.Section cost = page.section("cost-section", "Cost");
        report.table("cost").ifPresent(table -> Page.table(cost.element(), table));

        if (study.results().stream().anyMatch(result -> !result.curve().isEmpty())) {
            Page.Section curves = page.section("curves", "Learning curves");
            Page.note(
                    curves.element(),
                    "Development score, times 100, by epoch: the mean over seeds."
                            + (report.keepsLast()
                                    ? ""
                                    : " A run that has stopped keeps the score of its best epoch, whose state it"
                                            + " gives back."));
            new CurveChart(charts).draw(page, curves.element());
        }

        report.table("varied").ifPresent(table -> {
            Page.Section varied = page.section("varied-section", "Varied values");
            Page.note(varied.element(), "Test score, times 100: a small dot for each seed, a diamond for their mean.");
            new VariedChart(charts).draw(varied.element());
            Page.table(Page.collapsed(varied.element(), "The scores in numbers"), table);
        });

        report.table("gates").ifPresent(table -> {
            Page.Section gates = page.section("gates-section", "Gate atlas");
            Page.note(
                    gates.element(),
                    "How far gates open, layer by layer: the mean over test rows and seeds. Choose the spread to see"
                            + " how much a gate differs from row to row; both stand in the text of each cell's pointer.");
            Page.table(gates.element(), table);
            atlas(gates.element(), new GateAtlas(charts), GateStatistics.gatedMethods(study));
        });

        report.table("beside-paper").ifPresent(table -> {
            Page.Section paper = page.section("paper", "Beside the paper");
            Page.table(paper.element(), table);
        });
        report.published().ifPresent(paper -> {
            Page.Section printed = page.section("printed", "The paper's own numbers");
            Page.note(
                    printed.element(),
                    "As printed in Y. Mao et al., UniPELT: A Unified Framework for Parameter-Efficient Language Model"
                            + " Tuning, ACL 2022. They are not results of this study.");
            PublishedTables.of(paper)
                    .forEach(table -> Page.table(Page.collapsed(printed.element(), table.title()), table));
        });

        Page.Section method = page.section("method", "How these numbers were made");
        report.method().forEach(words -> method.element().appendElement("p").text(words));
        List<String> lacking = report.opening().lacking();
        if (!lacking.isEmpty()) {
            Page.Section missing = page.section("lacking", "Failed and missing runs");
            Element list = missing.element().appendElement("ul").addClass("lacking");
            lacking.forEach(line -> list.appendElement("li").text(line));
        }
        return page.html();
    }

    private static void atlas(Element parent, GateAtlas maps, List<String> methods) {
        Element atlas = parent.appendElement("div").addClass("atlas");
        Element choice = atlas.appendElement("fieldset");
        choice.appendElement("legend").text("Show");
        for (String what : List.of("mean", "spread")) {
            Element label = choice.appendElement("label");
            Element radio = label.appendElement("input")
                    .attr("type", "radio")
                    .attr("name", "atlas")
                    .attr("id", "atlas-" + what);
            if (what.equals("mean")) {
                radio.attr("checked", "");
            }
            label.appendText(what.equals("mean") ? " the mean" : " the spread over rows");
        }
        for (String method : methods) {
            Element scale = atlas.appendElement("p").addClass("scale");
            scale(
                    scale.appendElement("span").addClass("of-mean"),
                    "g",
                    9,
                    ReportTable.digits(0.5 - maps.reach(method), 2) + " or less open",
                    ReportTable.digits(0.5 + maps.reach(method), 2) + " or more");
            scale(
                    scale.appendElement("span").addClass("of-spread"),
                    "s",
                    5,
                    "spread 0",
                    ReportTable.digits(maps.widest(method), 2));
            maps.draw(atlas, method);
        }
    }

    private static void scale(Element parent, String letter, int steps, String low, String high) {
        parent.appendText(low + " ");
        for (int i = 0; i < steps; i++) {
            parent.appendElement("i").addClass(letter + i);
        }
        parent.appendText(" " + high);
    }
}

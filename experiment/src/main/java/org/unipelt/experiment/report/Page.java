package org.unipelt.experiment.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;

/** The report as one page without scripts and without files from elsewhere. */
final class Page {
    /** A section of the page with a heading. */
    private record Section(Element element, String id, String title) {}

    private final Document page = Document.createShell("");
    private final Element main;
    private final Element contents;

    private Page(String title) {
        page.outputSettings().prettyPrint(false).charset(StandardCharsets.UTF_8);
        page.prependChild(new org.jsoup.nodes.DocumentType("html", "", ""));
        page.selectFirst("html").attr("lang", "en");
        Element head = page.head();
        head.appendElement("meta").attr("charset", "utf-8");
        head.appendElement("meta")
                .attr("http-equiv", "Content-Security-Policy")
                .attr("content", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
        head.appendElement("meta").attr("name", "viewport").attr("content", "width=device-width, initial-scale=1");
        head.appendElement("meta").attr("name", "color-scheme").attr("content", "light dark");
        page.title(title);
        head.appendElement("style").appendChild(new DataNode(style()));
        Element header = page.body().appendElement("header");
        header.appendElement("h1").text(title);
        contents = page.body().appendElement("nav").attr("aria-label", "Contents");
        main = page.body().appendElement("main");
    }

    static String of(Report report) {
        Study study = report.study();
        Page page = new Page(report.opening().title());
        Charts charts = new Charts(study);
        page.opening(report.opening());

        Section scores = page.section("scores", "Scores");
        scores.element()
                .appendElement("p")
                .addClass("note")
                .text("Average over tasks: a small dot for each seed, "
                        + (report.published().isPresent()
                                ? "a diamond for their mean, and a ring for the paper's number (of BERT-base)"
                                        + " where the tasks are the same."
                                : "and a diamond for their mean."));
        new AverageChart(charts).draw(scores.element(), report.published());
        report.table("scores-test").ifPresent(table -> table(scores.element(), table));
        report.table("scores-dev").ifPresent(table -> table(collapsed(scores.element(), "Development scores"), table));
        report.table("ranks").ifPresent(table -> table(scores.element(), table));

        if (!report.comparisons().isEmpty()) {
            Section several = page.section("combinations", "Several methods in one, and the best of them alone");
            report.table("upper-bound").ifPresent(table -> table(several.element(), table));
            several.element()
                    .appendElement("p")
                    .addClass("note")
                    .text(
                            "Right of 0 the combination is ahead. A dot's colour names the best single method on that task; the"
                                    + " line is the " + PairedBootstrap.PERCENT + " % interval of the difference.");
            new DifferenceChart(charts).draw(several.element(), report.comparisons());
            report.table("differences")
                    .ifPresent(table -> table(collapsed(several.element(), "The differences in numbers"), table));
            report.table("tests").ifPresent(table -> table(several.element(), table));
        }

        Section cost = page.section("cost-section", "Cost");
        report.table("cost").ifPresent(table -> table(cost.element(), table));

        if (study.results().stream().anyMatch(result -> !result.curve().isEmpty())) {
            Section curves = page.section("curves", "Learning curves");
            curves.element()
                    .appendElement("p")
                    .addClass("note")
                    .text("Development score, times 100, by epoch: the mean over seeds."
                            + (report.keepsLast()
                                    ? ""
                                    : " A run that has stopped keeps the score of its best epoch, whose state it"
                                            + " gives back."));
            new CurveChart(charts).draw(curves.element());
        }

        report.table("varied").ifPresent(table -> {
            Section varied = page.section("varied-section", "Varied values");
            varied.element()
                    .appendElement("p")
                    .addClass("note")
                    .text("Test score, times 100: a small dot for each seed, a diamond for their mean.");
            new VariedChart(charts).draw(varied.element());
            table(collapsed(varied.element(), "The scores in numbers"), table);
        });

        report.table("gates").ifPresent(table -> {
            Section gates = page.section("gates-section", "Gate atlas");
            gates.element()
                    .appendElement("p")
                    .addClass("note")
                    .text(
                            "How far gates open, layer by layer: the mean over test rows and seeds. Choose the spread to see"
                                    + " how much a gate differs from row to row; both stand in the text of each cell's pointer.");
            table(gates.element(), table);
            atlas(gates.element(), new GateAtlas(charts), GateStatistics.gatedMethods(study));
        });

        report.table("beside-paper").ifPresent(table -> {
            Section paper = page.section("paper", "Beside the paper");
            table(paper.element(), table);
        });
        report.published().ifPresent(paper -> {
            Section printed = page.section("printed", "The paper's own numbers");
            printed.element()
                    .appendElement("p")
                    .addClass("note")
                    .text(
                            "As printed in Y. Mao et al., UniPELT: A Unified Framework for Parameter-Efficient Language Model"
                                    + " Tuning, ACL 2022. They are not results of this study.");
            PublishedTables.of(paper).forEach(table -> table(collapsed(printed.element(), table.title()), table));
        });

        Section method = page.section("method", "How these numbers were made");
        report.method().forEach(words -> method.element().appendElement("p").text(words));
        List<String> lacking = report.opening().lacking();
        if (!lacking.isEmpty()) {
            Section missing = page.section("lacking", "Failed and missing runs");
            Element list = missing.element().appendElement("ul").addClass("lacking");
            lacking.forEach(line -> list.appendElement("li").text(line));
        }
        return page.page.outerHtml() + "\n";
    }

    private void opening(Summary opening) {
        Element header = page.selectFirst("header");
        header.appendElement("p").addClass("lead").text(opening.run());
        List<String> found = opening.found();
        if (!found.isEmpty()) {
            Element list = header.appendElement("ul").addClass("findings");
            for (String finding : found) {
                int colon = finding.indexOf(':');
                Element item = list.appendElement("li");
                item.appendElement("strong").text(finding.substring(0, colon));
                item.appendText(finding.substring(colon));
            }
        }
    }

    private Section section(String id, String title) {
        Element section = main.appendElement("section").attr("aria-labelledby", id);
        section.appendElement("h2").attr("id", id).text(title);
        contents.appendElement("a").attr("href", "#" + id).text(title);
        return new Section(section, id, title);
    }

    private static Element collapsed(Element parent, String title) {
        Element details = parent.appendElement("details");
        details.appendElement("summary").text(title);
        return details;
    }

    /** A table that scrolls on narrow screens. */
    private static void table(Element parent, ReportTable table) {
        Element scroll = parent.appendElement("div")
                .addClass("scroll")
                .attr("role", "region")
                .attr("tabindex", "0")
                .attr("aria-label", table.title());
        Element element = scroll.appendElement("table").attr("id", table.id());
        Element caption = element.appendElement("caption");
        Element words = caption.appendElement("span");
        words.appendElement("b").text(table.title() + ". ");
        words.appendText(table.caption());
        Element head = element.appendElement("thead").appendElement("tr");
        head.appendElement("th").attr("scope", "col").text(table.rowsAre());
        table.columns()
                .forEach(column -> head.appendElement("th").attr("scope", "col").text(column));
        for (Block block : table.blocks()) {
            Element body = element.appendElement("tbody");
            if (!block.title().isEmpty()) {
                body.appendElement("tr")
                        .addClass("block")
                        .appendElement("th")
                        .attr("scope", "rowgroup")
                        .attr("colspan", Integer.toString(table.columns().size() + 1))
                        .appendElement("span")
                        .text(block.title());
            }
            for (Row row : block.rows()) {
                Element line = body.appendElement("tr");
                line.appendElement("th").attr("scope", "row").text(row.name());
                row.entries().forEach(entry -> entry(line.appendElement("td"), entry));
            }
        }
    }

    private static void entry(Element cell, Entry entry) {
        if (entry.text().isEmpty()) {
            cell.addClass("none").text("\u2013");
            return;
        }
        if (entry.value() == null) {
            cell.addClass("words");
        }
        Element value =
                switch (entry.mark()) {
                    case NONE -> cell;
                    case BEST -> cell.appendElement("strong");
                    case SECOND -> cell.appendElement("u");
                };
        value.appendText(entry.value() == null ? entry.text() : entry.text().replace('-', '\u2212'));
        if (!entry.spreadText().isEmpty()) {
            cell.appendElement("small").text(entry.spreadText());
        }
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

    private static String style() {
        try (InputStream file = Page.class.getResourceAsStream("report.css")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

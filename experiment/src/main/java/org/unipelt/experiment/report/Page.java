package org.unipelt.experiment.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;

/** A report as one page without scripts and without files from elsewhere: headings, contents, tables. */
final class Page {
    /** A section of the page with a heading. */
    record Section(Element element, String id, String title) {}

    /** Words of more characters are broken into lines. */
    private static final int LONG = 30;

    private final Document page = Document.createShell("");
    private final Element main;
    private final Element contents;

    Page(String title) {
        page.outputSettings().prettyPrint(false).charset(StandardCharsets.UTF_8);
        page.prependChild(new org.jsoup.nodes.DocumentType("html", "", ""));
        Objects.requireNonNull(page.selectFirst("html")).attr("lang", "en");
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

    /**
     * The words below the title.
     *
     * @param lead what was done
     * @param found the main results; what stands before a colon is emphasized
     */
    void opening(String lead, List<String> found) {
        Element header = Objects.requireNonNull(page.selectFirst("header"));
        header.appendElement("p").addClass("lead").text(lead);
        if (!found.isEmpty()) {
            Element list = header.appendElement("ul").addClass("findings");
            for (String finding : found) {
                int colon = Math.max(0, finding.indexOf(':'));
                Element item = list.appendElement("li");
                item.appendElement("strong").text(finding.substring(0, colon));
                item.appendText(finding.substring(colon));
            }
        }
    }

    /** Adds rules to the style sheet that depend on what the page shows. */
    void style(String rules) {
        Objects.requireNonNull(page.head().selectFirst("style")).appendChild(new DataNode(rules + "\n"));
    }

    /** A paragraph of softer words. */
    static void note(Element parent, String words) {
        parent.appendElement("p").addClass("note").text(words);
    }

    /** The whole page. */
    String html() {
        return page.outerHtml() + "\n";
    }

    Section section(String id, String title) {
        Element section = main.appendElement("section").attr("aria-labelledby", id);
        section.appendElement("h2").attr("id", id).text(title);
        contents.appendElement("a").attr("href", "#" + id).text(title);
        return new Section(section, id, title);
    }

    static Element collapsed(Element parent, String title) {
        Element details = parent.appendElement("details");
        details.appendElement("summary").text(title);
        return details;
    }

    /** A table that scrolls on narrow screens; returns its element. */
    static Element table(Element parent, ReportTable table) {
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
                Element name = line.appendElement("th").attr("scope", "row").text(row.name());
                if (row.name().length() > LONG) {
                    name.addClass("long");
                }
                row.entries().forEach(entry -> entry(line.appendElement("td"), entry));
            }
        }
        return element;
    }

    private static void entry(Element cell, Entry entry) {
        if (entry.text().isEmpty()) {
            cell.addClass("none").text("\u2013");
            return;
        }
        if (entry.value() == null) {
            cell.addClass(entry.text().length() > LONG ? "words long" : "words");
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

    private static String style() {
        try (InputStream file = Page.class.getResourceAsStream("report.css")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

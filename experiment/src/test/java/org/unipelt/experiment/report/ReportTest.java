package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.GlueTask;
import org.unipelt.experiment.report.Report.Format;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Mark;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.method.Methods;

class ReportTest {
    @TempDir
    Path folder;

    @Test
    void theSameResultsGiveTheSameBytes() throws IOException {
        MadeUpStudy made = MadeUpStudy.small(
                List.of(GlueTask.COLA, GlueTask.STSB), List.of("full", "adapter", "prefix", "unipelt-ap"));
        Path study = made.write(folder.resolve("study"));
        for (Format format : Format.values()) {
            Path one = folder.resolve("one");
            Path other = folder.resolve("other");
            Report.of(study).write(one, format);
            Report.of(study).write(other, format);
            assertThat(other).hasSameBinaryContentAs(one);
        }
        // Nor does it matter in what order the runs ended.
        java.util.Collections.reverse(made.results);
        assertThat(Report.of(made.study()).text(Format.HTML)).isEqualTo(Files.readString(write(study, Format.HTML)));
    }

    /** A title with a thousands separator names a random stream of intervals. */
    @Test
    void aReportIsTheSameInEveryCountry() throws IOException {
        Path study = MadeUpStudy.whole().write(folder.resolve("study"));
        Locale here = Locale.getDefault();
        Map<Locale, String> pages = new LinkedHashMap<>();
        try {
            for (Locale locale : List.of(
                    Locale.ROOT, Locale.GERMANY, Locale.forLanguageTag("tr-TR"), Locale.forLanguageTag("ar-EG"))) {
                Locale.setDefault(locale);
                pages.put(
                        locale,
                        Files.readString(write(study, Format.HTML)) + Files.readString(write(study, Format.MARKDOWN)));
            }
        } finally {
            Locale.setDefault(here);
        }
        assertThat(pages).allSatisfy((locale, page) -> assertThat(page.equals(pages.get(Locale.ROOT)))
                .as("%s", locale)
                .isTrue());
    }

    private Path write(Path study, Format format) {
        Path file = folder.resolve("report");
        Report.of(study).write(file, format);
        return file;
    }

    @Test
    void thePageHasEveryTableAndChartAndAsksNobody() {
        Report report = Report.of(MadeUpStudy.whole().study());
        String html = report.text(Format.HTML);
        assertThat(html.length()).isLessThan(1_100_000);
        Document page = Jsoup.parse(html);
        assertThat(page.select("script, img, link, iframe, object, [src]")).isEmpty();
        assertThat(html).doesNotContain("http:", "https:", "url(", "@import");
        assertThat(page.select("meta[http-equiv=Content-Security-Policy]").attr("content"))
                .startsWith("default-src 'none'");
        for (ReportTable table : report.tables()) {
            assertThat(page.select("table#" + table.id() + " caption"))
                    .as(table.id())
                    .hasSize(1);
        }
        assertThat(page.select("table:not(:has(caption))")).isEmpty();
        assertThat(page.select("svg:not([aria-label]):not([aria-hidden])")).isEmpty();
        // Eight tasks by three sizes.
        assertThat(page.select("section:has(#curves) figure svg")).hasSize(24);
        assertThat(page.select("section:has(#curves) figure:first-of-type polyline"))
                .hasSizeGreaterThan(6);
        // Two methods with gates.
        assertThat(page.select(".atlas .map table")).hasSize(48);
        assertThat(page.select("section:has(#varied-section) figure svg")).hasSize(3);
        assertThat(page.select("h1")).hasSize(1);
        assertThat(page.select("nav a").eachAttr("href"))
                .allMatch(to -> page.select("h2" + to).size() == 1);
    }

    @Test
    void theOpeningSaysWhatWasRunAndWhatIsMissing() {
        Report report = Report.of(MadeUpStudy.small(
                        List.of(GlueTask.COLA, GlueTask.RTE), List.of("full", "adapter", "lora", "unipelt-al"))
                .without(run -> run.task().equals("rte") && run.method().equals("lora") && run.dataSeed() == 222)
                .failing(run -> run.task().equals("cola") && run.method().equals("full") && run.dataSeed() == 111)
                .study());
        assertThat(report.heading().get(1))
                .contains(MadeUpStudy.MODEL)
                .contains("2 tasks (CoLA and RTE)")
                .contains("100 training rows")
                .contains("4 methods (Fine-tuning, Adapter, LoRA and UniPELT (AL))")
                .contains("data 111, 222 and 333; training 42")
                .contains("23 of 24 runs have ended; 1 failed, and 1 is missing");
        assertThat(report.opening().lacking())
                .containsExactly(
                        "failed: K = 100, CoLA, Fine-tuning, data seed 111, seed 42: the loss is not a number after step"
                                + " 3",
                        "missing: K = 100, RTE, LoRA, data seed 222, seed 42");
        assertThat(report.text(Format.HTML)).contains("the loss is not a number");
        // The averages of seeds are over those that have every task.
        assertThat(ScoreTables.averages(report.study(), new Slice(MadeUpStudy.MODEL, Optional.of(100)), "lora", "test")
                        .size())
                .isEqualTo(2);
    }

    @Test
    void bestAndSecondAreJudgedAsShown() {
        ReportTable table = new ReportTable(
                        "t",
                        "T",
                        "c",
                        "Method",
                        List.of("a", "b"),
                        List.of(new Block(
                                "",
                                List.of(
                                        row("one", 80.001, 1),
                                        row("two", 80.004, Double.NaN),
                                        row("three", 70, Double.NaN),
                                        row("four", 60, 2)))))
                .ranked();
        assertThat(marks(table, 0)).containsExactly(Mark.BEST, Mark.BEST, Mark.SECOND, Mark.NONE);
        // Of two there is no second to speak of.
        assertThat(marks(table, 1)).containsExactly(Mark.NONE, Mark.NONE, Mark.NONE, Mark.BEST);
    }

    private static Row row(String name, double... values) {
        return new Row(
                name,
                java.util.Arrays.stream(values)
                        .mapToObj(value -> Entry.number(value, 2))
                        .toList());
    }

    private static List<Mark> marks(ReportTable table, int column) {
        return table.blocks().get(0).rows().stream()
                .map(row -> row.entries().get(column).mark())
                .toList();
    }

    @Test
    void equalMethodsShareTheirRanks() {
        MadeUpStudy made = MadeUpStudy.small(List.of(GlueTask.SST2), List.of("adapter", "lora", "unipelt-al"));
        Report report = Report.of(made.study());
        ReportTable ranks = report.table("ranks").orElseThrow();
        double sum = ranks.blocks().get(0).rows().stream()
                .mapToDouble(row -> row.entries().get(0).value())
                .sum();
        assertThat(sum).isEqualTo(6);
    }

    @Test
    void aCombinationIsComparedWithItsOwnSubmodules() {
        Report report = Report.of(MadeUpStudy.whole().study());
        assertThat(report.comparisons()).hasSize(2 * 3 * 8);
        assertThat(report.comparisons()).allSatisfy(comparison -> {
            List<String> own = comparison.combination().method().equals("unipelt-ap")
                    ? List.of("adapter", "prefix")
                    : List.of("adapter", "prefix", "lora");
            assertThat(comparison.combination().submodules()).isEqualTo(own);
            assertThat(own).contains(comparison.best());
            assertThat(comparison.differences()).hasSize(3);
            assertThat(comparison.interval().low()).isLessThan(comparison.mean() + 1e-9);
            assertThat(comparison.interval().high()).isGreaterThan(comparison.mean() - 1e-9);
        });
        assertThat(report.table("upper-bound")
                        .orElseThrow()
                        .blocks()
                        .get(0)
                        .rows()
                        .get(1)
                        .entries())
                .extracting(Entry::text)
                .endsWith("60.60", "62.59");
    }

    @Test
    void partsOfACombinationAreMethodsAndNotOptions() {
        assertThat(Methods.parse(
                                "unipelt(adapter(bottleneck=48),modification(form=bottleneck(rank=4),at=ffn,name=second),lora,gate=own)")
                        .submodules())
                .containsExactly(
                        Methods.parse("adapter(bottleneck=48)"),
                        Methods.parse("modification(form=bottleneck(rank=4),at=ffn,name=second)"),
                        Methods.parse("lora"));
    }

    @Test
    void valuesAreInTheOrderOfNumbers() {
        assertThat(VariedTable.series(MadeUpStudy.whole().study()))
                .extractingByKey(new VariedTable.Series("adapter", "bottleneck", Map.of()))
                .satisfies(variants -> assertThat(variants.keySet()).containsExactly("48", "64", "128", "256"));
    }

    @Test
    void theOtherFormatsHaveTheSameTables() throws IOException {
        Report report = Report.of(
                MadeUpStudy.small(List.of(GlueTask.COLA, GlueTask.RTE), List.of("adapter", "prefix", "unipelt-ap"))
                        .study());
        JsonNode json = new ObjectMapper().readTree(report.text(Format.JSON));
        assertThat(json.get("format").asText()).isEqualTo(TableText.FORMAT);
        assertThat(json.get("tables")).hasSize(report.tables().size());
        assertThat(report.text(Format.CSV)).startsWith("table,block,row,column,text,value,spread,mark\nscores-test,");
        String markdown = report.text(Format.MARKDOWN);
        report.tables().forEach(table -> assertThat(markdown).contains("## " + table.title()));
        assertThat(markdown).contains("**K = 100**");
    }

    @Test
    void mistakesAreToldInOneLine() throws IOException {
        assertThatThrownBy(() -> Report.of(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("holds no sweep");
        MadeUpStudy.small(List.of(GlueTask.RTE), List.of("lora"))
                .without(run -> true)
                .write(folder);
        assertThatThrownBy(() -> Report.of(folder))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no run has ended yet");
        assertThatThrownBy(() -> Format.named("htm"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("did you mean 'html'?");
    }

    @Test
    void aStudyOfOtherTasksShowsNothingOfThePaper() {
        Report report =
                Report.of(MadeUpStudy.ofTable("messages.csv", List.of("full", "adapter", "prefix", "unipelt-ap"))
                        .study());
        assertThat(report.table("cost").orElseThrow().columns())
                .contains("Share")
                .noneMatch(c -> c.startsWith("Paper"));
        assertThat(report.table("upper-bound").orElseThrow().columns()).noneMatch(c -> c.startsWith("Paper"));
        assertThat(report.table("beside-paper")).isEmpty();
        assertThat(report.text(Report.Format.HTML)).contains("messages.csv");
        Document page = Jsoup.parse(report.text(Format.HTML));
        assertThat(page.text()).doesNotContainIgnoringCase("paper");
        assertThat(report.text(Format.MARKDOWN)).doesNotContainIgnoringCase("paper");
        assertThat(page.select(".paper")).isEmpty();
    }

    @Test
    void timesAreAbsoluteAndRelativeOnlyWhereFullFineTuningRan() {
        ReportTable with = Report.of(
                        MadeUpStudy.ofTable("m.csv", List.of("full", "lora")).study())
                .table("cost")
                .orElseThrow();
        assertThat(with.columns())
                .containsExactly(
                        "Parameters",
                        "Share",
                        "Step",
                        "Training",
                        "Predicting a row",
                        "Step, relative",
                        "Training, relative",
                        "Predicting, relative");
        List<Entry> full = with.blocks().get(0).rows().get(0).entries();
        assertThat(full).extracting(Entry::text).contains("40.0 ms", "100 %");
        assertThat(full.get(2).value()).isEqualTo(0.04);
        ReportTable without = Report.of(
                        MadeUpStudy.ofTable("m.csv", List.of("adapter", "lora")).study())
                .table("cost")
                .orElseThrow();
        assertThat(without.columns()).endsWith("Training", "Predicting a row");
        assertThat(without.blocks().get(0).rows()).allSatisfy(row -> assertThat(row.entries())
                .noneMatch(entry -> entry.text().isEmpty()));
        assertThat(List.of(0.0042, 0.042, 0.42, 4.2, 42.0, 420.0, 42000.0))
                .extracting(seconds -> CostTable.time(seconds).text())
                .containsExactly("4.20 ms", "42.0 ms", "420 ms", "4.2 s", "42 s", "7 min", "11.7 h");
    }

    @Test
    void epochsAreWholeNumbers() {
        assertThat(new Drawing.Axis(1, 3, 0, 100).wholeTicks()).containsExactly(1.0, 2.0, 3.0);
        assertThat(new Drawing.Axis(1, 2, 0, 100).wholeTicks()).containsExactly(1.0, 2.0);
        assertThat(new Drawing.Axis(1, 50, 0, 100).wholeTicks()).containsExactly(10.0, 20.0, 30.0, 40.0, 50.0);
    }

    @Test
    void aSingleValueHasAnAxisAroundIt() {
        for (double value : List.of(92.4, 0.924, 0.0, -3.0)) {
            Drawing.Axis axis = Drawing.Axis.around(value, value, 0, 100);
            assertThat(axis.at(value)).as("%s", value).isBetween(20.0, 80.0);
            assertThat(axis.ticks()).extracting(axis::label).allMatch(label -> label.length() <= 6);
        }
    }

    @Test
    void ticksThatDifferLookDifferent() {
        for (double range : List.of(0.0004, 0.004, 0.04, 0.4, 4.0, 40.0)) {
            Drawing.Axis axis = Drawing.Axis.around(1.38, 1.38 + range, 0, 100);
            assertThat(axis.ticks().stream().map(axis::label)).doesNotHaveDuplicates();
        }
    }

    @Test
    void namesOfAnyLengthAreWhole() {
        String name = "unipelt(adapter(bottleneck=48,activation=relu,init=bert),lora(rank=8,alpha=16,on=query+value))";
        for (String row : List.of("LoRA", name)) {
            org.jsoup.nodes.Element parent = new org.jsoup.nodes.Element("div");
            RowNames names = new RowNames(List.of(row, "BitFit"), 300);
            names.draw(new Drawing(parent, 300, 100, "names"), 0, 0);
            List<String> lines = parent.select("text").eachText();
            assertThat(String.join("", lines)).isEqualTo(row);
            assertThat(lines).allMatch(line -> line.length() * 7.2 <= 300);
            assertThat(names.left()).isLessThan(200);
        }
    }

    @Test
    void amongManyCurvesOneIsHighlighted() {
        List<String> ten = List.of(
                "full", "probe", "head", "bitfit", "adapter", "houlsby", "prefix", "prompt", "lora", "unipelt-al");
        Document page = Jsoup.parse(
                Report.of(MadeUpStudy.ofTable("messages.csv", ten).study()).text(Format.HTML));
        assertThat(page.select(".curves input[type=radio]")).hasSize(11);
        assertThat(page.select(".curves input[checked]")).hasSize(1);
        assertThat(page.select(".curves polyline.m3")).hasSize(1);
        assertThat(page.select("style").html()).contains(":not(.m3)");
        Document few = Jsoup.parse(
                Report.of(MadeUpStudy.ofTable("messages.csv", ten.subList(0, 5)).study())
                        .text(Format.HTML));
        assertThat(few.select(".curves input")).isEmpty();
        assertThat(few.select(".curves .legend li")).hasSize(5);
    }

    @Test
    void theTableOfWinsIsFolded() {
        Document page = Jsoup.parse(Report.of(MadeUpStudy.ofTable("m.csv", List.of("adapter", "lora", "unipelt-al"))
                        .study())
                .text(Format.HTML));
        assertThat(page.select("details #tests")).hasSize(1);
    }
}

package org.unipelt.experiment.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.data.LabelKind;
import org.unipelt.experiment.report.Report.Format;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.task.Seq2Seq;
import org.unipelt.testkit.TinyBart;
import org.unipelt.training.EventLog;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

class TrainingReportTest {
    @TempDir
    Path folder;

    static TrainingReport report(MadeUpTraining training) {
        try (BaseModel base = BaseModel.open(training.base().toString());
                TunedModel model = TunedModel.load(training.model(), base)) {
            return TrainingReport.of(training.model(), base, model, LabelledRows.ofTraining(model.card()));
        }
    }

    private static ReportTable table(TrainingReport report, String id) {
        return report.contents().tables().stream()
                .filter(table -> table.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aPageOfClassesHasCurvesClassesConfusionsCalibrationAndGates() throws IOException {
        TrainingReport report = report(MadeUpTraining.ofClasses(folder, 3));
        String html = report.text(Format.HTML);
        Document page = Jsoup.parse(html);
        assertThat(page.select("h1").text()).isEqualTo("UniPELT (AL) on tiny-bert: train.tsv");
        assertThat(page.select(".lead").text()).contains("judged by the 45 rows to test of the training");
        assertThat(page.select("script, img, link, iframe, object, [src]")).isEmpty();
        assertThat(html).doesNotContain("http:", "https:", "url(", "@import");
        assertThat(page.select("section:has(#curves) figure figcaption").eachText())
                .containsExactly("Loss, training and development", "Development accuracy");
        assertThat(page.select("section:has(#curves) figure polyline")).hasSize(3);
        assertThat(page.select("#training tr:contains(Learning rate) td").text())
                .isEqualTo("0.002, chosen for this training");
        assertThat(page.select("#training tr:contains(Epochs) td").text())
                .matches("3 of at most 3; keeps (the start|epoch 3)");
        assertThat(page.select("#matrix tbody tr")).hasSize(3);
        assertThat(page.select("#matrix tbody td").eachText().stream()
                        .mapToInt(Integer::parseInt)
                        .sum())
                .isEqualTo(45);
        assertThat(page.select("#classes tbody svg.bar")).hasSize(3);
        assertThat(page.select("#classes tbody th").eachText()).contains("a-class-whose-name-is-longer-than-any-other");
        assertThat(page.select("section:has(#calibration-section) figure svg rect"))
                .isNotEmpty();
        assertThat(table(report, "hardest").columns()).endsWith("Gate: LoRA", "Gate: Adapter");
        List<Double> right = table(report, "hardest").blocks().get(0).rows().stream()
                .map(row -> row.entries().get(3).value())
                .toList();
        assertThat(right).hasSize(20).isSorted();
        assertThat(report.unjudged()).isEmpty();
        assertThat(page.select("section:has(#mistakes-section)").text()).contains("No row has a wrong class.");
        ReportTable gates = table(report, "gates");
        assertThat(gates.columns()).containsExactlyInAnyOrder("Adapter", "LoRA query", "LoRA value");
        assertThat(gates.blocks().get(0).rows()).hasSize(2);
        assertThat(page.select("section:has(#gates-section) .map tbody td b").eachText())
                .hasSize(6)
                .allMatch(text -> Double.parseDouble(text) > 0 && Double.parseDouble(text) < 1);
    }

    @Test
    void theScoresAreThoseOfTheTraining() throws IOException {
        MadeUpTraining training = MadeUpTraining.ofClasses(folder, 3);
        TrainingReport report = report(training);
        AdapterCard.read(training.model()).metrics().get("test").forEach((metric, value) -> assertThat(
                        table(report, "scores").blocks().get(0).rows().stream()
                                .filter(row -> row.name().equals(metric))
                                .findFirst()
                                .orElseThrow()
                                .entries()
                                .get(0)
                                .value())
                .as(metric)
                .isEqualTo(value));
    }

    @Test
    void manyClassesFoldToTheWorstPairs() throws IOException {
        TrainingReport report = report(MadeUpTraining.ofClasses(folder, 30));
        Document page = Jsoup.parse(report.text(Format.HTML));
        assertThat(page.select("#matrix")).isEmpty();
        assertThat(page.select("#confusions tbody tr")).hasSizeBetween(1, 30);
        assertThat(page.select("#classes tbody tr")).hasSize(25);
        assertThat(page.select("details #classes-more tbody tr")).hasSize(5);
        List<ReportTable.Row> mistakes =
                table(report, "mistakes").blocks().get(0).rows();
        assertThat(mistakes).isNotEmpty().allSatisfy(row -> assertThat(
                        row.entries().get(1).text())
                .isNotEqualTo(row.entries().get(2).text()));
        assertThat(mistakes.stream().map(row -> -row.entries().get(3).value()).toList())
                .isSorted();
        assertThat(page.select("#mistakes tbody tr")).hasSize(mistakes.size());
    }

    @Test
    void scoresHaveAScatter() throws IOException {
        TrainingReport report = report(MadeUpTraining.ofScores(folder));
        Document page = Jsoup.parse(report.text(Format.HTML));
        assertThat(page.select("section:has(#quality) figure circle")).hasSize(45);
        assertThat(table(report, "hardest").blocks().get(0).rows()).hasSize(20);
        assertThat(page.select("#scores tbody th").eachText())
                .containsExactly("spearman", "pearson", "mean absolute error");
    }

    @Test
    void generatedTextsStandBesideTheirReferences() throws IOException {
        Path base = TinyBart.bart(folder.resolve("tiny-bart"));
        DataSpec data = DataSpec.of(MadeUpTraining.table(folder.resolve("train.tsv"), 12, i -> "good film " + i))
                .withDev(MadeUpTraining.table(folder.resolve("dev.tsv"), 6, i -> "good film " + i))
                .withTargets(LabelKind.SUMMARY, "text", "label");
        Path model = folder.resolve("model");
        try (BaseModel opened = BaseModel.open(base.toString());
                TunedModel tuned = Tuning.of(opened, "lora")
                        .on(data)
                        .writing(Seq2Seq.usual(LabelKind.SUMMARY))
                        .with(settings -> settings.epochs(1).maxLength(16))
                        .train(model)) {
            TrainingReport report = TrainingReport.of(model, opened, tuned, LabelledRows.ofTraining(tuned.card()));
            Document page = Jsoup.parse(report.text(Format.HTML));
            assertThat(page.select(".lead").text()).contains("judged by the 6 rows for development");
            assertThat(page.select("#examples tbody")).hasSize(3);
            assertThat(page.select("section:has(#curves) .legend").text()).contains("development");
        }
    }

    @Test
    void rowsThatChangedOrAreGoneAreNotUsed() throws IOException {
        MadeUpTraining training = MadeUpTraining.ofClasses(folder, 3);
        MadeUpTraining.table(training.test(), 44, i -> "class" + i % 2);
        TrainingReport changed = report(training);
        assertThat(changed.unjudged()).contains("the files of the training have changed since");
        assertThat(Jsoup.parse(changed.text(Format.HTML))
                        .select("section:has(#quality) .note")
                        .text())
                .contains("have changed since", "--data FILE");
        Files.delete(training.test());
        assertThat(report(training).unjudged().orElseThrow())
                .startsWith("the files of the training cannot be read any more (")
                .contains("test.tsv");
        Files.delete(training.model().resolve("events.jsonl"));
        assertThat(report(training).text(Format.HTML)).contains("The folder has no events.jsonl");
    }

    @Test
    void theOtherFormatsHaveTheSameTables() throws IOException {
        TrainingReport report = report(MadeUpTraining.ofClasses(folder, 3));
        assertThat(report.text(Format.MARKDOWN))
                .startsWith("# UniPELT (AL) on tiny-bert")
                .contains(
                        "## What was trained",
                        "## Every epoch",
                        "## Every class",
                        "## Calibration",
                        "## The most confident mistakes",
                        "## Hardest rows",
                        "## Gates");
        assertThat(new ObjectMapper().readTree(report.text(Format.JSON)).get("tables"))
                .hasSize(9);
    }

    @Test
    void stepsThatAreInALogTwiceCountOnce() throws IOException {
        Path log = folder.resolve("events.jsonl");
        try (EventLog events = new EventLog(log, Clock.systemUTC())) {
            events.on(new TrainingEvent.Started(0, 4, 2, 8, 77, "accuracy", "cpu"));
            events.on(new TrainingEvent.Stepped(1, 1, 0.8, 0.1, 4, 40));
            events.on(new TrainingEvent.Stepped(1, 2, 0.6, 0.1, 4, 40));
            events.on(new TrainingEvent.Started(1, 4, 2, 8, 77, "accuracy", "cpu"));
            events.on(new TrainingEvent.Stepped(1, 2, 0.6, 0.1, 4, 40));
            events.on(new TrainingEvent.Evaluated(1, 2, 0.7, 0.9, "accuracy", 0.5, true));
            events.on(new TrainingEvent.Stepped(2, 3, 0.4, 0.1, 4, 40));
        }
        Course course = Course.of(EventLog.read(log));
        assertThat(course.trained()).isEqualTo(77);
        assertThat(course.epochs()).hasSize(2);
        assertThat(course.epochs().get(0).loss()).isCloseTo(0.7, within(1e-12));
        assertThat(course.epochs().get(0).devLoss()).isEqualTo(0.9);
        assertThat(course.epochs().get(1).loss()).isEqualTo(0.4);
        assertThat(course.epochs().get(1).devLoss()).isNaN();
    }
}

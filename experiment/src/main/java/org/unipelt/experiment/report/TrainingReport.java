package org.unipelt.experiment.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jsoup.nodes.Element;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.experiment.report.Report.Format;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.training.EventLog;
import org.unipelt.training.LearningRate;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** The report of one training, in several formats: what was trained, how it went, and how the model does on rows. */
public final class TrainingReport {
    private static final String EVENTS = "events.jsonl";

    private final AdapterCard card;
    private final LabelledRows rows;
    private final Optional<Course> course;
    private final Optional<Judgement> judgement;
    private final Optional<TrainedGates> gates;
    private final ReportTable trained;

    private TrainingReport(
            AdapterCard card,
            LabelledRows rows,
            Optional<Course> course,
            Optional<Judgement> judgement,
            Optional<TrainedGates> gates,
            ReportTable trained) {
        this.card = card;
        this.rows = rows;
        this.course = course;
        this.judgement = judgement;
        this.gates = gates;
        this.trained = trained;
    }

    /**
     * Reads the log of a training and predicts the rows.
     *
     * @param folder of the tuned model
     * @param base its base model
     * @param model the tuned model
     * @param rows to judge it by
     * @throws InputException if the log is damaged, or the rows have labels unknown to the model
     */
    public static TrainingReport of(Path folder, BaseModel base, TunedModel model, LabelledRows rows) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(model, "model is null");
        Objects.requireNonNull(rows, "rows is null");
        Path log = folder.resolve(EVENTS);
        Optional<Course> course = Files.exists(log) ? Optional.of(Course.of(EventLog.read(log))) : Optional.empty();
        return new TrainingReport(
                model.card(),
                rows,
                course,
                rows.rows().map(some -> Judgement.of(model, some)),
                rows.rows().flatMap(some -> TrainedGates.of(model, some)),
                settings(model.card(), base, course));
    }

    private static ReportTable settings(AdapterCard card, BaseModel base, Optional<Course> course) {
        List<Row> lines = new ArrayList<>();
        line(lines, "Method", card.method().toString());
        line(lines, "Base model", card.base().name());
        line(lines, "Answers", card.labels().describe());
        card.provenance().ifPresent(how -> {
            TrainingConfig config = how.training();
            line(lines, "Rows", how.data().split());
            if (card.method().trainsBySteps()) {
                line(lines, "Learning rate", config.learningRate() + ", " + origin(card, config, base));
                line(
                        lines,
                        "Epochs",
                        course.flatMap(log -> log.length(config.epochs())).orElse("at most " + config.epochs()));
                line(lines, "Batch", config.batchSize() + " rows");
            }
            line(lines, "Head starts", Words.of(config.headStart()));
            line(lines, "State to keep", "the " + Words.of(config.keep()) + " one");
            line(lines, "Longest text", config.maxLength() + " tokens");
            line(lines, "Seed", Long.toString(config.seed()));
            how.data().spec().ifPresent(spec -> line(lines, "Data seed", Long.toString(spec.dataSeed())));
            if (!config.classWeights().areEqual()) {
                line(lines, "Class weights", config.classWeights().balanced() ? "balanced" : "given for each class");
            }
            course.filter(log -> log.trained() > 0)
                    .ifPresent(
                            log -> line(lines, "Trained parameters", String.format(Locale.ROOT, "%,d", log.trained())));
            course.filter(log -> log.seconds() > 0)
                    .ifPresent(log ->
                            line(lines, "Time", CostTable.time(log.seconds()).text()));
            how.versions().forEach((name, version) -> line(lines, name, version));
        });
        return new ReportTable(
                "training",
                "What was trained",
                card.provenance().isPresent()
                        ? "As adapter.json and events.jsonl say."
                        : "Another program trained this model; how is not known.",
                "Setting",
                List.of("Value"),
                List.of(new Block("", lines)));
    }

    private static void line(List<Row> lines, String name, String value) {
        lines.add(new Row(name, List.of(Entry.words(value))));
    }

    /** Where the rate comes from, as far as its value tells. */
    private static String origin(AdapterCard card, TrainingConfig config, BaseModel base) {
        LearningRate found = LearningRate.of(
                card.method(), base.name(), base.backbone().anatomy().hidden());
        LearningRate paper = LearningRate.paper(card.method());
        return isClose(found.value(), config.learningRate())
                ? found.origin()
                : isClose(paper.value(), config.learningRate()) ? paper.origin() : "chosen for this training";
    }

    private static boolean isClose(double one, double other) {
        return Math.abs(one - other) <= 1e-9 * Math.abs(one);
    }

    private String title() {
        return methodName() + " on " + baseName()
                + card.source()
                        .map(source -> source.task()
                                .orElseGet(() -> source.train().getFileName().toString()))
                        .map(data -> ": " + data)
                        .orElse("");
    }

    /** The name of a preset; of another method only its kind, because its text has every option. */
    private String methodName() {
        String text = card.method().toString();
        return PaperNames.method(Methods.names().stream()
                .filter(name -> Methods.parse(name).toString().equals(text))
                .findFirst()
                .orElse(card.method().kind()));
    }

    private String baseName() {
        Path name = Path.of(card.base().name()).getFileName();
        return name == null ? card.base().name() : name.toString();
    }

    /** What was trained and how it was judged, in a paragraph. */
    private String lead() {
        return "This training tuned " + baseName() + " with " + methodName()
                + card.provenance().map(how -> " on " + how.data().split()).orElse("") + ". "
                + (judgement.isPresent()
                        ? "It is judged by " + rows.origin() + "."
                        : "It is not judged on rows here: " + rows.origin() + ". " + remedy());
    }

    private static String remedy() {
        return "Give labelled rows with --data FILE to see classes, confusions, calibration, mistakes, the hardest rows"
                + " and gates.";
    }

    private List<String> found() {
        return judgement.map(Judgement::found).orElse(List.of());
    }

    Contents contents() {
        List<String> heading = new ArrayList<>(List.of(title(), lead()));
        heading.addAll(found());
        List<ReportTable> tables = new ArrayList<>(List.of(trained));
        course.flatMap(Course::table).ifPresent(tables::add);
        judgement.ifPresent(one -> tables.addAll(one.tables()));
        gates.ifPresent(some -> tables.add(some.table()));
        return new Contents(heading, tables, this::page);
    }

    private String page() {
        Page page = new Page(title());
        page.opening(lead(), found());
        Page.table(page.section("training-section", "What was trained").element(), trained);
        Element curves = page.section("curves", "Learning curves").element();
        Optional<ReportTable> epochs = course.flatMap(Course::table);
        if (epochs.isPresent()) {
            course.get().draw(curves);
            Page.table(Page.collapsed(curves, "Every epoch in numbers"), epochs.get());
        } else {
            Page.note(
                    curves,
                    course.isEmpty()
                            ? "The folder has no " + EVENTS + ", the log of its training."
                            : "This method makes no steps, so there are no curves.");
        }
        if (judgement.isPresent()) {
            judgement.get().draw(page);
            gates.ifPresent(some -> some.draw(page));
        } else {
            Page.note(
                    page.section("quality", "Scores").element(), "There are none: " + rows.origin() + ". " + remedy());
        }
        return page.html();
    }

    /** Why the report judges the model by no rows; empty if it does. */
    public Optional<String> unjudged() {
        return judgement.isPresent() ? Optional.empty() : Optional.of(rows.origin());
    }

    /** The whole report as text. */
    public String text(Format format) {
        Objects.requireNonNull(format, "format is null");
        return format.text(contents());
    }

    /**
     * Writes the report, all of it or nothing.
     *
     * @throws InputException if the file cannot be written
     */
    public void write(Path file, Format format) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(format, "format is null");
        contents().write(file, format);
    }
}

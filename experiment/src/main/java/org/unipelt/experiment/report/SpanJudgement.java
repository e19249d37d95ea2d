package org.unipelt.experiment.report;

import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unipelt.data.Dataset;
import org.unipelt.data.Span;
import org.unipelt.data.SpanSet;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.EntityCounts;
import org.unipelt.metric.EntityScore;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.task.TokenClassification;
import org.unipelt.tuned.TunedModel;

/**
 * How a model finds names in labelled rows.
 *
 * @param values scores by metric
 * @param entities the scores of every label, the weakest first
 * @param rows number of rows
 * @param hardest the rows with the most names that are missing or wrong
 */
record SpanJudgement(Map<String, Double> values, List<EntityScore> entities, int rows, ReportTable hardest)
        implements Judgement {
    static SpanJudgement of(TunedModel model, Dataset rows) {
        TokenClassification task = (TokenClassification) model.card().task();
        List<Answer.Spans> answers = model.predict(rows.examples()).stream()
                .map(Answer.Spans.class::cast)
                .toList();
        EntityCounts counts = task.counts(rows, answers);
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            values.put(metric.text(), metric.of(counts));
        }
        List<List<Span>> right =
                task.labels().spans(rows).stream().map(SpanSet::spans).toList();
        List<List<Span>> found = answers.stream()
                .map(answer -> answer.spans().stream()
                        .map(span -> new Span(span.start(), span.end(), span.label()))
                        .toList())
                .toList();
        double[] mistakes = IntStream.range(0, rows.size())
                .mapToDouble(row -> differences(right.get(row), found.get(row)))
                .toArray();
        int[] worst = IntStream.of(Judgement.first(Judgement.descending(mistakes), HARDEST))
                .filter(row -> mistakes[row] > 0)
                .toArray();
        ReportTable hardest = Judgement.hardest(
                model,
                rows,
                worst,
                "The rows with the most names that were not found, or are wrong. Some of them may be labelled wrongly.",
                List.of("Right", "Found", "Mistakes"),
                place -> List.of(
                        Entry.words(said(rows.get(place).text(), right.get(place))),
                        Entry.words(said(rows.get(place).text(), found.get(place))),
                        Entry.number(mistakes[place], 0)));
        return new SpanJudgement(
                values,
                counts.scores(task.names()).stream()
                        .sorted(Comparator.comparingDouble(EntityScore::f1))
                        .toList(),
                rows.size(),
                hardest);
    }

    private static int differences(List<Span> one, List<Span> other) {
        Set<Span> both = new HashSet<>(one);
        both.retainAll(new HashSet<>(other));
        return one.size() + other.size() - 2 * both.size();
    }

    private static String said(String text, List<Span> spans) {
        return spans.isEmpty()
                ? "none"
                : spans.stream()
                        .map(span -> span.of(text) + " (" + span.label() + ")")
                        .collect(Collectors.joining("; "));
    }

    private ReportTable scores() {
        return Judgement.scores(values, "Every metric that fits, the one that guided the training first.");
    }

    private ReportTable everyLabel() {
        return new ReportTable(
                "labels",
                "Every label",
                "A name is right if its label and both ends are. Of the names that were found, precision is the share that are"
                        + " right; of the right names, recall is the share that were found; F1 is their harmonic mean. The"
                        + " weakest label comes first.",
                "Label",
                List.of("F1", "Precision", "Recall", "Names"),
                List.of(new Block(
                        "",
                        entities.stream()
                                .map(each -> new Row(
                                        each.label(),
                                        List.of(
                                                Entry.number(each.f1(), 2),
                                                Entry.number(each.precision(), 2),
                                                Entry.number(each.recall(), 2),
                                                Entry.number(each.support(), 0))))
                                .toList())));
    }

    @Override
    public List<String> found() {
        EntityScore weakest = entities.get(0);
        return List.of(
                String.format(
                        Locale.ROOT, "F1 over all names %.3f on %,d rows.", values.get(Metric.ENTITY_F1.text()), rows),
                String.format(
                        Locale.ROOT,
                        "Weakest label: %s, F1 %.2f of %,d names.",
                        weakest.label(),
                        weakest.f1(),
                        weakest.support()));
    }

    @Override
    public List<ReportTable> tables() {
        return List.of(scores(), everyLabel(), hardest);
    }

    @Override
    public void draw(Page page) {
        Page.table(page.section("quality", "Scores").element(), scores());
        Page.table(page.section("labels-section", "Every label").element(), everyLabel());
        Page.table(page.section("hardest-section", "Hardest rows").element(), hardest);
    }
}

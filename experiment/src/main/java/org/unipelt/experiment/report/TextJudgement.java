package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.unipelt.data.Dataset;
import org.unipelt.data.Labels;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/**
 * How a model does on rows of texts to generate: the weakest, middling and best examples.
 *
 * @param rows number of rows
 * @param scores by metric
 * @param examples generated texts beside the references
 */
record TextJudgement(int rows, Map<String, Double> scores, ReportTable examples) implements Judgement {
    private static final int EACH = 8;

    static TextJudgement of(TunedModel model, Dataset rows) {
        List<String> references = ((Labels.Texts) model.labels()).texts(rows);
        List<String> generated = model.predict(rows.examples()).stream()
                .map(Answer.Text.class::cast)
                .map(Answer.Text::text)
                .toList();
        Map<String, Double> scores = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            scores.put(metric.text(), metric.of(generated, references));
        }
        // BLEU of a single sentence is mostly 0; ROUGE-L orders sentences of any length.
        double[] single = IntStream.range(0, rows.size())
                .mapToDouble(i -> Metric.ROUGE_L.of(List.of(generated.get(i)), List.of(references.get(i))))
                .toArray();
        int[] best = Judgement.descending(single);
        int count = best.length;
        List<Block> blocks = new ArrayList<>();
        int each = Math.min(EACH, Math.max(1, count / 3));
        record Part(String title, int from) {}
        for (Part part : List.of(
                new Part("The weakest", count - each),
                new Part("In the middle", (count - each) / 2),
                new Part("The best", 0))) {
            List<Row> lines = IntStream.range(Math.max(0, part.from()), Math.min(count, part.from() + each))
                    .map(i -> best[i])
                    .mapToObj(place -> new Row(
                            Judgement.text(rows.get(place)),
                            List.of(
                                    Entry.words(Judgement.cut(references.get(place))),
                                    Entry.words(Judgement.cut(generated.get(place))),
                                    Entry.number(single[place], 3))))
                    .toList();
            if (!lines.isEmpty()) {
                blocks.add(new Block(part.title(), lines));
            }
        }
        return new TextJudgement(
                count,
                scores,
                new ReportTable(
                        "examples",
                        "Generated texts",
                        "The rows with the lowest ROUGE-L of the generated text, some in the middle, and the best.",
                        "Source",
                        List.of("Reference", "Generated", "ROUGE-L"),
                        blocks));
    }

    private ReportTable table() {
        return Judgement.scores(scores, "Every metric that fits, the one that guided the training first.");
    }

    @Override
    public List<String> found() {
        Map.Entry<String, Double> main = scores.entrySet().iterator().next();
        return List.of(
                String.format(Locale.ROOT, "Scores: %s %.4f on %,d rows.", main.getKey(), main.getValue(), rows));
    }

    @Override
    public List<ReportTable> tables() {
        return List.of(table(), examples);
    }

    @Override
    public void draw(Page page) {
        Page.table(page.section("quality", "Scores").element(), table());
        Page.table(page.section("examples-section", "Generated texts").element(), examples);
    }
}

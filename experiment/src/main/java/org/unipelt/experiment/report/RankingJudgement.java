package org.unipelt.experiment.report;

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
import org.unipelt.data.Queries;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.Metric;
import org.unipelt.metric.RankingScore;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/**
 * How a model orders the texts of queries: every metric beside a random order, and the queries whose best text stands
 * lowest.
 *
 * @param values metrics by name
 * @param score the scores and what a random order would give
 * @param hardest the queries whose best text stands lowest
 */
record RankingJudgement(Map<String, Double> values, RankingScore score, ReportTable hardest) implements Judgement {
    static RankingJudgement of(TunedModel model, Dataset rows) {
        double[] grades = ((Labels.Relevance) model.labels()).grades(rows);
        double[] relevances = model.predict(rows.examples()).stream()
                .mapToDouble(answer -> ((Answer.Relevance) answer).value())
                .toArray();
        Queries queries = Queries.of(rows);
        Map<String, Double> values = new LinkedHashMap<>();
        for (Metric metric : Judgement.metrics(model.card())) {
            values.put(metric.text(), metric.of(queries.numbers(), relevances, grades));
        }
        Map<Integer, Integer> ranks = new LinkedHashMap<>();
        Map<Integer, Integer> firsts = new LinkedHashMap<>();
        for (int[] own : queries.places()) {
            int best = IntStream.of(own)
                    .boxed()
                    .max(Comparator.comparingDouble(row -> grades[row]))
                    .orElseThrow();
            List<Integer> order = IntStream.of(own)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(row -> -relevances[row])
                            .thenComparingDouble(row -> grades[row]))
                    .toList();
            ranks.put(best, order.indexOf(best) + 1);
            firsts.put(best, order.get(0));
        }
        int[] lowest = ranks.entrySet().stream()
                .filter(entry -> grades[entry.getKey()] > 0)
                .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                .mapToInt(Map.Entry::getKey)
                .toArray();
        ReportTable hardest = Judgement.hardest(
                model,
                rows,
                Judgement.first(lowest, HARDEST),
                "The queries whose best text stands lowest, with this text, and the text that stands first.",
                List.of("Grade", "Rank", "First"),
                place -> List.of(
                        Entry.number(grades[place], 1),
                        Entry.number(Objects.requireNonNull(ranks.get(place)), 0),
                        Entry.words(Judgement.cut(rows.get(Objects.requireNonNull(firsts.get(place)))
                                .pair()
                                .orElseThrow()))));
        return new RankingJudgement(
                values, RankingScore.of(queries.numbers(), relevances, grades, RankingScore.USUAL), hardest);
    }

    private ReportTable scores() {
        return Judgement.scores(
                values,
                "Means over " + score.queries() + " queries"
                        + (score.without() == 0
                                ? "."
                                : "; " + score.without() + " without a relevant text are left out.")
                        + " A text is relevant if its grade is above 0.");
    }

    private ReportTable chance() {
        return new ReportTable(
                "places",
                "Beside a random order",
                "nDCG at the first places, with the gain 2^grade - 1; and what the random orders of the same texts give on"
                        + " average.",
                "Metric",
                List.of("Model", "Random order"),
                List.of(new Block(
                        "",
                        score.scores().ndcg().keySet().stream()
                                .map(most -> new Row(
                                        "ndcg-" + most,
                                        List.of(
                                                Entry.number(
                                                        Objects.requireNonNull(
                                                                score.scores()
                                                                        .ndcg()
                                                                        .get(most)),
                                                        4),
                                                Entry.number(
                                                        Objects.requireNonNull(
                                                                score.chance()
                                                                        .ndcg()
                                                                        .get(most)),
                                                        4))))
                                .toList())));
    }

    @Override
    public List<String> found() {
        return List.of(String.format(
                Locale.ROOT,
                "Ranking: ndcg-10 %.3f on %,d queries, where a random order gives %.3f.",
                score.scores().ndcg().get(10),
                score.queries(),
                score.chance().ndcg().get(10)));
    }

    @Override
    public List<ReportTable> tables() {
        return List.of(scores(), chance(), hardest);
    }

    @Override
    public void draw(Page page) {
        Element quality = page.section("quality", "Scores").element();
        Page.table(quality, scores());
        Page.table(quality, chance());
        Page.table(page.section("hardest-section", "Hardest queries").element(), hardest);
    }
}

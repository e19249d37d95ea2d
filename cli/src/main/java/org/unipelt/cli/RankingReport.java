package org.unipelt.cli;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.data.Dataset;
import org.unipelt.data.Queries;
import org.unipelt.metric.Evaluation;
import org.unipelt.metric.RankingScore;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;

/** How well a model orders the texts of queries, beside a random order. */
record RankingReport(RankingScore score) {
    /**
     * Returns the report on evaluated rows; empty if the model does not rank.
     *
     * @param places up to how many places nDCG looks
     */
    static Optional<RankingReport> of(AdapterCard card, Evaluation evaluation, Dataset rows, List<Integer> places) {
        return card.task() instanceof Ranking
                ? Optional.of(new RankingReport(RankingScore.of(
                        Queries.of(rows).numbers(),
                        numbers(evaluation.predicted()),
                        numbers(evaluation.right()),
                        places)))
                : Optional.empty();
    }

    private static double[] numbers(List<Number> values) {
        return values.stream().mapToDouble(Number::doubleValue).toArray();
    }

    /** Prints a table of all scores, and how many queries they come from. */
    void print(Console console) {
        TextTable table = new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.RIGHT)).add("", "model", "random order");
        score.scores()
                .ndcg()
                .forEach((places, value) -> table.add(
                        "ndcg-" + places,
                        Metrics.number(value),
                        Metrics.number(
                                Objects.requireNonNull(score.chance().ndcg().get(places)))));
        table.add(
                "mrr",
                Metrics.number(score.scores().mrr()),
                Metrics.number(score.chance().mrr()));
        table.add(
                "map",
                Metrics.number(score.scores().map()),
                Metrics.number(score.chance().map()));
        table.lines().forEach(console::print);
        console.printSentence("Means over " + queries(score.queries())
                + (score.without() == 0
                        ? "."
                        : "; " + queries(score.without()) + " without a relevant text left out."));
    }

    /** Prints a sentence: what the scores would be by chance. */
    void printChance(Console console) {
        console.printSentence(String.format(
                Locale.ROOT,
                "A random order of the %s gives ndcg-10 %.4f, mrr %.4f and map %.4f on average.",
                queries(score.queries()),
                score.chance().ndcg().get(10),
                score.chance().mrr(),
                score.chance().map()));
    }

    private static String queries(int count) {
        return count == 1 ? "1 query" : count + " queries";
    }
}

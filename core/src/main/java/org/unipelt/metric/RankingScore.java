package org.unipelt.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well scores order the texts of queries: means over queries. Each text has a grade, and is relevant if it is above 0.
 *
 * <pre>
 *   reciprocal rank     1 / rank of the first relevant text
 *   average precision   mean over relevant texts of  relevant ones up to it / its rank
 *   nDCG at k           DCG / that of the best order,   DCG = Σ over ranks 1 to k of (2^grade - 1) / log2(rank + 1)
 * </pre>
 *
 * <p>The gain of nDCG is that of Burges et al. 2005, "Learning to Rank using Gradient Descent"; the others are those of
 * {@code trec_eval}. Of texts with equal scores, the less relevant one stands first: a model that cannot tell them apart
 * gets the worst of the orders that are left open. A query without a relevant text has no right order. It is left out, and
 * counted in {@code without}.
 *
 * @param queries the number of queries with a relevant text
 * @param without the number of queries without one
 * @param scores the means over queries
 * @param chance what a random order gives on average
 */
public record RankingScore(int queries, int without, Values scores, Values chance) {
    /** The usual places up to which nDCG looks. */
    public static final List<Integer> USUAL = List.of(1, 3, 5, 10);

    /**
     * Means over queries; NaN if there is none with a relevant text.
     *
     * @param mrr the mean reciprocal rank
     * @param map the mean average precision
     * @param ndcg nDCG by the number of places that it looks at
     */
    public record Values(double mrr, double map, Map<Integer, Double> ndcg) {}

    /** The grades of a query's texts, best score first; at least one is above 0. */
    private record Order(double... grades) {
        int relevant() {
            return (int) Arrays.stream(grades).filter(grade -> grade > 0).count();
        }

        double reciprocalRank() {
            return 1.0
                    / (1
                            + IntStream.range(0, grades.length)
                                    .filter(i -> grades[i] > 0)
                                    .findFirst()
                                    .orElseThrow());
        }

        double averagePrecision() {
            double sum = 0;
            int found = 0;
            for (int i = 0; i < grades.length; i++) {
                if (grades[i] > 0) {
                    sum += (double) ++found / (i + 1);
                }
            }
            return sum / found;
        }

        double ndcg(int most) {
            return dcg(most, grades) / best(most);
        }

        private double best(int most) {
            double[] best = grades.clone();
            Arrays.sort(best);
            return dcg(
                    most,
                    IntStream.range(0, best.length)
                            .mapToDouble(i -> best[best.length - 1 - i])
                            .toArray());
        }

        private static double dcg(int most, double... grades) {
            return IntStream.range(0, Math.min(most, grades.length))
                    .mapToDouble(i -> gain(grades[i]) * discount(i))
                    .sum();
        }

        private static double discount(int place) {
            return Math.log(2) / Math.log(place + 2);
        }

        /** The mean over all orders: the first relevant text is at place i if the i before it are not. */
        double reciprocalRankByChance() {
            int texts = grades.length;
            int relevant = relevant();
            double sum = 0;
            double noneBefore = 1;
            for (int i = 0; i <= texts - relevant; i++) {
                sum += noneBefore * relevant / (texts - i) / (i + 1);
                noneBefore *= (double) (texts - i - relevant) / (texts - i);
            }
            return sum;
        }

        /** The mean over all orders: a text at a place is relevant as often as any other. */
        double averagePrecisionByChance() {
            int texts = grades.length;
            double others = texts == 1 ? 0 : (double) (relevant() - 1) / (texts - 1);
            return IntStream.range(0, texts)
                            .mapToDouble(i -> (1 + i * others) / (i + 1))
                            .sum()
                    / texts;
        }

        double ndcgByChance(int most) {
            double mean =
                    Arrays.stream(grades).map(RankingScore::gain).average().orElseThrow();
            return mean
                    * IntStream.range(0, Math.min(most, grades.length))
                            .mapToDouble(Order::discount)
                            .sum()
                    / best(most);
        }
    }

    /** Returns what a text of a grade adds to the DCG at the first place: 2^grade - 1. */
    public static double gain(double grade) {
        return Math.pow(2, grade) - 1;
    }

    /**
     * Scores an order.
     *
     * @param queries the number of each row's query
     * @param scores each row's score; the largest comes first
     * @param grades each row's grade, 0 or more
     * @param places up to how many places nDCG looks, e.g. {@link #USUAL}; each 1 or more
     * @throws IllegalArgumentException if the lengths differ, there is no row, or a number of places is below 1
     */
    public static RankingScore of(int[] queries, double[] scores, double[] grades, List<Integer> places) {
        if (queries.length != grades.length || scores.length != grades.length || grades.length == 0) {
            throw new IllegalArgumentException(
                    scores.length + " scores and " + queries.length + " queries for " + grades.length + " grades");
        }
        if (places.stream().anyMatch(most -> most < 1)) {
            throw new IllegalArgumentException("nDCG at " + places);
        }
        Map<Integer, List<Integer>> rows = new TreeMap<>();
        for (int i = 0; i < queries.length; i++) {
            rows.computeIfAbsent(queries[i], query -> new ArrayList<>()).add(i);
        }
        Comparator<Integer> order =
                Comparator.<Integer>comparingDouble(row -> -scores[row]).thenComparingDouble(row -> grades[row]);
        List<Order> orders = rows.values().stream()
                .map(own -> new Order(own.stream()
                        .sorted(order)
                        .mapToDouble(row -> grades[row])
                        .toArray()))
                .filter(each -> each.relevant() > 0)
                .toList();
        Map<Integer, Double> ndcg = new LinkedHashMap<>();
        Map<Integer, Double> byChance = new LinkedHashMap<>();
        for (int most : places) {
            ndcg.put(most, mean(orders, each -> each.ndcg(most)));
            byChance.put(most, mean(orders, each -> each.ndcgByChance(most)));
        }
        return new RankingScore(
                orders.size(),
                rows.size() - orders.size(),
                new Values(mean(orders, Order::reciprocalRank), mean(orders, Order::averagePrecision), ndcg),
                new Values(
                        mean(orders, Order::reciprocalRankByChance),
                        mean(orders, Order::averagePrecisionByChance),
                        byChance));
    }

    private static double mean(List<Order> orders, ToDoubleFunction<Order> value) {
        return orders.stream().mapToDouble(value).average().orElse(Double.NaN);
    }
}

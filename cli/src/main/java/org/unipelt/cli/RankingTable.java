package org.unipelt.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.experiment.report.Ranking;
import org.unipelt.experiment.report.Ranking.Standing;
import org.unipelt.training.LearningRate;

/** A ranking as text: a row per method, the origins of the learning rates, the recommendation. */
final class RankingTable {
    private static final int WIDTH = 80;
    /** Least width of a shortened name. */
    private static final int SHORTEST_NAME = 13;

    private static final String CUT = "...";
    /** Digits of a rate; a computed one would have many. */
    private static final MathContext TWO_DIGITS = new MathContext(2);

    private RankingTable() {}

    static List<String> lines(Ranking ranking) {
        List<String> lines = new ArrayList<>(table(
                ranking.standings(),
                List.of(Align.RIGHT, Align.RIGHT, Align.LEFT, Align.LEFT, Align.RIGHT, Align.RIGHT),
                List.of(ranking.metric(), "behind", Ranking.percent() + " % interval", "rate", "trains", "took"),
                standing -> List.of(
                        standing.score(),
                        standing.behind()
                                .map(behind -> String.format(Locale.ROOT, "%.1f", behind.mean()))
                                .orElse(""),
                        standing.behind().map(Ranking.Behind::interval).orElse(""),
                        rate(standing),
                        trained(standing.trained()),
                        time(standing))));
        lines.addAll(wrapped(origins(ranking.standings())));
        if (!ranking.apart().isEmpty()) {
            lines.add("");
            lines.add("Not ranked: trained at a rate that was not found for this model");
            lines.addAll(table(
                    ranking.apart(),
                    List.of(Align.RIGHT, Align.LEFT, Align.RIGHT, Align.RIGHT),
                    List.of(ranking.metric(), "rate", "trains", "took"),
                    standing ->
                            List.of(standing.score(), rate(standing), trained(standing.trained()), time(standing))));
            lines.addAll(wrapped(origins(ranking.apart())));
        }
        lines.add("");
        ranking.mostFrequent()
                .ifPresent(score -> lines.add(String.format(
                        Locale.ROOT, "Always the most frequent label would be right in %.1f %%.", score)));
        lines.addAll(wrapped(ranking.recommendation()));
        return lines;
    }

    /** The cells of a row after the name. */
    private interface Cells {
        List<String> of(Standing standing);
    }

    /** A row per method; shortens names to fit beside the other columns. */
    private static List<String> table(List<Standing> standings, List<Align> aligns, List<String> head, Cells cells) {
        List<List<String>> rows = new ArrayList<>(List.of(head));
        standings.forEach(standing -> rows.add(cells.of(standing)));
        int used = IntStream.range(0, head.size())
                .map(column -> 2
                        + rows.stream()
                                .mapToInt(row -> row.get(column).length())
                                .max()
                                .orElse(0))
                .sum();
        int room = Math.max(SHORTEST_NAME, WIDTH - used);
        List<Align> all = new ArrayList<>(List.of(Align.LEFT));
        all.addAll(aligns);
        TextTable table = new TextTable(all);
        for (int i = 0; i < rows.size(); i++) {
            List<String> row = new ArrayList<>(
                    List.of(i == 0 ? "" : cut(standings.get(i - 1).title(), room)));
            row.addAll(rows.get(i));
            table.add(row);
        }
        return table.lines();
    }

    /** Start and end of a name that is too long: methods may differ at either end. */
    private static String cut(String name, int room) {
        int left = room - CUT.length();
        return name.length() <= room
                ? name
                : name.substring(0, (left + 1) / 2) + CUT + name.substring(name.length() - left / 2);
    }

    private static String rate(Standing standing) {
        return standing.rate()
                .map(rate -> new BigDecimal(rate.value(), TWO_DIGITS)
                        .stripTrailingZeros()
                        .toPlainString())
                .orElse("");
    }

    /** A number of parameters in three digits. */
    private static String trained(long numbers) {
        if (numbers < 10_000) {
            return String.format(Locale.ROOT, "%,d", numbers);
        }
        return numbers < 1_000_000
                ? Math.round(numbers / 1e3) + "K"
                : String.format(Locale.ROOT, numbers < 99_950_000 ? "%.1fM" : "%.0fM", numbers / 1e6);
    }

    private static String time(Standing standing) {
        return standing.seconds()
                .map(seconds -> TrainingProgress.clock(Duration.ofMillis(Math.round(seconds * 1000))))
                .orElse("");
    }

    /** The origins of the rates: once if all are the same, otherwise by method. */
    private static String origins(List<Standing> standings) {
        Map<String, List<String>> methods = new LinkedHashMap<>();
        standings.forEach(
                standing -> standing.rate().map(LearningRate::origin).ifPresent(origin -> methods.computeIfAbsent(
                                origin, key -> new ArrayList<>())
                        .add(standing.title())));
        if (methods.size() < 2) {
            return methods.keySet().stream()
                    .map(origin -> "Rates: " + origin + ".")
                    .findFirst()
                    .orElse("");
        }
        List<String> said = new ArrayList<>();
        methods.forEach((origin, names) -> said.add(String.join(", ", names) + " " + origin));
        return "Rates: " + String.join("; ", said) + ".";
    }

    private static List<String> wrapped(String text) {
        return text.isEmpty()
                ? List.of()
                : new TextTable(List.of(Align.LEFT)).add(text).lines();
    }
}

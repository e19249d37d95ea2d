package org.unipelt.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.experiment.report.Ranking;
import org.unipelt.experiment.report.Ranking.Standing;

/** A ranking of methods for people: a row for each, then which to take. */
final class RankingTable {
    private RankingTable() {}

    static List<String> lines(Ranking ranking) {
        TextTable table =
                new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.RIGHT, Align.LEFT, Align.RIGHT, Align.RIGHT));
        table.add("", ranking.metric(), "behind", Ranking.percent() + " % interval", "trains", "a run took");
        for (Standing standing : ranking.standings()) {
            table.add(
                    SweepCommand.shortened(standing.title()),
                    standing.score(),
                    standing.behind()
                            .map(behind -> String.format(Locale.ROOT, "%.1f", behind.mean()))
                            .orElse(""),
                    standing.behind().map(Ranking.Behind::interval).orElse(""),
                    String.format(Locale.ROOT, "%,d", standing.trained()),
                    standing.seconds()
                            .map(seconds -> TrainingProgress.clock(Duration.ofMillis(Math.round(seconds * 1000))))
                            .orElse(""));
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add("");
        ranking.mostFrequent()
                .ifPresent(score -> lines.add(String.format(
                        Locale.ROOT, "Always the most frequent label would be right in %.1f %%.", score)));
        lines.addAll(
                new TextTable(List.of(Align.LEFT)).add(ranking.recommendation()).lines());
        return lines;
    }
}

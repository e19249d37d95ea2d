package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.hipparchus.stat.ranking.NaturalRanking;
import org.hipparchus.stat.ranking.TiesStrategy;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.Seeds;

/** Methods against one another: upper bounds, differences with their uncertainty, ranks, tests. */
final class ComparisonTables {
    private static final String INTERVAL = PairedBootstrap.PERCENT + " % interval";

    private ComparisonTables() {}

    /** Comparisons of one model, size and combination: the tasks of a block. */
    record Group(String title, Combination combination, String model, Optional<Integer> samples) {}

    /** The comparisons by group, in their order. */
    static Map<Group, List<Comparison>> groups(Study study, List<Comparison> comparisons) {
        return comparisons.stream()
                .collect(Collectors.groupingBy(
                        comparison -> {
                            Setup setup = comparison.setup();
                            return new Group(
                                    ScoreTables.blockTitle(study, setup.model(), setup.samples()) + ", "
                                            + PaperNames.method(
                                                    comparison.combination().method()),
                                    comparison.combination(),
                                    setup.model(),
                                    setup.samples());
                        },
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    /** The interval of the mean over a group's tasks. */
    static Interval interval(List<Comparison> tasks) {
        return Interval.of(
                PairedBootstrap.mean(tasks.stream().map(Comparison::samples).toList()));
    }

    /** The mean over a group's tasks of the differences. */
    static double mean(List<Comparison> tasks) {
        return Sample.of(tasks.stream().map(Comparison::mean).toList()).mean();
    }

    static String text(Interval interval) {
        return ReportTable.signed(interval.low(), 2) + " to " + ReportTable.signed(interval.high(), 2);
    }

    /** The paper's Table 2, with the paper's numbers beside. */
    static ReportTable upperBounds(Study study, List<Comparison> comparisons, Published published) {
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> {
            double upper = average(tasks, study, Comparison::best);
            double own = average(tasks, study, comparison -> group.combination().method());
            Optional<Published.UpperBound> printed =
                    published.upperBound(group.samples(), group.combination().method());
            blocks.computeIfAbsent(
                            ScoreTables.blockTitle(study, group.model(), group.samples()), title -> new ArrayList<>())
                    .add(new Row(
                            PaperNames.method(group.combination().method()) + " and max of "
                                    + PaperNames.listed(group.combination().submodules().stream()
                                            .map(PaperNames::method)
                                            .toList()),
                            List.of(
                                    Entry.number(tasks.size(), 0),
                                    Entry.number(upper, 2),
                                    Entry.number(own, 2),
                                    Entry.signed(own - upper, 2),
                                    Entry.words(text(interval(tasks))),
                                    printed.map(p -> Entry.number(p.upperBound(), 2))
                                            .orElse(Entry.none()),
                                    printed.map(p -> Entry.number(p.average(), 2))
                                            .orElse(Entry.none()))));
        });
        return new ReportTable(
                "upper-bound",
                "Combinations against their upper bound",
                "Average test score over tasks of each combination, and of the best of its sub-modules on each task (the"
                        + " highest mean over seeds, chosen after the fact, which favours the upper bound). The interval is"
                        + " of the difference over the seeds that both have; the paper's numbers are of BERT-base.",
                "Combination",
                List.of("Tasks", "Upper bound", "Itself", "Difference", INTERVAL, "Paper: bound", "Paper: itself"),
                blocks(blocks));
    }

    private static double average(
            List<Comparison> tasks, Study study, java.util.function.Function<Comparison, String> method) {
        return tasks.stream()
                .mapToDouble(comparison -> study.scores(comparison.setup(), method.apply(comparison), "test")
                        .mean())
                .average()
                .orElse(Double.NaN);
    }

    /** For each task and size the combination minus the best single method. */
    static ReportTable differences(Study study, List<Comparison> comparisons) {
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> {
            List<Row> rows = blocks.computeIfAbsent(group.title(), title -> new ArrayList<>());
            for (Comparison task : tasks) {
                rows.add(new Row(
                        PaperNames.task(task.setup().task()),
                        List.of(
                                Entry.words(PaperNames.method(task.best())),
                                Entry.number(task.differences().size(), 0),
                                Entry.signed(task.mean(), 2),
                                Entry.words(text(task.interval())))));
            }
            rows.add(new Row(
                    "Average",
                    List.of(
                            Entry.none(),
                            Entry.none(),
                            Entry.signed(mean(tasks), 2),
                            Entry.words(text(interval(tasks))))));
        });
        return new ReportTable(
                "differences",
                "Combination minus best single method",
                "Mean over seeds of the test score minus that of the best of its sub-modules on the task. Intervals: paired"
                        + " bootstrap over test rows and seeds together, " + PairedBootstrap.SAMPLES
                        + " samples, percentiles; the tasks of an average are held fixed.",
                "Task",
                List.of("Best single", "Seeds", "Difference", INTERVAL),
                blocks(blocks));
    }

    /** One method against another over setups. */
    private record Contest(String one, String other, List<Double> pairs, List<Double> setups) {}

    /** Wins, losses and Wilcoxon's test of each combination against every other method. */
    static ReportTable tests(Study study, List<Comparison> comparisons) {
        Map<String, List<Contest>> contests = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> contests.computeIfAbsent(
                        ScoreTables.blockTitle(study, group.model(), group.samples()), title -> new ArrayList<>())
                .add(new Contest(
                        PaperNames.method(group.combination().method()),
                        "the best single",
                        tasks.stream()
                                .flatMap(task -> task.differences().values().stream())
                                .toList(),
                        tasks.stream().map(Comparison::mean).toList())));
        for (String model : study.models()) {
            for (Optional<Integer> samples : study.sizes(model)) {
                for (Combination combination : Combination.of(study, model, samples)) {
                    for (String other : study.methods(model, samples)) {
                        if (!other.equals(combination.method())) {
                            Contest contest = contest(study, model, samples, combination.method(), other);
                            if (!contest.pairs().isEmpty()) {
                                contests.computeIfAbsent(
                                                ScoreTables.blockTitle(study, model, samples),
                                                title -> new ArrayList<>())
                                        .add(contest);
                            }
                        }
                    }
                }
            }
        }
        List<Double> adjusted = SignedRank.holm(contests.values().stream()
                .flatMap(List::stream)
                .map(contest -> SignedRank.p(contest.pairs()))
                .toList());
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        int at = 0;
        for (Map.Entry<String, List<Contest>> block : contests.entrySet()) {
            List<Row> rows = new ArrayList<>();
            for (Contest contest : block.getValue()) {
                rows.add(row(contest, adjusted.get(at++)));
            }
            blocks.put(block.getKey(), rows);
        }
        return new ReportTable(
                "tests",
                "Wins, losses and significance",
                "Won, drawn and lost tasks (means over seeds), and two-sided p by Wilcoxon's signed-rank test over pairs of"
                        + " task and seed, as it is and adjusted for all rows of this table (Holm). The test assumes"
                        + " independent pairs with differences symmetric about 0 under the hypothesis; runs of one task"
                        + " share its test rows, so these p are on the bold side. The last column is the same test over the"
                        + " tasks' means alone, which assumes less and sees less.",
                "Comparison",
                List.of("Difference", "Won\u2013drawn\u2013lost", "Pairs", "p", "p, Holm", "p over tasks"),
                blocks(blocks));
    }

    private static Contest contest(Study study, String model, Optional<Integer> samples, String one, String other) {
        List<Double> pairs = new ArrayList<>();
        List<Double> setups = new ArrayList<>();
        for (String task : study.tasks()) {
            Setup setup = new Setup(model, task, samples);
            TreeMap<Seeds, Result> theirs = study.runs(setup, other);
            List<Double> differences = study.runs(setup, one).entrySet().stream()
                    .filter(run -> theirs.containsKey(run.getKey()))
                    .map(run -> Study.score(run.getValue()) - Study.score(theirs.get(run.getKey())))
                    .toList();
            if (!differences.isEmpty()) {
                pairs.addAll(differences);
                setups.add(Sample.of(differences).mean());
            }
        }
        return new Contest(PaperNames.method(one), PaperNames.method(other), pairs, setups);
    }

    private static Row row(Contest contest, double adjusted) {
        long won = contest.setups().stream().filter(d -> d > 0).count();
        long lost = contest.setups().stream().filter(d -> d < 0).count();
        return new Row(
                contest.one() + " \u2212 " + contest.other(),
                List.of(
                        Entry.signed(Sample.of(contest.setups()).mean(), 2),
                        Entry.words(won + "\u2013" + (contest.setups().size() - won - lost) + "\u2013" + lost),
                        Entry.number(contest.pairs().size(), 0),
                        p(SignedRank.p(contest.pairs())),
                        p(adjusted),
                        p(SignedRank.p(contest.setups()))));
    }

    /** A probability in three digits; tiny ones as a bound. */
    private static Entry p(double p) {
        Entry entry = Entry.number(p, 3);
        return p < 0.001 ? new Entry("< 0.001", p, null, entry.mark()) : entry;
    }

    /** Mean ranks, and how often a method is first, second or last. */
    static ReportTable ranks(Study study) {
        List<Block> blocks = new ArrayList<>();
        for (String model : study.models()) {
            for (Optional<Integer> samples : study.sizes(model)) {
                List<String> methods = study.methods(model, samples);
                Map<String, List<Double>> ranks = new LinkedHashMap<>();
                methods.forEach(method -> ranks.put(method, new ArrayList<>()));
                for (String task : study.tasks()) {
                    Setup setup = new Setup(model, task, samples);
                    double[] negated = methods.stream()
                            .mapToDouble(method ->
                                    -study.scores(setup, method, "test").mean())
                            .toArray();
                    if (java.util.Arrays.stream(negated).noneMatch(Double::isNaN)) {
                        double[] places = new NaturalRanking(TiesStrategy.AVERAGE).rank(negated);
                        for (int i = 0; i < places.length; i++) {
                            ranks.get(methods.get(i)).add(places[i]);
                        }
                    }
                }
                List<Row> rows = new ArrayList<>();
                ranks.forEach((method, places) -> rows.add(new Row(
                        PaperNames.method(method),
                        List.of(
                                Entry.number(Sample.of(places).mean(), 2),
                                count(places, place -> place < 2),
                                count(places, place -> place >= 2 && place < 3),
                                count(places, place -> place > methods.size() - 1),
                                Entry.number(places.size(), 0)))));
                blocks.add(new Block(ScoreTables.blockTitle(study, model, samples), rows));
            }
        }
        return new ReportTable(
                "ranks",
                "Ranks",
                "Mean rank over tasks of the mean test scores (1 is best, equal ones share their places), and on how many"
                        + " tasks a method is first, second or last. Tasks that some method lacks do not count.",
                "Method",
                List.of("Mean rank", "First", "Second", "Last", "Tasks"),
                blocks);
    }

    private static Entry count(List<Double> places, java.util.function.DoublePredicate is) {
        return Entry.number(places.stream().filter(place -> is.test(place)).count(), 0);
    }

    private static List<Block> blocks(Map<String, List<Row>> rows) {
        return rows.entrySet().stream()
                .map(block -> new Block(block.getKey(), block.getValue()))
                .toList();
    }
}

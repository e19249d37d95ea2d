package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hipparchus.stat.ranking.NaturalRanking;
import org.hipparchus.stat.ranking.TiesStrategy;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.Seeds;

/** Tables that compare methods: upper bounds, differences with intervals, ranks, tests. */
final class ComparisonTables {
    private static final String INTERVAL = PairedBootstrap.PERCENT + " % interval";

    private ComparisonTables() {}

    /** The model, size and combination of a block. */
    record Group(String title, Combination combination, Slice slice) {}

    /** The comparisons by block, in order. */
    static Map<Group, List<Comparison>> groups(Study study, List<Comparison> comparisons) {
        return comparisons.stream()
                .collect(Collectors.groupingBy(
                        comparison -> {
                            Slice slice = comparison.condition().slice();
                            return new Group(
                                    study.title(slice) + ", "
                                            + PaperNames.method(
                                                    comparison.combination().method()),
                                    comparison.combination(),
                                    slice);
                        },
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    /** The interval of the mean over a block's tasks. */
    static Interval interval(List<Comparison> tasks) {
        return Interval.of(
                PairedBootstrap.mean(tasks.stream().map(Comparison::samples).toList()));
    }

    /** The mean difference over a block's tasks. */
    static double mean(List<Comparison> tasks) {
        return Sample.of(tasks.stream().map(Comparison::mean).toList()).mean();
    }

    static String text(Interval interval) {
        return ReportTable.signed(interval.low(), 2) + " to " + ReportTable.signed(interval.high(), 2);
    }

    /** Like the paper's Table 2, with the paper's numbers if it has them. */
    static ReportTable upperBounds(Study study, List<Comparison> comparisons, Optional<Published> published) {
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> {
            double upper = average(tasks, study, Comparison::best);
            double own = average(tasks, study, comparison -> group.combination().method());
            List<Entry> entries = new ArrayList<>(List.of(
                    Entry.number(tasks.size(), 0),
                    Entry.number(upper, 2),
                    Entry.number(own, 2),
                    Entry.signed(own - upper, 2),
                    Entry.words(text(interval(tasks)))));
            published.ifPresent(paper -> {
                Optional<Published.UpperBound> printed = paper.upperBound(
                        group.slice().samples(), group.combination().method());
                entries.add(printed.map(p -> Entry.number(p.upperBound(), 2)).orElse(Entry.none()));
                entries.add(printed.map(p -> Entry.number(p.average(), 2)).orElse(Entry.none()));
            });
            blocks.computeIfAbsent(study.title(group.slice()), title -> new ArrayList<>())
                    .add(new Row(PaperNames.method(group.combination().method()), entries));
        });
        List<String> columns = new ArrayList<>(List.of("Tasks", "Upper bound", "Itself", "Difference", INTERVAL));
        if (published.isPresent()) {
            columns.addAll(List.of("Paper: bound", "Paper: itself"));
        }
        return new ReportTable(
                "upper-bound",
                "Combinations against their upper bound",
                "Average test score over tasks of each combination, and of the best of its sub-modules on each task (the"
                        + " highest mean over seeds, chosen after the fact, which favours the upper bound). The interval is"
                        + " of the difference over the seeds that both have"
                        + (published.isPresent()
                                ? "; the paper's numbers are of BERT-base and its eight tasks. "
                                : ". ")
                        + submodules(comparisons),
                "Combination",
                columns,
                blocks(blocks));
    }

    /** Says which sub-modules each upper bound is the best of. */
    private static String submodules(List<Comparison> comparisons) {
        return comparisons.stream()
                .map(Comparison::combination)
                .distinct()
                .map(combination -> PaperNames.method(combination.method()) + ": "
                        + PaperNames.listed(combination.submodules().stream()
                                .map(PaperNames::method)
                                .toList())
                        + ".")
                .distinct()
                .collect(Collectors.joining(" ", "The bounds are of these, run alone. ", ""));
    }

    private static double average(
            List<Comparison> tasks, Study study, java.util.function.Function<Comparison, String> method) {
        return tasks.stream()
                .mapToDouble(comparison -> study.scores(comparison.condition(), method.apply(comparison), "test")
                        .mean())
                .average()
                .orElse(Double.NaN);
    }

    /** The combination minus the best single method, by task and size. */
    static ReportTable differences(Study study, List<Comparison> comparisons) {
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> {
            List<Row> rows = blocks.computeIfAbsent(group.title(), title -> new ArrayList<>());
            for (Comparison task : tasks) {
                rows.add(new Row(
                        PaperNames.task(task.condition().task()),
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

    /** One method against another over several conditions. */
    private record Contest(String one, String other, List<Double> pairs, List<Double> conditions) {}

    /** Wins, losses and Wilcoxon's test of each combination against every other method. */
    static ReportTable tests(Study study, List<Comparison> comparisons) {
        Map<String, List<Contest>> contests = new LinkedHashMap<>();
        groups(study, comparisons).forEach((group, tasks) -> contests.computeIfAbsent(
                        study.title(group.slice()), title -> new ArrayList<>())
                .add(new Contest(
                        PaperNames.method(group.combination().method()),
                        "the best single",
                        tasks.stream()
                                .flatMap(task -> task.differences().values().stream())
                                .toList(),
                        tasks.stream().map(Comparison::mean).toList())));
        for (Slice slice : study.slices()) {
            List<String> methods = study.methods(slice);
            for (Combination combination : Combination.of(study, slice)) {
                for (String other : methods) {
                    // Two combinations are compared once: the later with the earlier.
                    if (!study.isCombination(other) || methods.indexOf(other) < methods.indexOf(combination.method())) {
                        Contest contest = contest(study, slice, combination.method(), other);
                        if (!contest.pairs().isEmpty()) {
                            contests.computeIfAbsent(study.title(slice), title -> new ArrayList<>())
                                    .add(contest);
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
                        + " share its test rows, so these p are rather too small. The last column is the same test over the"
                        + " tasks' means alone, which assumes less and sees less.",
                "Comparison",
                List.of("Difference", "Won\u2013drawn\u2013lost", "Pairs", "p", "p, Holm", "p over tasks"),
                blocks(blocks));
    }

    private static Contest contest(Study study, Slice slice, String one, String other) {
        List<Double> pairs = new ArrayList<>();
        List<Double> conditions = new ArrayList<>();
        for (String task : study.tasks()) {
            Condition condition = slice.condition(task);
            NavigableMap<Seeds, Result> theirs = study.runs(condition, other);
            List<Double> differences = study.runs(condition, one).entrySet().stream()
                    .filter(run -> theirs.containsKey(run.getKey()))
                    .map(run ->
                            Study.score(run.getValue()) - Study.score(Objects.requireNonNull(theirs.get(run.getKey()))))
                    .toList();
            if (!differences.isEmpty()) {
                pairs.addAll(differences);
                conditions.add(Sample.of(differences).mean());
            }
        }
        return new Contest(PaperNames.method(one), PaperNames.method(other), pairs, conditions);
    }

    private static Row row(Contest contest, double adjusted) {
        long won = contest.conditions().stream().filter(d -> d > 0).count();
        long lost = contest.conditions().stream().filter(d -> d < 0).count();
        return new Row(
                contest.one() + " \u2212 " + contest.other(),
                List.of(
                        Entry.signed(Sample.of(contest.conditions()).mean(), 2),
                        Entry.words(won + "\u2013" + (contest.conditions().size() - won - lost) + "\u2013" + lost),
                        Entry.number(contest.pairs().size(), 0),
                        p(SignedRank.p(contest.pairs())),
                        p(adjusted),
                        p(SignedRank.p(contest.conditions()))));
    }

    /** A p-value in three digits; a tiny one as a bound. */
    private static Entry p(double p) {
        Entry entry = Entry.number(p, 3);
        return p < 0.001 ? new Entry("< 0.001", p, null, entry.mark()) : entry;
    }

    /** Mean ranks by size, and how often a method is first, second or last. */
    static ReportTable ranks(Study study) {
        List<Optional<Integer>> sizes = study.sizes();
        List<String> columns =
                new ArrayList<>(sizes.stream().map(Condition::title).toList());
        columns.addAll(List.of("All", "First", "Second", "Last", "Setups"));
        List<Block> blocks = new ArrayList<>();
        for (String model : study.models()) {
            List<Condition> conditions = study.slices(model).stream()
                    .flatMap(slice -> study.tasks(slice).stream().map(slice::condition))
                    .toList();
            Map<Condition, Map<String, Rank>> places = new LinkedHashMap<>();
            conditions.forEach(condition -> places.put(condition, places(study, condition)));
            List<Row> rows = new ArrayList<>();
            for (String method : study.methods()) {
                List<Entry> entries = new ArrayList<>();
                for (Optional<Integer> samples : sizes) {
                    entries.add(meanRank(
                            of(places, method, condition -> condition.samples().equals(samples))));
                }
                List<Rank> all = of(places, method, condition -> true);
                entries.add(meanRank(all));
                entries.add(count(all, place -> place.rank() < 2));
                entries.add(count(all, place -> place.rank() >= 2 && place.rank() < 3));
                entries.add(count(all, place -> place.rank() > place.methods() - 1));
                entries.add(count(all, place -> true));
                if (!all.isEmpty()) {
                    rows.add(new Row(PaperNames.method(method), entries));
                }
            }
            blocks.add(new Block(study.models().size() > 1 ? model : "", rows));
        }
        return new ReportTable(
                "ranks",
                "Ranks",
                "Mean rank over tasks of the mean test scores (1 is best, equal ones share their places), by size and over"
                        + " all; and on how many setups of a task and a size a method is first, second or last. Setups that"
                        + " some method of their size lacks do not count.",
                "Method",
                columns,
                blocks);
    }

    /** A method's rank among {@code of} methods. */
    private record Rank(double rank, int methods) {}

    /** The ranks of all methods under a condition; none if a method has no results. */
    private static Map<String, Rank> places(Study study, Condition condition) {
        List<String> methods = study.methods(condition.slice());
        double[] negated = methods.stream()
                .mapToDouble(method -> -study.scores(condition, method, "test").mean())
                .toArray();
        Map<String, Rank> places = new LinkedHashMap<>();
        if (negated.length > 0 && java.util.Arrays.stream(negated).noneMatch(Double::isNaN)) {
            double[] ranks = new NaturalRanking(TiesStrategy.AVERAGE).rank(negated);
            for (int i = 0; i < ranks.length; i++) {
                places.put(methods.get(i), new Rank(ranks[i], ranks.length));
            }
        }
        return places;
    }

    private static List<Rank> of(
            Map<Condition, Map<String, Rank>> places,
            String method,
            java.util.function.Predicate<Condition> conditions) {
        return places.entrySet().stream()
                .filter(entry ->
                        conditions.test(entry.getKey()) && entry.getValue().containsKey(method))
                .map(entry -> entry.getValue().get(method))
                .toList();
    }

    private static Entry meanRank(List<Rank> places) {
        return Entry.number(Sample.of(places.stream().map(Rank::rank).toList()).mean(), 2);
    }

    private static Entry count(List<Rank> places, java.util.function.Predicate<Rank> is) {
        return Entry.number((double) places.stream().filter(is).count(), 0);
    }

    private static List<Block> blocks(Map<String, List<Row>> rows) {
        return rows.entrySet().stream()
                .map(block -> new Block(block.getKey(), block.getValue()))
                .toList();
    }
}

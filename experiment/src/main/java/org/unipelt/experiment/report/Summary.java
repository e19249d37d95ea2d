package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.PairedBootstrap.Interval;
import org.unipelt.experiment.report.Study.Seeds;

/** The summary of a report: what was run, and the main results. */
final class Summary {
    private final Study study;
    private final List<Comparison> comparisons;

    Summary(Study study, List<Comparison> comparisons) {
        this.study = study;
        this.comparisons = comparisons;
    }

    String title() {
        return "Tuning " + PaperNames.listed(study.models()) + ": a study of "
                + plural(study.results().size(), "run");
    }

    /** What was run, and how many runs are missing or failed. */
    String run() {
        StringBuilder words = new StringBuilder();
        List<String> methods = study.slices().stream()
                .flatMap(slice -> study.methods(slice).stream())
                .distinct()
                .sorted(PaperNames.methodOrder())
                .map(PaperNames::method)
                .toList();
        TreeSet<Seeds> seeds = study.results().stream()
                .map(result -> Seeds.of(result.run()))
                .collect(Collectors.toCollection(TreeSet::new));
        words.append("This study tuned ")
                .append(PaperNames.listed(study.models()))
                .append(" on ")
                .append(plural(study.tasks().size(), "task"))
                .append(" (")
                .append(PaperNames.listed(
                        study.tasks().stream().map(PaperNames::task).toList()))
                .append(") with ")
                .append(sizes())
                .append(" by ")
                .append(plural(methods.size(), "method"))
                .append(" (")
                .append(PaperNames.listed(methods))
                .append("), with ")
                .append(seeds.size() == 1 ? "one pair of seeds" : "up to " + seeds.size() + " pairs of seeds")
                .append(" (data ")
                .append(numbers(seeds.stream().map(Seeds::dataSeed).toList()))
                .append("; training ")
                .append(numbers(seeds.stream().map(Seeds::seed).toList()))
                .append("). ");
        long varied = study.results().stream()
                .filter(result -> !result.run().vary().isEmpty())
                .count();
        words.append(
                        study.results().size() == study.planned()
                                ? "All"
                                : study.results().size() + " of")
                .append(' ')
                .append(plural(study.planned(), "run"))
                .append(study.scale()
                        .map(scale -> " of the scale \"" + scale + "\"")
                        .orElse(""))
                .append(study.planned() == 1 ? " has" : " have")
                .append(" ended")
                .append(varied == 0 ? "" : ", " + varied + " of them with a varied value")
                .append("; ")
                .append(
                        study.failed().isEmpty()
                                ? "none failed"
                                : study.failed().size() + " failed")
                .append(
                        study.missing().isEmpty()
                                ? ", and none is missing"
                                : ", and " + study.missing().size()
                                        + (study.missing().size() == 1 ? " is" : " are") + " missing")
                .append(study.failed().isEmpty() && study.missing().isEmpty() ? "." : " (listed at the end).");
        return words.toString();
    }

    private String sizes() {
        List<String> sizes = study.sizes().stream().map(Condition::shown).toList();
        return PaperNames.listed(sizes) + " training rows";
    }

    /** For each slice the best average, and each gated combination against its upper bound. */
    List<String> found() {
        List<String> findings = new ArrayList<>();
        for (Slice slice : study.slices()) {
            Map<String, ReportTable.Entry> averages = new LinkedHashMap<>();
            for (String method : study.methods(slice)) {
                ReportTable.Entry average = ScoreTables.average(study, slice, method, "test");
                if (average.value() != null) {
                    averages.put(method, average);
                }
            }
            String size = study.title(slice);
            if (averages.size() > 1) {
                List<Map.Entry<String, ReportTable.Entry>> ordered = averages.entrySet().stream()
                        .sorted(Map.Entry.comparingByValue(
                                Comparator.comparing(ReportTable.Entry::value).reversed()))
                        .toList();
                findings.add(size + ": " + order(ordered) + differences(slice));
            } else {
                String differences = differences(slice);
                if (!differences.isEmpty()) {
                    findings.add(size + ":" + differences);
                }
            }
        }
        return findings;
    }

    /** The first, second and last method of at least two averages, highest first. */
    private static String order(List<Map.Entry<String, ReportTable.Entry>> averages) {
        Map.Entry<String, ReportTable.Entry> first = averages.get(0);
        Map.Entry<String, ReportTable.Entry> second = averages.get(1);
        Map.Entry<String, ReportTable.Entry> last = averages.get(averages.size() - 1);
        String tied = first.getValue().text().equals(second.getValue().text()) ? ", level with " : ", ahead of ";
        return PaperNames.method(first.getKey()) + " scores highest on average, " + score(first) + tied
                + PaperNames.method(second.getKey()) + ", " + score(second)
                + (averages.size() == 2 ? "" : "; " + PaperNames.method(last.getKey()) + " lowest, " + score(last))
                + ".";
    }

    private static String score(Map.Entry<String, ReportTable.Entry> average) {
        String spread = average.getValue().spreadText();
        return average.getValue().text().replace('-', '\u2212')
                + (spread.isEmpty() ? "" : " " + spread.replace("±", "±\u00a0"));
    }

    private String differences(Slice slice) {
        StringBuilder words = new StringBuilder();
        ComparisonTables.groups(study, comparisons).forEach((group, tasks) -> {
            if (group.combination().gated() && group.slice().equals(slice)) {
                Interval interval = ComparisonTables.interval(tasks);
                long won = tasks.stream().filter(task -> task.mean() > 0).count();
                words.append(' ')
                        .append(PaperNames.method(group.combination().method()))
                        .append(" minus the best of its sub-modules on each task: ")
                        .append(ReportTable.signed(ComparisonTables.mean(tasks), 2))
                        .append(" on average (")
                        .append(PairedBootstrap.PERCENT)
                        .append(" % interval ")
                        .append(ComparisonTables.text(interval))
                        .append(interval.excludesZero() ? "" : ", so no difference is shown")
                        .append("), ahead on ")
                        .append(won == 0 ? "none" : Long.toString(won))
                        .append(" of ")
                        .append(plural(tasks.size(), "task"))
                        .append('.');
            }
        });
        return words.toString();
    }

    /** The failed and missing runs, one per line. */
    List<String> lacking() {
        List<String> lines = new ArrayList<>();
        for (Result result : study.failed()) {
            lines.add("failed: " + said(result.run()) + ": "
                    + Study.failure(result).orElseThrow());
        }
        study.missing().forEach(run -> lines.add("missing: " + said(run)));
        return lines;
    }

    private String said(Cell run) {
        String varied = run.vary().entrySet().stream()
                .map(value -> ", " + value.getKey() + " = " + value.getValue())
                .collect(Collectors.joining());
        return study.title(Condition.of(run).slice()) + ", " + PaperNames.task(run.task()) + ", "
                + PaperNames.method(run.method()) + varied + ", data seed " + run.dataSeed() + ", seed " + run.seed();
    }

    private static String numbers(Collection<Long> values) {
        return PaperNames.listed(
                values.stream().distinct().sorted().map(Object::toString).toList());
    }

    private static String plural(long count, String word) {
        return (count == 1 ? "one" : Long.toString(count)) + " " + word + (count == 1 ? "" : "s");
    }
}

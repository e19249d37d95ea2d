package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.Seeds;

/** Scores by task, method and size, like the paper's Tables 1 and 6, and next to the paper's scores. */
final class ScoreTables {
    private ScoreTables() {}

    /** Scores on a part of the data, {@code test} or {@code dev}. */
    static ReportTable of(Study study, String part) {
        List<String> columns =
                new ArrayList<>(study.tasks().stream().map(PaperNames::task).toList());
        columns.add("Average");
        List<Block> blocks = new ArrayList<>();
        for (Slice slice : study.slices()) {
            List<Row> rows = study.methods(slice).stream()
                    .map(method -> row(study, slice, method, part))
                    .toList();
            blocks.add(new Block(study.title(slice), rows));
        }
        return new ReportTable(
                        "scores-" + part,
                        part.equals("test") ? "Test scores" : "Development scores",
                        "Mean over seeds of the " + (part.equals("test") ? "test" : "development")
                                + " score (" + metrics(study)
                                + "), times 100, with the standard deviation over seeds behind ±. Best in bold, second"
                                + " underlined. The average is over tasks, and its deviation that of the seeds' averages;"
                                + " it is left out for a method that lacks a task.",
                        "Method",
                        columns,
                        blocks)
                .ranked();
    }

    private static Row row(Study study, Slice slice, String method, String part) {
        List<Entry> entries = new ArrayList<>();
        for (String task : study.tasks()) {
            entries.add(Entry.of(study.scores(slice.condition(task), method, part)));
        }
        entries.add(average(study, slice, method, part));
        return new Row(PaperNames.method(method), entries);
    }

    /** Mean over tasks of means over seeds; the spread is over seeds that have every task. */
    static Entry average(Study study, Slice slice, String method, String part) {
        List<Sample> tasks = study.tasks(slice).stream()
                .map(task -> study.scores(slice.condition(task), method, part))
                .toList();
        if (tasks.stream().anyMatch(task -> task.size() == 0)) {
            return Entry.none();
        }
        double mean = Sample.of(tasks.stream().map(Sample::mean).toList()).mean();
        Sample bySeed = averages(study, slice, method, part);
        Entry entry = Entry.number(mean, 2);
        return new Entry(entry.text(), mean, bySeed.size() < 2 ? null : bySeed.sd(), entry.mark());
    }

    /** Average over tasks of each seed that has all tasks. */
    static Sample averages(Study study, Slice slice, String method, String part) {
        List<Map<Seeds, Result>> tasks = study.tasks(slice).stream()
                .<Map<Seeds, Result>>map(task -> study.runs(slice.condition(task), method))
                .toList();
        Set<Seeds> common = new TreeSet<>(tasks.get(0).keySet());
        tasks.forEach(task -> common.retainAll(task.keySet()));
        return Sample.of(common.stream()
                .map(seeds -> tasks.stream()
                        .mapToDouble(task -> Study.score(Objects.requireNonNull(task.get(seeds)), part))
                        .average()
                        .orElse(Double.NaN))
                .filter(average -> !average.isNaN())
                .toList());
    }

    /** Says which tasks use which metric. */
    private static String metrics(Study study) {
        Map<String, List<String>> tasks = study.results().stream()
                .collect(Collectors.groupingBy(
                        Result::metric,
                        java.util.TreeMap::new,
                        Collectors.mapping(result -> result.run().task(), Collectors.toList())));
        return tasks.entrySet().stream()
                .map(metric -> metric.getKey() + " for "
                        + PaperNames.listed(study.tasks().stream()
                                .filter(metric.getValue()::contains)
                                .map(PaperNames::task)
                                .toList()))
                .collect(Collectors.joining(", "));
    }

    /** The study's averages next to the paper's, over common tasks; none without common tasks. */
    static Optional<ReportTable> besidePaper(Study study, Published published) {
        List<Block> blocks = new ArrayList<>();
        List<String> columns = new ArrayList<>(List.of("Here", "Paper", "Difference"));
        List<String> common = study.tasks().stream().filter(PaperNames::isTask).toList();
        common.forEach(task -> columns.add(PaperNames.task(task)));
        for (Slice slice : study.slices()) {
            List<Row> rows = new ArrayList<>();
            for (String method : study.methods(slice)) {
                List<Entry> byTask = new ArrayList<>();
                List<Double> own = new ArrayList<>();
                List<Double> theirs = new ArrayList<>();
                for (String task : common) {
                    Sample sample = study.scores(slice.condition(task), method, "test");
                    OptionalDouble printed = published.score("test", slice.samples(), method, task);
                    if (sample.size() > 0 && printed.isPresent()) {
                        own.add(sample.mean());
                        theirs.add(printed.getAsDouble());
                        byTask.add(Entry.signed(sample.mean() - printed.getAsDouble(), 1));
                    } else {
                        byTask.add(Entry.none());
                    }
                }
                if (!own.isEmpty()) {
                    List<Entry> entries = new ArrayList<>();
                    double here = Sample.of(own).mean();
                    // For all tasks the printed average, which the paper computed before rounding.
                    double there = own.size() == 8
                            ? published
                                    .score("test", slice.samples(), method, "average")
                                    .orElseThrow()
                            : Sample.of(theirs).mean();
                    boolean whole = own.size() == common.size();
                    entries.add(whole ? Entry.number(here, 2) : Entry.none());
                    entries.add(whole ? Entry.number(there, 2) : Entry.none());
                    entries.add(whole ? Entry.signed(here - there, 2) : Entry.none());
                    entries.addAll(byTask);
                    rows.add(new Row(PaperNames.method(method), entries));
                }
            }
            if (!rows.isEmpty()) {
                blocks.add(new Block(study.title(slice), rows));
            }
        }
        return blocks.isEmpty()
                ? Optional.empty()
                : Optional.of(new ReportTable(
                        "beside-paper",
                        "Beside the paper",
                        "Averages over "
                                + PaperNames.listed(
                                        common.stream().map(PaperNames::task).toList())
                                + " of this study's test scores and of those that the paper printed for BERT-base (Tables"
                                + " 1 and 3), their difference, and the difference of each task. Other base models give"
                                + " other numbers: the order of methods is what to compare.",
                        "Method",
                        columns,
                        blocks));
    }
}

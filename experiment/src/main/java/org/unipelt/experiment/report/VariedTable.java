package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.experiment.report.Study.VariedMethod;

/** Scores of methods with values that the spec varies, as the paper's Figures 2 and 3 show them. */
final class VariedTable {
    private VariedTable() {}

    /**
     * A value that is varied while the others stay.
     *
     * @param method of which
     * @param name e.g. {@code bottleneck}
     * @param others what else is varied, with its values
     */
    record Series(String method, String name, Map<String, String> others) {
        /** {@code Adapter, bottleneck}; with the others' values where there are any. */
        String title() {
            String rest = others.entrySet().stream()
                    .map(other -> ", " + other.getKey() + " = " + other.getValue())
                    .collect(Collectors.joining());
            return PaperNames.method(method) + ": " + name + rest;
        }
    }

    /** The variants of each series, by value, numbers by size. A variant of several values is in a series of each. */
    static Map<Series, Map<String, VariedMethod>> series(Study study) {
        Map<Series, Map<String, VariedMethod>> series = new LinkedHashMap<>();
        for (VariedMethod variant : study.variants()) {
            variant.vary().forEach((name, value) -> {
                Map<String, String> others = new TreeMap<>(variant.vary());
                others.remove(name);
                series.computeIfAbsent(
                                new Series(variant.method(), name, others), s -> new TreeMap<>(VariedTable.byNumber()))
                        .put(value, variant);
            });
        }
        // A series of one value shows nothing about it.
        series.values().removeIf(variants -> variants.size() < 2);
        return series;
    }

    private static Comparator<String> byNumber() {
        return Comparator.comparingDouble(VariedTable::number).thenComparing(Comparator.naturalOrder());
    }

    private static double number(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            return Double.POSITIVE_INFINITY;
        }
    }

    /** The table; none if nothing is varied. */
    static Optional<ReportTable> of(Study study) {
        List<Block> blocks = new ArrayList<>();
        series(study).forEach((series, variants) -> {
            for (Slice slice : study.slices()) {
                List<Row> rows = new ArrayList<>();
                variants.forEach((value, variant) -> {
                    List<Entry> entries = study.tasks().stream()
                            .map(task -> Entry.of(Study.scores(
                                    study.runs(slice.condition(task), variant).values(), "test")))
                            .toList();
                    if (entries.stream().anyMatch(entry -> entry.value() != null)) {
                        rows.add(new Row(series.name() + " = " + value, entries));
                    }
                });
                if (!rows.isEmpty()) {
                    blocks.add(new Block(study.title(slice) + ", " + series.title(), rows));
                }
            }
        });
        return blocks.isEmpty()
                ? Optional.empty()
                : Optional.of(new ReportTable(
                        "varied",
                        "Varied values",
                        "Mean over seeds of the test score, times 100, with the standard deviation over seeds behind ±,"
                                + " while one value of a method is varied"
                                + (Published.of(study).isPresent() ? " (the paper's Figures 2 and 3)." : "."),
                        "Value",
                        study.tasks().stream().map(PaperNames::task).toList(),
                        blocks));
    }
}

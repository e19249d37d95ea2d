package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;

/** Gate values: means over test rows and seeds. */
final class GateStatistics {
    private GateStatistics() {}

    /** The gates of a sub-module at one place, in all layers. */
    record GateColumn(String submodule, String part, String place) {
        /** The sub-module's name; with the place if it has several, and with the part unless that is the encoder. */
        String title(Set<GateColumn> all) {
            boolean several = all.stream()
                    .anyMatch(kind -> !kind.equals(this) && kind.submodule().equals(submodule));
            String name = PaperNames.method(submodule);
            return (part.equals("encoder") ? "" : part + " ") + name + (several ? " " + place : "");
        }
    }

    /**
     * One gate over the runs of a condition.
     *
     * @param means over test rows, one for each seed
     * @param spreads standard deviations over test rows, one for each seed
     */
    record Openness(Sample means, Sample spreads) {}

    /** The gates of a method under a condition, by kind and then by layer; empty without gates. */
    static Map<GateColumn, NavigableMap<Integer, Openness>> of(Study study, Condition condition, String method) {
        Map<GateColumn, TreeMap<Integer, List<Result.Gate>>> gathered = new LinkedHashMap<>();
        for (Result run : study.runs(condition, method).values()) {
            for (Result.Gate gate : run.gates()) {
                gathered.computeIfAbsent(
                                new GateColumn(gate.submodule(), gate.part(), gate.place()), kind -> new TreeMap<>())
                        .computeIfAbsent(gate.layer(), layer -> new ArrayList<>())
                        .add(gate);
            }
        }
        Map<GateColumn, NavigableMap<Integer, Openness>> openings = new LinkedHashMap<>();
        gathered.forEach((kind, layers) -> {
            NavigableMap<Integer, Openness> byLayer = new TreeMap<>();
            layers.forEach((layer, gates) -> byLayer.put(
                    layer,
                    new Openness(
                            Sample.of(gates.stream().map(Result.Gate::mean).toList()),
                            Sample.of(gates.stream().map(Result.Gate::sd).toList()))));
            openings.put(kind, byLayer);
        });
        return openings;
    }

    static List<String> gatedMethods(Study study) {
        return study.methods().stream()
                .filter(method -> study.results().stream()
                        .anyMatch(result -> result.run().method().equals(method)
                                && result.run().vary().isEmpty()
                                && !result.gates().isEmpty()))
                .toList();
    }

    /** All kinds in a method's runs. */
    static Set<GateColumn> kinds(Study study, String method) {
        Set<GateColumn> kinds = new LinkedHashSet<>();
        study.results().stream()
                .filter(result -> result.run().method().equals(method))
                .flatMap(result -> result.gates().stream())
                .forEach(gate -> kinds.add(new GateColumn(gate.submodule(), gate.part(), gate.place())));
        return kinds;
    }

    /** Means over layers as well, tasks as columns; none without gates. */
    static Optional<ReportTable> table(Study study) {
        List<Block> blocks = new ArrayList<>();
        for (String method : gatedMethods(study)) {
            Set<GateColumn> kinds = kinds(study, method);
            for (Slice slice : study.slices()) {
                List<Row> rows = new ArrayList<>();
                for (GateColumn kind : kinds) {
                    List<Entry> entries = study.tasks().stream()
                            .map(task -> entry(study, slice.condition(task), method, kind))
                            .toList();
                    if (entries.stream().anyMatch(entry -> entry.value() != null)) {
                        rows.add(new Row(kind.title(kinds), entries));
                    }
                }
                if (!rows.isEmpty()) {
                    blocks.add(new Block(study.title(slice) + ", " + PaperNames.method(method), rows));
                }
            }
        }
        return blocks.isEmpty()
                ? Optional.empty()
                : Optional.of(new ReportTable(
                        "gates",
                        "Mean gates",
                        "How far the gates of each sub-module open: the mean over test rows, layers and seeds, with the"
                                + " standard deviation over seeds behind ±. 0 shuts a sub-module out, 1 lets all of it in.",
                        "Sub-module",
                        study.tasks().stream().map(PaperNames::task).toList(),
                        blocks));
    }

    private static Entry entry(Study study, Condition condition, String method, GateColumn kind) {
        return Entry.of(
                Sample.of(study.runs(condition, method).values().stream()
                        .map(run -> run.gates().stream()
                                .filter(gate ->
                                        new GateColumn(gate.submodule(), gate.part(), gate.place()).equals(kind))
                                .mapToDouble(Result.Gate::mean)
                                .average()
                                .orElse(Double.NaN))
                        .filter(mean -> !mean.isNaN())
                        .toList()),
                3);
    }
}

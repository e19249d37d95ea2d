package org.unipelt.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.unipelt.backbone.Place;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.tuned.GateValues;

/** Mean gates as a table: layers as rows, counted from 0, sub-modules as columns. */
final class GateTable {
    private GateTable() {}

    private record Column(String submodule, Place place) {}

    static List<String> lines(List<GateValues> gates) {
        Map<Column, Map<Integer, Double>> columns = new LinkedHashMap<>();
        TreeSet<Integer> layers = new TreeSet<>();
        for (GateValues gate : gates) {
            columns.computeIfAbsent(new Column(gate.submodule(), gate.site().place()), column -> new TreeMap<>())
                    .put(gate.site().layer(), gate.mean());
            layers.add(gate.site().layer());
        }
        List<Align> aligns = new ArrayList<>(Collections.nCopies(columns.size() + 1, Align.RIGHT));
        List<String> head = new ArrayList<>(List.of("layer"));
        columns.keySet().forEach(column -> head.add(heading(column, columns)));
        TextTable table = new TextTable(aligns).add(head);
        for (int layer : layers) {
            List<String> row = new ArrayList<>(List.of(Integer.toString(layer)));
            columns.values().forEach(values -> row.add(values.containsKey(layer) ? number(values.get(layer)) : "-"));
            table.add(row);
        }
        List<String> mean = new ArrayList<>(List.of("mean"));
        columns.values()
                .forEach(values -> mean.add(number(values.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElse(Double.NaN))));
        return table.add(mean).lines();
    }

    /** The sub-module; with the place if it has several. */
    private static String heading(Column column, Map<Column, ?> all) {
        boolean several = all.keySet().stream()
                .anyMatch(other -> !other.equals(column) && other.submodule().equals(column.submodule()));
        return several ? column.submodule() + "." + column.place().text() : column.submodule();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}

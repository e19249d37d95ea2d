package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jsoup.nodes.Element;
import org.unipelt.data.Dataset;
import org.unipelt.experiment.Result;
import org.unipelt.experiment.report.GateStatistics.GateColumn;
import org.unipelt.experiment.report.GateStatistics.Openness;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/**
 * How far the gates of one model open, by layer and place.
 *
 * @param gates the gates, by kind and then by layer
 * @param rows number of rows that they are measured on
 */
record TrainedGates(Map<GateColumn, NavigableMap<Integer, Openness>> gates, int rows) {
    /** Measures gates on the first rows; none if the model has no gates. */
    static Optional<TrainedGates> of(TunedModel model, Dataset rows) {
        if (!model.card().method().isGated() || rows.size() == 0) {
            return Optional.empty();
        }
        int measured = Math.min(rows.size(), Result.GATE_ROWS);
        Map<GateColumn, NavigableMap<Integer, Openness>> gates = new LinkedHashMap<>();
        for (GateValues gate : model.gates(rows.examples().subList(0, measured))) {
            GateColumn kind = new GateColumn(
                    gate.submodule(),
                    gate.site().part().text(),
                    gate.site().place().text());
            gates.computeIfAbsent(kind, key -> new TreeMap<>())
                    .put(
                            gate.site().layer(),
                            new Openness(Sample.of(List.of(gate.mean())), Sample.of(List.of(gate.sd()))));
        }
        return Optional.of(new TrainedGates(gates, measured));
    }

    /** The means: layers as rows, sub-modules as columns. */
    ReportTable table() {
        List<Row> lines = new ArrayList<>();
        for (int layer : layers()) {
            lines.add(new Row(
                    "layer " + layer,
                    gates.values().stream()
                            .map(byLayer -> byLayer.containsKey(layer)
                                    ? Entry.number(byLayer.get(layer).means().mean(), 3)
                                    : Entry.none())
                            .toList()));
        }
        return new ReportTable(
                "gates",
                "Gates",
                String.format(
                        Locale.ROOT,
                        "How far each gate opens: its mean over %,d rows. 0 shuts a sub-module out, 1 lets all of it in.",
                        rows),
                "Layer",
                gates.keySet().stream().map(kind -> kind.title(gates.keySet())).toList(),
                List.of(new Block("", lines)));
    }

    private TreeSet<Integer> layers() {
        TreeSet<Integer> layers = new TreeSet<>();
        gates.values().forEach(byLayer -> layers.addAll(byLayer.keySet()));
        return layers;
    }

    private Stream<Openness> openings() {
        return gates.values().stream().flatMap(byLayer -> byLayer.values().stream());
    }

    /** Adds its section. */
    void draw(Page page) {
        Element section = page.section("gates-section", "Gates").element();
        Page.note(section, table().caption() + " The text of a cell's pointer is the spread over rows.");
        Element maps = section.appendElement("div").addClass("maps");
        new GateMap(gates, gates.keySet(), GateMap.reach(openings()), GateMap.widest(openings()))
                .draw(maps, "Mean gates", ", layer by layer");
    }
}

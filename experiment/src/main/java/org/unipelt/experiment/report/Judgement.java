package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.metric.Metric;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/** How a model does on labelled rows. Each kind of answer has its own tables and charts. */
interface Judgement {
    /** The hardest rows that are shown. */
    int HARDEST = 20;

    /** The most characters of a text in a table. */
    int LONGEST = 400;

    /** Predicts rows and judges the answers. */
    static Judgement of(TunedModel model, Dataset rows) {
        return switch (model.labels().kind()) {
            case CLASSES -> ClassJudgement.of(model, rows);
            case SCORE -> ScoreJudgement.of(model, rows);
            case RELEVANCE -> RankingJudgement.of(model, rows);
            case MULTI -> LabelSetJudgement.of(model, rows);
            case TOKENS -> SpanJudgement.of(model, rows);
            default -> TextJudgement.of(model, rows);
        };
    }

    /** The main results, in a sentence each. */
    List<String> found();

    /** All tables. */
    List<ReportTable> tables();

    /** Adds its sections. */
    void draw(Page page);

    /** The metrics that fit the model, first the one that guided its training. */
    static List<Metric> metrics(AdapterCard card) {
        Set<Metric> metrics = new LinkedHashSet<>();
        card.provenance().ifPresent(how -> metrics.add(how.training().metric()));
        metrics.addAll(card.task().metrics());
        return List.copyOf(metrics);
    }

    /** A table of values by name. */
    static ReportTable scores(Map<String, Double> values, String caption) {
        return new ReportTable(
                "scores",
                "Scores",
                caption,
                "Metric",
                List.of("Value"),
                List.of(new Block(
                        "",
                        values.entrySet().stream()
                                .map(value -> new Row(value.getKey(), List.of(Entry.number(value.getValue(), 4))))
                                .toList())));
    }

    /** A row's text, cut if it is very long. */
    static String text(Example row) {
        return cut(row.text() + row.pair().map(second -> " | " + second).orElse(""));
    }

    /** A text, cut if it is very long. */
    static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "\u2026";
    }

    /** The places of rows, the largest number first; equal ones in their order. */
    static int[] descending(double... numbers) {
        return IntStream.range(0, numbers.length)
                .boxed()
                .sorted((one, other) -> Double.compare(numbers[other], numbers[one]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * How far the gates of each sub-module open on some rows: means over layers and places, by sub-module; empty if the
     * model has no gates.
     */
    static Map<String, double[]> gates(TunedModel model, Dataset rows, int... places) {
        Map<String, List<double[]>> values = new LinkedHashMap<>();
        if (model.card().method().isGated() && places.length > 0) {
            for (GateValues gate : model.gates(rows.subset(places).examples())) {
                values.computeIfAbsent(gate.submodule(), name -> new ArrayList<>())
                        .add(gate.values());
            }
        }
        Map<String, double[]> means = new LinkedHashMap<>();
        values.forEach((name, all) -> means.put(
                name,
                IntStream.range(0, places.length)
                        .mapToDouble(row -> all.stream()
                                .mapToDouble(gate -> gate[row])
                                .average()
                                .orElse(Double.NaN))
                        .toArray()));
        return means;
    }

    /**
     * The table of the hardest rows, with their gates where the method has gates.
     *
     * @param columns the headings between the line and the gates
     * @param entries the entries of a row between them, by its place
     */
    static ReportTable hardest(
            TunedModel model,
            Dataset rows,
            int[] places,
            String caption,
            List<String> columns,
            IntFunction<List<Entry>> entries) {
        return quoted("hardest", "Hardest rows", model, rows, places, caption, columns, entries);
    }

    /** A table of some rows with their texts, and with their gates where the method has gates. */
    static ReportTable quoted(
            String id,
            String title,
            TunedModel model,
            Dataset rows,
            int[] places,
            String caption,
            List<String> columns,
            IntFunction<List<Entry>> entries) {
        Map<String, double[]> gates = gates(model, rows, places);
        List<String> all = new ArrayList<>(List.of("Line"));
        all.addAll(columns);
        gates.keySet().forEach(name -> all.add("Gate: " + PaperNames.method(name)));
        List<Row> lines = new ArrayList<>();
        for (int i = 0; i < places.length; i++) {
            int at = i;
            int number = rows.get(places[i]).line();
            List<Entry> line = new ArrayList<>(List.of(number > 0 ? Entry.number(number, 0) : Entry.none()));
            line.addAll(entries.apply(places[i]));
            gates.values().forEach(values -> line.add(Entry.number(values[at], 2)));
            lines.add(new Row(text(rows.get(places[i])), line));
        }
        return new ReportTable(
                id,
                title,
                caption
                        + (gates.isEmpty()
                                ? ""
                                : " A gate is the mean over layers of how far the sub-module opens on this row, from 0 to"
                                        + " 1."),
                "Text",
                all,
                List.of(new Block("", lines)));
    }

    /** The most places of an array. */
    static int[] first(int[] places, int most) {
        return Arrays.copyOf(places, Math.min(most, places.length));
    }
}

package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.metric.Bleu;
import org.unipelt.metric.Metric;

/** Scores as a table: metrics as rows, parts of the data as columns. */
final class Metrics {
    private Metrics() {}

    /** Prints scores; with the signature of BLEU. */
    static void print(Console console, Map<String, Map<String, Double>> parts) {
        table(parts).forEach(console::print);
        signature(parts).ifPresent(text -> console.print("BLEU|" + text));
    }

    /** The signature of BLEU, if it is among the scores. */
    static Optional<String> signature(Map<String, Map<String, Double>> parts) {
        return parts.values().stream().anyMatch(values -> values.containsKey(Metric.BLEU.text()))
                ? Optional.of(Bleu.signature())
                : Optional.empty();
    }

    private static List<String> table(Map<String, Map<String, Double>> parts) {
        List<Align> aligns = new ArrayList<>(List.of(Align.LEFT));
        List<String> head = new ArrayList<>(List.of(""));
        parts.keySet().forEach(part -> {
            aligns.add(Align.RIGHT);
            head.add(part);
        });
        TextTable table = new TextTable(aligns).add(head);
        for (String metric : parts.values().iterator().next().keySet()) {
            List<String> row = new ArrayList<>(List.of(metric));
            parts.values().forEach(values -> row.add(number(values.getOrDefault(metric, Double.NaN))));
            table.add(row);
        }
        return table.lines();
    }

    static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    /** A share with two digits, for a table of many. */
    static String two(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}

package org.unipelt.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Anatomy.Stack;
import org.unipelt.backbone.Place;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.method.Method;

/** A drawing of a layer, with a row of marks per method that shows where it acts. */
final class LayerPicture {
    private static final List<String> LAYER = List.of(
            "  in ─┬─▶ q ─┐",
            "      ├─▶ k ─┼─▶ kv ▶ hd ▶ out ▶ att ▶ LN ▶ up ▶ σ ▶ down ▶ ffn ▶ LN",
            "      └─▶ v ─┘",
            "  kv: keys and values, hd: heads, σ: the feed-forward's inner activation");

    /** In the order of the forward pass. */
    private static final Map<Place, String> COLUMNS = columns();

    private static Map<Place, String> columns() {
        Map<Place, String> columns = new LinkedHashMap<>();
        columns.put(Place.EMBEDDINGS, "in");
        columns.put(Place.QUERY, "q");
        columns.put(Place.KEY, "k");
        columns.put(Place.VALUE, "v");
        columns.put(Place.KEYS_AND_VALUES, "kv");
        columns.put(Place.HEADS, "hd");
        columns.put(Place.ATTENTION_OUT, "out");
        columns.put(Place.ATTENTION, "att");
        columns.put(Place.FFN_UP, "up");
        columns.put(Place.FFN_INNER, "σ");
        columns.put(Place.FFN_DOWN, "down");
        columns.put(Place.FFN, "ffn");
        return columns;
    }

    private LayerPicture() {}

    /** The layers of a backbone, for the lines below the drawing. */
    static List<String> layer(Anatomy anatomy) {
        List<String> lines = new ArrayList<>(LAYER);
        for (Stack stack : anatomy.stacks()) {
            lines.add("  " + stack.layers()
                    + switch (stack.part()) {
                        case ENCODER -> " encoder layers";
                        case DECODER -> " decoder layers";
                        case CROSS -> " cross-attentions, which end at att";
                    });
        }
        return lines;
    }

    /** A row of marks per method, by name. */
    static List<String> rows(Map<String, Method> methods) {
        Map<String, Set<Place>> rows = new LinkedHashMap<>();
        methods.forEach((name, method) -> rows.put(name, method.attachments().keySet()));
        return table(rows, methods);
    }

    /** A row of marks per sub-module of a method. */
    static List<String> rows(Method method) {
        Map<String, Set<Place>> rows = new LinkedHashMap<>();
        method.attachments()
                .forEach((place, names) -> names.forEach(
                        name -> rows.computeIfAbsent(name, n -> new TreeSet<>()).add(place)));
        return rows.isEmpty() ? List.of("  " + method.modifies()) : table(rows, Map.of());
    }

    private static List<String> table(Map<String, Set<Place>> rows, Map<String, Method> methods) {
        List<Align> aligns = new ArrayList<>(List.of(Align.LEFT));
        COLUMNS.forEach((place, title) -> aligns.add(Align.LEFT));
        TextTable table = new TextTable(aligns);
        List<String> head = new ArrayList<>(List.of(""));
        head.addAll(COLUMNS.values());
        table.add(head);
        List<String> others = new ArrayList<>();
        rows.forEach((name, places) -> {
            if (places.isEmpty()) {
                others.add(
                        name + ": " + Objects.requireNonNull(methods.get(name)).modifies());
            } else {
                List<String> row = new ArrayList<>(List.of(name));
                COLUMNS.keySet().forEach(place -> row.add(places.contains(place) ? "●" : "·"));
                table.add(row);
            }
        });
        List<String> lines = new ArrayList<>(table.lines());
        lines.addAll(others);
        return lines;
    }
}

package org.unipelt.cli;

import java.util.ArrayList;
import java.util.List;

/** A table as text. Columns are as wide as needed; the last one wraps to fit a terminal. */
final class TextTable {
    private static final int WIDTH = 80;
    private static final String BETWEEN = "  ";

    enum Align {
        LEFT,
        RIGHT
    }

    private final List<Align> aligns;
    private final List<List<String>> rows = new ArrayList<>();

    /** A table with one column per alignment. */
    TextTable(List<Align> aligns) {
        this.aligns = List.copyOf(aligns);
    }

    TextTable add(String... cells) {
        return add(List.of(cells));
    }

    /** Adds a row, one cell per column. */
    TextTable add(List<String> cells) {
        if (cells.size() != aligns.size()) {
            throw new IllegalArgumentException(cells.size() + " cells for " + aligns.size() + " columns");
        }
        rows.add(cells.stream().map(Console::plain).toList());
        return this;
    }

    /**
     * Prints an empty line, then the first row, which names the columns, and some of the others.
     *
     * @param most the most of the others; a line says how many more there are
     */
    void print(Console console, int most) {
        int left = Math.max(0, rows.size() - 1 - most);
        TextTable shown = new TextTable(aligns);
        rows.subList(0, rows.size() - left).forEach(shown::add);
        console.print("");
        shown.lines().forEach(console::print);
        if (left > 0) {
            console.printSentence("… and " + left + " more; 'unipelt evaluate' shows all");
        }
    }

    /** The lines, without trailing blanks. */
    List<String> lines() {
        int last = aligns.size() - 1;
        List<Integer> widths = new ArrayList<>();
        int used = 0;
        for (int column = 0; column <= last; column++) {
            int at = column;
            int width =
                    rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0);
            widths.add(column < last ? width : Math.max(Math.min(10, width), Math.min(width, WIDTH - used)));
            used += width + BETWEEN.length();
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            List<String> wrapped = wrap(row.get(last), widths.get(last));
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < last; column++) {
                line.append(padded(row.get(column), widths.get(column), aligns.get(column)))
                        .append(BETWEEN);
            }
            String indent = " ".repeat(line.length());
            lines.add((line + padded(wrapped.get(0), widths.get(last), aligns.get(last))).stripTrailing());
            wrapped.stream().skip(1).forEach(more -> lines.add(indent + more));
        }
        return lines;
    }

    private static String padded(String cell, int width, Align align) {
        String blanks = " ".repeat(Math.max(0, width - cell.length()));
        return align == Align.LEFT ? cell + blanks : blanks + cell;
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}

package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The names of a chart's rows: beside the marks if all are short, otherwise above them in as many lines as they need.
 * No name is cut.
 */
final class RowNames {
    /** Width of a letter in a wide font. */
    private static final double LETTER = 7.2;
    /** Height of a line of a name above its row. */
    private static final double LINE = 15;
    /** The longest name that stands beside the marks. */
    private static final int LONGEST_BESIDE = 24;
    /** Characters after which a long name may go on in the next line. */
    private static final String BREAKS = " ,(+/_-";

    private final List<List<String>> lines;
    private final boolean beside;
    private final double left;

    /**
     * Names of rows.
     *
     * @param width of the chart
     */
    RowNames(List<String> names, double width) {
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        this.beside = longest <= LONGEST_BESIDE;
        this.left = beside ? 16 + LETTER * Math.max(6, longest) : 8;
        int room = (int) ((width - 8) / LETTER);
        this.lines = names.stream().map(name -> wrapped(name, room)).toList();
    }

    private static List<String> wrapped(String name, int room) {
        List<String> lines = new ArrayList<>();
        String rest = name;
        while (rest.length() > room) {
            int at = room;
            while (at > room / 2 && BREAKS.indexOf(rest.charAt(at - 1)) < 0) {
                at--;
            }
            at = at > room / 2 ? at : room;
            lines.add(rest.substring(0, at));
            rest = rest.substring(at);
        }
        lines.add(rest);
        return lines;
    }

    /** Where the marks may begin. */
    double left() {
        return left;
    }

    /** Height of a row with its name. */
    double height(int row) {
        return Charts.ROW + (beside ? 0 : LINE * lines.get(row).size());
    }

    /** Height of the first rows. */
    double heights(int rows) {
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            sum += height(row);
        }
        return sum;
    }

    /**
     * Draws a name.
     *
     * @param top of the row
     * @return where the row's marks belong
     */
    double draw(Drawing drawing, int row, double top) {
        double y = top + height(row) - Charts.ROW / 2;
        if (beside) {
            drawing.text("name end", left - 8, y + 3.5, lines.get(row).get(0));
        } else {
            for (int i = 0; i < lines.get(row).size(); i++) {
                drawing.text("name", 0, top + LINE * (i + 1) - 2, lines.get(row).get(i));
            }
        }
        return y;
    }
}

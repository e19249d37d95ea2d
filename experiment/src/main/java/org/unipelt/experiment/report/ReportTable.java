package org.unipelt.experiment.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A table of the report, in any format.
 *
 * @param id its name in links and files, e.g. {@code scores-test}
 * @param title short title
 * @param caption what the numbers are
 * @param rowsAre what a row is, e.g. {@code Method}
 * @param columns headings of the other columns
 * @param blocks groups of rows
 */
record ReportTable(String id, String title, String caption, String rowsAre, List<String> columns, List<Block> blocks) {
    ReportTable {
        columns = List.copyOf(columns);
        blocks = List.copyOf(blocks);
        for (Block block : blocks) {
            for (Row row : block.rows()) {
                if (row.entries().size() != columns.size()) {
                    throw new IllegalArgumentException(
                            id + ", " + row.name() + ": " + row.entries().size() + " entries for " + columns.size());
                }
            }
        }
    }

    /**
     * A group of rows.
     *
     * @param title e.g. {@code K = 100}; empty if there is only one group
     */
    record Block(String title, List<Row> rows) {
        Block {
            rows = List.copyOf(rows);
        }
    }

    /** A row with an entry for each column. */
    record Row(String name, List<Entry> entries) {
        Row {
            entries = List.copyOf(entries);
        }
    }

    /** How an entry is highlighted. */
    enum Mark {
        NONE,
        BEST,
        SECOND
    }

    /**
     * An entry of the table.
     *
     * @param text the text to show; empty for none
     * @param value its number; none for words
     * @param spread standard deviation over seeds, if any
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(
            String text, @Nullable Double value, @Nullable Double spread, Mark mark) {
        static Entry none() {
            return new Entry("", null, null, Mark.NONE);
        }

        static Entry words(String text) {
            return new Entry(text, null, null, Mark.NONE);
        }

        /** A number with the given decimals; empty for NaN. */
        static Entry number(double value, int digits) {
            return number(value, digits, "");
        }

        /** A number with a unit. */
        static Entry number(double value, int digits, String unit) {
            return Double.isNaN(value) ? none() : new Entry(digits(value, digits) + unit, value, null, Mark.NONE);
        }

        /** A number with a sign. */
        static Entry signed(double value, int digits) {
            return Double.isNaN(value) ? none() : new Entry(ReportTable.signed(value, digits), value, null, Mark.NONE);
        }

        /** Mean and standard deviation of scores. */
        static Entry of(Sample sample) {
            return of(sample, 2);
        }

        /** Mean and standard deviation with the given decimals. */
        static Entry of(Sample sample, int digits) {
            return sample.size() == 0
                    ? none()
                    : new Entry(
                            digits(sample.mean(), digits),
                            sample.mean(),
                            sample.size() < 2 ? null : sample.sd(),
                            Mark.NONE);
        }

        Entry with(Mark other) {
            return new Entry(text, value, spread, other);
        }

        /** The spread as shown after the value; empty without one. */
        String spreadText() {
            if (spread == null) {
                return "";
            }
            int point = text.indexOf('.');
            return "±" + digits(spread, point < 0 ? 0 : text.length() - point - 1);
        }
    }

    /** With a real minus sign, and no minus before a zero. */
    static String signed(double value, int digits) {
        String text = digits(Math.abs(value), digits);
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9');
        return (zero ? "" : value < 0 ? "\u2212" : "+") + text;
    }

    static String digits(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value).replaceFirst("^-(?=0(\\.0*)?$)", "");
    }

    /**
     * Marks the best and second-best entries of each column in each block. Entries that show the same text rank
     * equally. A column needs two values for a best one and three for a second.
     */
    ReportTable ranked() {
        return new ReportTable(
                id,
                title,
                caption,
                rowsAre,
                columns,
                blocks.stream().map(ReportTable::ranked).toList());
    }

    private static Block ranked(Block block) {
        List<Row> rows = block.rows();
        for (int column = 0;
                column < (rows.isEmpty() ? 0 : rows.get(0).entries().size());
                column++) {
            int at = column;
            List<Double> values = rows.stream()
                    .map(row -> row.entries().get(at))
                    .filter(entry -> entry.value() != null)
                    .map(entry -> Double.valueOf(entry.text()))
                    .toList();
            List<Double> highest = values.stream()
                    .distinct()
                    .sorted(java.util.Comparator.reverseOrder())
                    .toList();
            rows = rows.stream()
                    .map(row -> {
                        Entry entry = row.entries().get(at);
                        if (entry.value() == null || values.size() < 2) {
                            return row;
                        }
                        int place = highest.indexOf(Double.valueOf(entry.text()));
                        List<Entry> entries = new java.util.ArrayList<>(row.entries());
                        entries.set(
                                at,
                                entry.with(
                                        place == 0
                                                ? Mark.BEST
                                                : place == 1 && values.size() > 2 ? Mark.SECOND : Mark.NONE));
                        return new Row(row.name(), entries);
                    })
                    .toList();
        }
        return new Block(block.title(), rows);
    }
}

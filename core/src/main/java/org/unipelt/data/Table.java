package org.unipelt.data;

import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.unipelt.InputException;

/**
 * A file of rows and named columns, read whole. Immutable, so any number of threads may share it.
 *
 * <p>The file's name decides the format: {@code .tsv} and {@code .txt} (tabs, no quoting), {@code .csv} (RFC 4180),
 * {@code .jsonl}, {@code .ndjson} and {@code .json} (one object a line; its keys are the columns), each also with
 * {@code .gz}. A {@code .csv} may have semicolons or tabs instead of commas; its first line decides. The text is UTF-8.
 * A {@link Dialect} overrides both. A {@link TableFormat} of another module may read further endings. Blank rows are left
 * out.
 *
 * <p>Reading keeps a list of bad rows, and {@link #dataset} reports them all at once.
 */
public final class Table {
    /**
     * A row.
     *
     * @param line its first line, from 1
     * @param cells its cells in the columns' order; null where a JSON object has no plain value under that key
     */
    public record Row(int line, List<String> cells) {
        /** Copies the list. */
        public Row {
            cells = Collections.unmodifiableList(new ArrayList<>(cells));
        }

        /** Returns the cell in a column, without blanks around it; empty if it is missing or blank. */
        public Optional<String> cell(Column column) {
            return raw(column).map(String::strip).filter(cell -> !Example.blank(cell));
        }

        /** Returns this row with missing cells added up to a width. */
        private Row filledUp(int width) {
            return cells.size() == width ? this : new Row(line, Arrays.asList(cells.toArray(new String[width])));
        }

        /** Estimates the bytes of memory for this row and its example. */
        private long memory() {
            return ROW_BYTES
                    + cells.stream()
                            .mapToLong(cell -> cell == null ? Integer.BYTES : CELL_BYTES + 2L * cell.length())
                            .sum();
        }

        /** Returns the cell in a column, exactly as written; empty if it is missing. */
        Optional<String> raw(Column column) {
            return column.index() < cells.size() ? Optional.ofNullable(cells.get(column.index())) : Optional.empty();
        }
    }

    private static final int ROW_BYTES = 200;
    private static final int CELL_BYTES = 50;

    private final String name;
    private final List<String> columns;
    private final List<Row> rows;
    private final BadRows bad;

    Table(String name, List<String> columns, List<Row> rows, BadRows bad) {
        this.name = name;
        this.columns = List.copyOf(columns);
        this.rows = List.copyOf(rows);
        this.bad = bad;
    }

    /**
     * Reads a file whose first line, or in JSON Lines whose keys, name the columns.
     *
     * @throws InputException if the file is missing, is a folder, is empty, has an unknown ending, is a damaged gzip,
     *     or is not text
     */
    public static Table read(Path file) {
        return read(file, Dialect.USUAL);
    }

    /**
     * Reads a file with another delimiter or encoding than usual.
     *
     * @throws InputException as for {@link #read(Path)}, or if the file is JSON Lines and a delimiter is given
     */
    public static Table read(Path file, Dialect dialect) {
        return read(file, dialect, column -> false);
    }

    /**
     * Reads a file in which some columns may hold lists.
     *
     * @param lists whether an array under a key of JSON Lines is a cell: its JSON. Elsewhere an array counts as missing
     */
    static Table read(Path file, Dialect dialect, Predicate<String> lists) {
        return read(file, true, dialect, lists);
    }

    /**
     * Reads a TSV or CSV file without a header; its columns are named {@code 1}, {@code 2}, …
     *
     * @throws InputException as for {@link #read(Path)}
     */
    public static Table readWithoutHeader(Path file) {
        return read(file, false, Dialect.USUAL, column -> false);
    }

    private static Table read(Path file, boolean header, Dialect dialect, Predicate<String> lists) {
        long most = Limits.set().table();
        List<Row> rows = new ArrayList<>();
        long memory = 0;
        String name = file.toString();
        try (RowReader reader = FileFormat.open(file, header, List.of(), dialect, lists)) {
            BadRows bad = new BadRows(name);
            for (Optional<RowReader.RawRow> next = reader.next(); next.isPresent(); next = reader.next()) {
                if (next.get().problem().isPresent()) {
                    bad.add(next.get().line(), next.get().problem().get());
                    continue;
                }
                Row row = new Row(next.get().line(), next.get().cells());
                rows.add(row);
                memory += row.memory();
                if (memory > most) {
                    throw new InputException(file + ":" + row.line() + ": the table takes more than "
                            + Limits.mib(most) + " of memory up to here; give fewer rows, or give Java more, as in"
                            + " JDK_JAVA_OPTIONS=-Xmx16g, or set " + Limits.property("table") + " higher");
                }
            }
            List<String> columns = reader.columns();
            demandRows(name, columns, !rows.isEmpty(), bad);
            if (reader.grows()) {
                // A key that first occurs late is also a column of the earlier rows.
                rows.replaceAll(row -> row.filledUp(columns.size()));
            }
            return new Table(name, columns, rows, bad);
        }
    }

    /** Refuses a file without a single good row, and says what it holds instead. */
    static void demandRows(String file, List<String> columns, boolean any, BadRows bad) {
        if (!any) {
            bad.throwIfAny();
            throw new InputException(
                    columns.isEmpty()
                            ? file + ": is empty; give a file with rows"
                            : file + ": has a header but no rows; add rows, or check that it is the right file");
        }
    }

    /** Returns the table's name in messages: its file. */
    public String name() {
        return name;
    }

    /** Returns the names of the columns in the file's order. */
    public List<String> columns() {
        return columns;
    }

    /** Returns the rows in the file's order, without rows that could not be divided into cells. */
    public List<Row> rows() {
        return rows;
    }

    /**
     * Returns the column at a place.
     *
     * @param index from 0
     * @throws InputException if there are fewer columns
     */
    public Column column(int index) {
        if (index >= columns.size()) {
            throw new InputException(name + ": has " + columns.size() + " columns, but column " + (index + 1)
                    + " is needed; check that it is the right file");
        }
        return new Column(index, columns.get(index));
    }

    /** Returns this table with only the rows for which {@code kept} is true. */
    public Table where(Predicate<Row> kept) {
        return new Table(name, columns, rows.stream().filter(kept).toList(), bad);
    }

    /**
     * Finds the columns to read; see {@link ColumnNames} for the rules.
     *
     * @throws InputException if a named column does not exist, or if none is named and the usual names do not decide
     */
    public Columns choose(ColumnNames names) {
        return names.choose(this);
    }

    /**
     * Returns the examples in the named columns.
     *
     * @throws InputException if a column cannot be found, or rows are bad, as for {@link #dataset(Columns)}
     */
    public Dataset dataset(ColumnNames names) {
        return dataset(choose(names));
    }

    /**
     * Returns the examples in these columns: texts as written, labels without the blanks around them.
     *
     * @throws InputException if there are bad rows: with more or fewer cells than columns, without a text or label, or
     *     with malformed text or JSON; the message has line and reason of the first 20
     */
    public Dataset dataset(Columns wanted) {
        BadRows wrong = new BadRows(bad);
        Dataset dataset = dataset(wanted, wrong);
        wrong.throwIfAny("--skip-bad-rows");
        return dataset;
    }

    /**
     * Returns the examples in these columns, without the bad rows.
     *
     * @param remarks receives their number and the first 20 of them, if there are any
     * @throws InputException if every row is bad
     */
    public Dataset usable(Columns wanted, Consumer<String> remarks) {
        BadRows wrong = new BadRows(bad);
        Dataset dataset = dataset(wanted, wrong);
        if (dataset.size() == 0) {
            wrong.throwIfAny();
        }
        wrong.describe().map(rows -> "skipped: " + rows).ifPresent(remarks);
        return dataset;
    }

    private Dataset dataset(Columns wanted, BadRows wrong) {
        Objects.requireNonNull(wanted, "wanted");
        List<Example> examples = new ArrayList<>(rows.size());
        for (Row row : rows) {
            Optional<String> problem = problem(row, columns.size(), wanted);
            if (problem.isPresent()) {
                wrong.add(row.line(), problem.get());
            } else {
                examples.add(example(row, wanted));
            }
        }
        return new Dataset(name, examples);
    }

    /** Returns the example of a row that has no {@link #problem}. */
    static Example example(Row row, Columns wanted) {
        return new Example(
                row.raw(wanted.text()).orElseThrow(),
                wanted.pair().map(column -> row.raw(column).orElseThrow()),
                wanted.several().map(labels -> labels.of(row).text()).or(() -> wanted.label()
                        .flatMap(row::cell)),
                row.line());
    }

    /** Returns the reason why a row gives no example; empty if it gives one. */
    static Optional<String> problem(Row row, int width, Columns wanted) {
        if (row.cells().size() != width) {
            return Optional.of("has " + row.cells().size() + (row.cells().size() == 1 ? " column" : " columns")
                    + " where the header has " + width);
        }
        CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
        for (Column column : wanted.texts()) {
            Optional<String> text = row.raw(column);
            if (text.isEmpty()) {
                return Optional.of("has no text under '" + column.name() + "'");
            }
            if (Example.blank(text.get()) && !wanted.blankTexts()) {
                return Optional.of("the text in column '" + column.name() + "' is empty");
            }
            // JSON's escapes can spell half a character, which no tokenizer can read.
            if (!utf8.canEncode(text.get())) {
                return Optional.of("the text in column '" + column.name() + "' holds half a surrogate pair");
            }
        }
        if (wanted.blankTexts()
                && wanted.texts().stream().allMatch(column -> row.cell(column).isEmpty())) {
            return Optional.of("every text is empty");
        }
        if (wanted.several().isPresent()) {
            return wanted.several().get().problem(row);
        }
        return wanted.label().flatMap(column -> {
            Optional<String> label = row.cell(column);
            return label.isPresent() && utf8.canEncode(label.get())
                    ? Optional.empty()
                    : Optional.of("the label in column '" + column.name() + "' "
                            + (label.isPresent() ? "holds half a surrogate pair" : "is missing"));
        });
    }
}

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
 * A file of rows and named columns, read whole. Immutable.
 *
 * <p>The format is told by the name: {@code .tsv} and {@code .txt} (tabs, no quoting), {@code .csv} (RFC 4180), {@code
 * .jsonl}, {@code .ndjson} and {@code .json} (one object a line; its keys are the columns), each also with {@code .gz}.
 * A {@code .csv} may have semicolons or tabs for commas: its first line tells. The text is UTF-8. What a {@link Dialect}
 * says goes before both. Blank rows are left out.
 *
 * <p>Rows that cannot be used are kept until {@link #dataset}, which tells all that is wrong at once.
 */
public final class Table {
    /**
     * A row.
     *
     * @param line the line it starts on, from 1
     * @param cells its cells in the columns' order; null where a JSON object has no plain value under that key
     */
    public record Row(int line, List<String> cells) {
        /** Copies the list. */
        public Row {
            cells = Collections.unmodifiableList(new ArrayList<>(cells));
        }

        /** The cell in a column, without blanks around it; none if it is missing or blank. */
        public Optional<String> cell(Column column) {
            return raw(column).map(String::strip).filter(cell -> !Example.blank(cell));
        }

        /** The same with absent cells up to a width. */
        private Row filledUp(int width) {
            return cells.size() == width ? this : new Row(line, Arrays.asList(cells.toArray(new String[width])));
        }

        /** About the bytes that this and the example made of it take. */
        private long memory() {
            return ROW_BYTES
                    + cells.stream()
                            .mapToLong(cell -> cell == null ? Integer.BYTES : CELL_BYTES + 2L * cell.length())
                            .sum();
        }

        /** The cell in a column, exactly as written; none if it is missing. */
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
     * Reads a file whose first line names the columns (JSON Lines: whose keys do).
     *
     * @throws InputException if the file is missing, a folder, empty, of no known ending, a damaged gzip, or no text
     */
    public static Table read(Path file) {
        return read(file, Dialect.USUAL);
    }

    /**
     * The same of a file that is written in another way than usual.
     *
     * @throws InputException as for {@link #read(Path)}, or if the file is JSON Lines and a delimiter is given
     */
    public static Table read(Path file, Dialect dialect) {
        return read(file, true, dialect);
    }

    /**
     * Reads a TSV or CSV file that has rows only; its columns are named {@code 1}, {@code 2}, …
     *
     * @throws InputException as for {@link #read(Path)}
     */
    public static Table readWithoutHeader(Path file) {
        return read(file, false, Dialect.USUAL);
    }

    private static Table read(Path file, boolean header, Dialect dialect) {
        FileFormat format = FileFormat.of(file.toString());
        long most = Limits.set().table();
        List<Row> rows = new ArrayList<>();
        long memory = 0;
        try (TextSource source = TextSource.open(file, dialect.charset())) {
            BadRows bad = new BadRows(source.name());
            RowReader reader = format.rows(source, header, List.of(), dialect.divider());
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
            demandRows(source.name(), columns, !rows.isEmpty(), bad);
            if (format == FileFormat.JSON_LINES) {
                // A key that came late is a column of the rows before, too.
                rows.replaceAll(row -> row.filledUp(columns.size()));
            }
            return new Table(source.name(), columns, rows, bad);
        }
    }

    /** Refuses a file without a single row, and says what it holds instead. */
    static void demandRows(String file, List<String> columns, boolean any, BadRows bad) {
        if (!any) {
            bad.throwIfAny();
            throw new InputException(
                    columns.isEmpty()
                            ? file + ": is empty; give a file with rows"
                            : file + ": has a header but no rows; add rows, or check that it is the right file");
        }
    }

    /** What messages call this table: its file. */
    public String name() {
        return name;
    }

    /** The columns' names in the file's order. */
    public List<String> columns() {
        return columns;
    }

    /** The rows in the file's order, without those that could not be told apart into cells. */
    public List<Row> rows() {
        return rows;
    }

    /**
     * The column at a place.
     *
     * @param index from 0
     * @throws InputException if there are fewer columns
     */
    public Column column(int index) {
        if (index >= columns.size()) {
            throw new InputException(name + ": has " + columns.size() + " columns, but column " + (index + 1)
                    + " is wanted; check that it is the right file");
        }
        return new Column(index, columns.get(index));
    }

    /** The same table with only the rows for which {@code kept} is true. */
    public Table where(Predicate<Row> kept) {
        return new Table(name, columns, rows.stream().filter(kept).toList(), bad);
    }

    /**
     * Finds the columns that are wanted; see {@link ColumnNames} for the rules.
     *
     * @throws InputException if a named column does not exist, or none is named and the usual names do not decide
     */
    public Columns choose(ColumnNames names) {
        return names.choose(this);
    }

    /**
     * The examples in the wanted columns.
     *
     * @throws InputException if a column cannot be found, or rows are bad, as for {@link #dataset(Columns)}
     */
    public Dataset dataset(ColumnNames names) {
        return dataset(choose(names));
    }

    /**
     * The examples in these columns. Texts are taken as written, labels without the blanks around them.
     *
     * @throws InputException if rows are bad: not as many cells as columns, a text or label missing, malformed text or
     *     JSON; the first 20 are told with line and reason
     */
    public Dataset dataset(Columns wanted) {
        BadRows wrong = new BadRows(bad);
        Dataset dataset = dataset(wanted, wrong);
        wrong.throwIfAny("--skip-bad-rows");
        return dataset;
    }

    /**
     * The same without the rows that are bad.
     *
     * @param remarks takes how many these are, with the first 20 of them
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

    /** The example that a row makes which has no {@link #problem}. */
    static Example example(Row row, Columns wanted) {
        return new Example(
                row.raw(wanted.text()).orElseThrow(),
                wanted.pair().map(column -> row.raw(column).orElseThrow()),
                wanted.label().flatMap(row::cell),
                row.line());
    }

    /** Why a row makes no example, if it does not. */
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
            // JSON's \\u escapes can write half a character, which no tokenizer can read.
            if (!utf8.canEncode(text.get())) {
                return Optional.of("the text in column '" + column.name() + "' holds half a surrogate pair");
            }
        }
        if (wanted.blankTexts()
                && wanted.texts().stream().allMatch(column -> row.cell(column).isEmpty())) {
            return Optional.of("every text is empty");
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
